//! What goes from a sink that failed to its fallback.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::lanes::Lanes;
use super::parcel::Parcel;
use crate::pipeline::Outcome;
use crate::sink::Fallback;

/// An alert that a lane with a fallback lost.
#[derive(Debug)]
pub(crate) struct HandOver {
    pub(crate) parcel: Parcel,
    pub(crate) outcome: Outcome,
    pub(crate) sink: Arc<str>,
    /// Of its lane.
    pub(crate) lane: u64,
}

/// Those that wait for the dispatcher, which alone offers to lanes. It comes
/// here after each burst of alerts, so there never wait more than the lanes
/// with a fallback held, plus one burst: each is bounded, in alerts and bytes.
///
/// A lane adds to it under its own lock, in the step that ends the alert: who
/// sees that a lane is flushed or done finds here what came of it.
#[derive(Debug, Default)]
pub(crate) struct HandOvers {
    waiting: Mutex<Vec<HandOver>>,
    count: AtomicU64,
}

impl HandOvers {
    pub(crate) fn add(&self, mut new: Vec<HandOver>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.count.fetch_add(new.len() as u64, Ordering::Release);
        waiting.append(&mut new);
    }

    /// How many there were so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    pub(crate) fn take(&self) -> Vec<HandOver> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HandOver {
    /// Answers for the sink that failed. Returns the alert and the place of the
    /// fallback's lane, unless there is none or it has the alert already.
    pub(crate) fn settle(self, lanes: &Lanes) -> Option<(usize, Parcel)> {
        let to = lanes.fallback_of(self.lane);
        // Without a list the alert was routed when nothing fell back: who has it
        // is not known.
        let taken = self.parcel.taken.as_ref();
        let gets_it = |name| taken.is_some_and(|taken| taken.by(name));
        let Some((place, to)) = to.filter(|(_, to)| gets_it(&to.name)) else {
            if let Some(slip) = self.parcel.slip {
                slip.answer_beside(self.outcome, to.map(|(_, to)| &to.name));
            }
            return None;
        };
        let cause = self.cause();
        let HandOver {
            parcel, outcome, ..
        } = self;
        let waited = parcel.waited.saturating_add(outcome.took);
        let slip = parcel.slip.map(|slip| slip.hand_over(outcome, &to.name));
        let parcel = Parcel {
            slip,
            instead_of: Some(Arc::new(cause)),
            waited,
            ..parcel
        };
        Some((place, parcel))
    }

    /// Whose fallback the next sink is, and why, in one line. Where the sink
    /// that failed was a fallback itself, it says of which.
    fn cause(&self) -> Fallback {
        let why = self.outcome.to_string();
        let why = match &self.parcel.instead_of {
            Some(before) => format!("{why}; it stood in for {}", before.sink()),
            None => why,
        };
        Fallback::new(&*self.sink, why)
    }
}
