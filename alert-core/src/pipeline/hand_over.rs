//! What goes from a sink that failed to its fallback.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::emission::Routed;
use super::hub::Hub;
use super::lane::{Entry, Tick};
use super::lanes::Lanes;
use super::parcel::Parcel;
use crate::pipeline::Outcome;
use crate::sink::Fallback;

/// What a lane with a fallback lost.
#[derive(Debug)]
pub(crate) struct HandOver {
    pub(crate) entry: Entry<Parcel>,
    pub(crate) outcome: Outcome,
    pub(crate) sink: Arc<str>,
    /// Of its lane.
    pub(crate) lane: u64,
}

/// A resolved alert that a lane with a fallback delivered: its firing one may
/// have gone to the fallback since the resolved one was routed.
#[derive(Debug)]
pub(crate) struct DeliveredEnd {
    pub(crate) parcel: Parcel,
    /// Of its lane.
    pub(crate) lane: u64,
}

impl DeliveredEnd {
    /// Where it is to go too, if the firing one is there.
    pub(crate) fn goes_to(self, lanes: &Lanes) -> Option<(usize, Routed)> {
        let (place, to) = lanes.fallback_of(self.lane)?;
        let taken = self.parcel.taken.filter(|taken| taken.lacks(&to.name))?;
        let routed = Routed {
            silenced: false,
            alert: self.parcel.alert,
            slips: Vec::new(),
            taken: Some(taken),
        };
        Some((place, routed))
    }
}

/// Those that wait for the dispatcher, which alone offers to lanes. It comes
/// here after each burst of alerts, so there never wait more than the lanes
/// with a fallback held, plus one burst: each is bounded, in alerts and bytes.
///
/// A lane adds to it under its own lock, in the step that ends the alert: who
/// sees that a lane is flushed or done finds here what came of it.
#[derive(Debug, Default)]
pub(crate) struct HandOvers {
    waiting: Mutex<Ended>,
    count: AtomicU64,
}

/// What came to its end in lanes with a fallback and concerns that.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) lost: Vec<HandOver>,
    /// As many as those lanes deliver while a burst is routed. A resolved alert
    /// ends after its firing one, so these come after what was lost.
    pub(crate) ends: Vec<DeliveredEnd>,
}

impl Ended {
    pub(crate) fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.ends.is_empty()
    }
}

impl HandOvers {
    pub(crate) fn add(&self, mut new: Ended) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let many = new.lost.len() + new.ends.len();
        self.count.fetch_add(many as u64, Ordering::Release);
        waiting.lost.append(&mut new.lost);
        waiting.ends.append(&mut new.ends);
    }

    /// How many there were so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    pub(crate) fn take(&self) -> Ended {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HandOver {
    /// Tells of the failure and answers for the sink. Returns what its fallback,
    /// if there is one, takes over: what it does not have yet.
    pub(crate) fn settle(self, hub: &Hub, lanes: &Lanes) -> Option<(usize, Vec<Entry<Parcel>>)> {
        let fallback = lanes.fallback_of(self.lane);
        let step = Step {
            hub,
            from: &self.sink,
            to: fallback.map(|(_, lane)| &lane.name),
            cause: fallback.map(|_| Arc::new(self.cause())),
        };
        let taken_over = if step.goes_whole(&self.entry) {
            vec![step.whole(self.entry, &self.outcome)]
        } else {
            // Of a digest that is split, what was only counted stays lost here.
            let each = self.entry.into_outcomes(self.outcome);
            each.filter_map(|(parcel, outcome)| step.alone(parcel, outcome))
                .map(|parcel| Entry::new(parcel, Tick::ZERO))
                .collect()
        };
        Some((fallback?.0, taken_over))
    }

    /// Whose fallback the next sink is, and why, in one line. Where the sink
    /// that failed was a fallback itself, it says of which.
    fn cause(&self) -> Fallback {
        let why = self.outcome.to_string();
        let why = match &self.entry.item.instead_of {
            Some(before) => format!("{why}; it stood in for {}", before.sink()),
            None => why,
        };
        Fallback::new(&*self.sink, why)
    }
}

/// From one sink to its fallback.
struct Step<'a> {
    hub: &'a Hub,
    from: &'a Arc<str>,
    to: Option<&'a Arc<str>>,
    cause: Option<Arc<Fallback>>,
}

impl Step<'_> {
    /// Whether it is a digest of which the fallback has nothing yet.
    fn goes_whole(&self, entry: &Entry<Parcel>) -> bool {
        let lacks = |member: &Entry<Parcel>| {
            let taken = member.item.taken.as_ref();
            taken
                .zip(self.to)
                .is_some_and(|(taken, to)| taken.lacks(to))
        };
        let gathered = entry.gathered.as_ref();
        gathered.is_some_and(|gathered| gathered.members.iter().all(lacks))
    }

    fn whole(&self, mut entry: Entry<Parcel>, outcome: &Outcome) -> Entry<Parcel> {
        let ended = entry.accepted.saturating_add(outcome.took);
        for member in entry.gathered.iter_mut().flat_map(|g| &mut g.members) {
            let mut outcome = outcome.clone();
            outcome.took = ended.saturating_sub(member.accepted);
            if let Some(parcel) = self.alone(member.item.clone(), outcome) {
                member.item = parcel;
            }
        }
        self.hub
            .settled(self.from, &entry.item.alert, None, outcome.clone());
        // Its lateness counts from the end of its window, wherever it is.
        entry.item.instead_of.clone_from(&self.cause);
        entry
    }

    fn alone(&self, parcel: Parcel, outcome: Outcome) -> Option<Parcel> {
        self.hub
            .settled(self.from, &parcel.alert, None, outcome.clone());
        // Without a list the alert was routed when nothing fell back: who has it
        // is not known.
        let taken = parcel.taken.as_ref();
        let gets_it = |to| taken.is_some_and(|taken| taken.by(to));
        let Some(to) = self.to.filter(|to| gets_it(to)) else {
            if let Some(slip) = parcel.slip {
                slip.answer_beside(outcome, self.to);
            }
            return None;
        };
        Some(Parcel {
            waited: parcel.waited.saturating_add(outcome.took),
            slip: parcel.slip.map(|slip| slip.hand_over(outcome, to)),
            instead_of: self.cause.clone(),
            ..parcel
        })
    }
}
