//! Who hears of outcomes and of the lanes' health.

use std::fmt;
use std::sync::Arc;

use crate::alert::Alert;
use crate::pipeline::{Outcome, Reloaded, Stats};

/// Hears what became of every alert at every sink.
///
/// It runs on the reporter's thread, from a bounded queue: what it cannot take
/// in time is dropped and counted, and deliveries go on. A panic is caught. All
/// observers of a pipeline share that thread, so one that blocks keeps the
/// others waiting.
///
/// A close waits for what is queued to be told and for the observers to be
/// dropped, but only for what the sinks have left of its time plus 50 ms, and
/// for at least 100 ms. After that nobody waits: the thread goes on with the
/// reports in its hands for as long as the process lives.
pub trait Observer: Send + 'static {
    /// An alert came to its end at a sink. A digest's outcome is told of every
    /// alert that it gathered and kept, and then of the alert that was made of
    /// it, whose id is its own; those that it only counted are not told.
    fn outcome(&mut self, sink: &str, alert: &Alert, outcome: &Outcome) {
        let _ = (sink, alert, outcome);
    }

    /// A lane's health changed.
    fn lane(&mut self, sink: &str, state: &LaneState) {
        let _ = (sink, state);
    }

    /// All that waited has been told; what was gathered can be written now.
    /// `stats` are the pipeline's books as they are, which may be ahead of what
    /// was told. Called after a run of reports, also if none of them was for
    /// observers; while more come, once in 100 ms or in some thousand reports.
    /// And once more before the observer is dropped, at the close or because a
    /// reload removed or replaced its sink. What a removed sink still delivers
    /// is told to the other observers alone.
    fn told(&mut self, stats: &Stats) {
        let _ = stats;
    }

    /// A reload has brought the pipeline to another configuration, or found it
    /// to be the same. The observers of sinks that are new hear of it, those of
    /// removed ones do not.
    fn reloaded(&mut self, reloaded: &Reloaded) {
        let _ = reloaded;
    }

    /// What the pipeline tells of a sink, or of itself if `sink` is empty, that
    /// is no outcome: a mistake in its configuration, a flush that failed, a
    /// changed config file that was not loaded, and what
    /// [`Emitter::trouble`](crate::Emitter::trouble) was given. A reload that
    /// [`Emitter::reload`](crate::Emitter::reload) refuses is told to its
    /// caller alone.
    fn trouble(&mut self, sink: &str, text: &str) {
        let _ = (sink, text);
    }
}

impl fmt::Debug for dyn Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// How a lane does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LaneState {
    /// Its sink has not been opened yet.
    Opening,
    /// Its sink is open and the last attempt, if any, passed.
    Healthy,
    /// The last attempt failed; it is being tried again.
    Failing(Arc<str>),
    /// It failed several times in a row; it is tried once in a while.
    CircuitOpen(Arc<str>),
    /// The sink cannot be used, and is opened anew after a pause.
    Unusable(Arc<str>),
    /// The lane has stopped.
    Halted(Arc<str>),
    /// The pipeline has closed.
    Closed,
}

impl LaneState {
    /// The word for it: `healthy`, `circuit_open`, …
    pub fn as_str(&self) -> &'static str {
        match self {
            LaneState::Opening => "opening",
            LaneState::Healthy => "healthy",
            LaneState::Failing(_) => "failing",
            LaneState::CircuitOpen(_) => "circuit_open",
            LaneState::Unusable(_) => "unusable",
            LaneState::Halted(_) => "halted",
            LaneState::Closed => "closed",
        }
    }

    /// Why, where it is not healthy.
    pub fn why(&self) -> Option<&str> {
        match self {
            LaneState::Failing(why)
            | LaneState::CircuitOpen(why)
            | LaneState::Unusable(why)
            | LaneState::Halted(why) => Some(why),
            LaneState::Opening | LaneState::Healthy | LaneState::Closed => None,
        }
    }
}

impl fmt::Display for LaneState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self.why() {
            Some(why) => write!(f, ": {why}"),
            None => Ok(()),
        }
    }
}
