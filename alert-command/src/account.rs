//! What became of one alert at every sink.

use std::time::Duration;

use alert::{Alert, Answer, LaneState, Outcome, Pipeline, SinkStats, Verdict};

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
    /// It got it in place of a sink that failed.
    pub(crate) as_fallback: bool,
    /// The sink that has it instead, if this one failed.
    pub(crate) fallback: Option<String>,
    /// It failed, and so did its fallbacks.
    pub(crate) lost: bool,
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

    /// Whether the sink should have taken it and did not, whoever else did.
    pub(crate) fn is_loss(&self) -> bool {
        self.verdict().is_loss()
    }
}

/// How long after the close an answer may come.
const MOMENT: Duration = Duration::from_millis(50);

/// Gives an alert to a pipeline and closes it; returns after at most `within` and a moment.
pub(crate) fn settle(pipeline: &Pipeline, alert: Alert, within: Duration) -> Vec<Ending> {
    let sinks = pipeline.stats().sinks;
    let receipt = pipeline.emit_tracked(alert);
    pipeline.close(within);
    // A worker tells a moment after it has counted.
    let outcomes = receipt.wait(MOMENT);
    let untold = outcomes.iter().len() == 0 && !outcomes.is_complete();
    let ending = |sink: SinkStats| {
        // Where it has two answers the last one decides.
        let answer = outcomes.iter().filter(|a| a.sink() == &*sink.name).last();
        // What it was not meant to take at all is no matter of this alert's.
        if answer.is_none() && !untold {
            return None;
        }
        let outcome = answer.and_then(Answer::outcome).cloned();
        Some(Ending {
            lost: outcome.is_none() || outcomes.is_lost(&sink.name),
            outcome,
            sink: sink.name.to_string(),
            kind: sink.kind.to_string(),
            place: None,
            halted: matches!(sink.state, LaneState::Halted(_)),
            as_fallback: answer.is_some_and(Answer::is_as_fallback),
            fallback: answer.and_then(Answer::fallback).map(str::to_owned),
        })
    };
    sinks.into_iter().filter_map(ending).collect()
}
