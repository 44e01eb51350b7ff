use alert_core::Timestamp;
use serde::Serialize;

/// How a sink of a program does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SinkHealth {
    /// Which program has it.
    pub program: String,
    /// Its name there.
    pub sink: String,
    /// Its kind.
    pub kind: String,
    /// The state of its lane, such as `running`.
    pub state: String,
    /// Why it is in that state.
    pub why: Option<String>,
    /// When it last delivered.
    pub last_success_at: Option<Timestamp>,
    /// When it last failed.
    pub last_error_at: Option<Timestamp>,
    /// How it last failed.
    pub last_error: Option<String>,
    /// How many alerts wait, in the process that reported last.
    pub pending: u64,
    /// How many alerts it has delivered, over all processes.
    pub delivered: u64,
    /// How many alerts were lost there, over all processes.
    pub lost: u64,
    /// The process that reported last.
    pub pid: i64,
    /// When it did.
    pub seen_at: Timestamp,
}
