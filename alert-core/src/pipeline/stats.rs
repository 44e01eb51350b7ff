use std::sync::Arc;

use crate::alert::Severity;
use crate::observe::LaneState;
use crate::pipeline::Ledger;
use crate::sink::Losses;

/// The pipeline's books, as data.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Stats {
    /// The process ledger.
    pub process: ProcessStats,
    /// Each sink, in the pipeline's order; then those that a reload removed and
    /// that still deliver what they hold.
    pub sinks: Vec<SinkStats>,
    /// The books of all sinks that a reload removed, once they have ended.
    pub retired: Ledger,
    /// Reports to observers and to `tracing` that could not be taken in time.
    pub reports_dropped: u64,
}

impl Stats {
    /// The sink of this name.
    pub fn sink(&self, name: &str) -> Option<&SinkStats> {
        self.sinks.iter().find(|sink| *sink.name == *name)
    }
}

/// What became of alerts before they reached any lane. When nothing is moving
/// `emitted = routed + shed_intake + feedback + closed + waiting`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessStats {
    /// Alerts handed to this pipeline, its own notices included.
    pub emitted: u64,
    /// Handed to the lanes.
    pub routed: u64,
    /// Shed because the intake was full, by severity (info, warning, critical).
    pub shed_intake: [u64; 3],
    /// Raised by a thread of the pipeline or of a sink.
    pub feedback: u64,
    /// Raised after the pipeline had closed.
    pub closed: u64,
    /// Between `emit` and the lanes.
    pub waiting: u64,
}

impl ProcessStats {
    /// Whether the identity holds; only certain when nothing is moving.
    pub fn is_balanced(&self) -> bool {
        let shed: u64 = Severity::ALL
            .iter()
            .map(|s| self.shed_intake[s.index()])
            .sum();
        self.emitted == self.routed + shed + self.feedback + self.closed + self.waiting
    }
}

/// One sink's books and health.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SinkStats {
    /// Which lane, also where a reload brought two of one name.
    pub(crate) lane: u64,
    /// Its name in the pipeline.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: Arc<str>,
    /// How it does.
    pub state: LaneState,
    /// Where every alert offered to it is counted.
    pub ledger: Ledger,
    /// Losses that no later alert has told yet.
    pub untold: Losses,
    /// Suppressed alerts that no later alert stands for yet.
    pub suppressed_untold: u64,
    /// What it said last, while it is not well.
    pub last_error: Option<Arc<str>>,
}
