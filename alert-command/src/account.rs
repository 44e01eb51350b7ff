//! What became of one alert at every sink.

use std::time::Duration;

use alert::{Alert, LaneState, Outcome, Pipeline, SinkStats, Verdict};

/// What became of it at one sink.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) sink: String,
    pub(crate) kind: String,
    /// What the sink writes to, if that is known.
    pub(crate) place: Option<String>,
    /// `None`: it was not told in time.
    pub(crate) outcome: Option<Outcome>,
    /// The config is to blame, which was said already.
    pub(crate) halted: bool,
}

impl Ending {
    pub(crate) fn verdict(&self) -> Verdict {
        self.outcome
            .as_ref()
            .map_or(Verdict::Abandoned, Outcome::verdict)
    }

    /// Whether the destination has it.
    pub(crate) fn is_delivered(&self) -> bool {
        self.verdict() == Verdict::Delivered
    }

    /// Whether the destination has it, or will have one that stands for it.
    pub(crate) fn is_held(&self) -> bool {
        self.is_delivered() || self.verdict() == Verdict::Suppressed
    }

    /// Whether the sink should have taken it and did not.
    pub(crate) fn is_loss(&self) -> bool {
        self.verdict().is_loss()
    }
}

/// Gives an alert to a pipeline and closes it; returns after at most `within` and a moment.
pub(crate) fn settle(pipeline: &Pipeline, alert: Alert, within: Duration) -> Vec<Ending> {
    let sinks = pipeline.stats().sinks;
    let receipt = pipeline.emit_tracked(alert);
    pipeline.close(within);
    let outcomes = receipt.peek();
    let ending = |sink: SinkStats| Ending {
        outcome: outcomes.get(&sink.name).cloned(),
        sink: sink.name.to_string(),
        kind: sink.kind.to_string(),
        place: None,
        halted: matches!(sink.state, LaneState::Halted(_)),
    };
    sinks.into_iter().map(ending).collect()
}
