use alert_core::Timestamp;
use serde::Serialize;

/// What became of one alert at one other sink.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DeliveryRow {
    /// When that was known.
    pub at: Timestamp,
    /// Which program delivered it, or tried to.
    pub program: String,
    /// The sink's name there.
    pub sink: String,
    /// The verdict, such as `delivered`.
    pub verdict: String,
    /// The reason for it.
    pub reason: String,
    /// How many attempts were made.
    pub attempts: u32,
    /// How long it took from acceptance to its end, in microseconds.
    pub took_us: u64,
    /// The last error.
    pub error: Option<String>,
    /// What the service answered.
    pub answer: Option<String>,
}
