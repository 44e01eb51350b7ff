use std::cell::RefCell;
use std::fmt;
use std::time::{Duration, Instant};

use crate::alert::Alert;
use crate::clock::{Clock, SystemClock};
use crate::sink::{Attempt, Delivered, SinkError};

/// Where a batch writes what became of its members.
pub(crate) trait Slots {
    fn settle(&self, index: usize, outcome: Result<Delivered, SinkError>);
}

/// Several alerts in one attempt. The lane owns them; the sink settles them.
pub struct Batch<'a> {
    items: &'a [(&'a Alert, Attempt<'a>)],
    slots: &'a dyn Slots,
    deadline: Instant,
    clock: &'a dyn Clock,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(
        items: &'a [(&'a Alert, Attempt<'a>)],
        slots: &'a dyn Slots,
        deadline: Instant,
        clock: &'a dyn Clock,
    ) -> Self {
        Self {
            items,
            slots,
            deadline,
            clock,
        }
    }

    /// The alerts in order, each with its attempt.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'a Alert, &'a Attempt<'a>)> + use<'a> {
        self.items.iter().map(|(alert, attempt)| (*alert, attempt))
    }

    /// How many alerts there are; never 0.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none, which the lane never makes.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// When `deliver_batch` must have returned.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long is left until the deadline; zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(self.clock.now())
    }

    /// Says what became of one member, at once and for good: it holds even if
    /// the sink panics or hangs later. The first word wins, and an index out of
    /// range is ignored. What is never settled shares the method's result.
    pub fn settle(&self, index: usize, outcome: Result<Delivered, SinkError>) {
        if index < self.items.len() {
            self.slots.settle(index, outcome);
        }
    }

    /// Runs `work` over a batch of one: how a batching sink writes its
    /// `deliver`.
    ///
    /// # Errors
    /// What the member was settled with, else what `work` returned.
    pub fn one(
        alert: &Alert,
        attempt: &Attempt<'_>,
        work: impl FnOnce(&Batch<'_>) -> Result<(), SinkError>,
    ) -> Result<Delivered, SinkError> {
        let items = [(alert, attempt.clone())];
        let deadline = attempt.deadline();
        Self::run(&items, deadline, &SystemClock, work)
            .pop()
            .unwrap_or_else(|| Ok(Delivered::new()))
    }

    /// Runs `work` over these alerts as a first attempt and returns what became
    /// of each, for testing a sink by hand.
    pub fn by_hand(
        alerts: &[Alert],
        within: Duration,
        work: impl FnOnce(&Batch<'_>) -> Result<(), SinkError>,
    ) -> Vec<Result<Delivered, SinkError>> {
        let attempt = Attempt::first(within);
        let deadline = attempt.deadline();
        let items: Vec<_> = alerts.iter().map(|a| (a, attempt.clone())).collect();
        Self::run(&items, deadline, &SystemClock, work)
    }

    fn run(
        items: &[(&Alert, Attempt<'_>)],
        deadline: Instant,
        clock: &dyn Clock,
        work: impl FnOnce(&Batch<'_>) -> Result<(), SinkError>,
    ) -> Vec<Result<Delivered, SinkError>> {
        let slots = Kept(RefCell::new(items.iter().map(|_| None).collect()));
        let result = work(&Batch::new(items, &slots, deadline, clock));
        let mut rest = result.err();
        let settled = slots.0.into_inner();
        settled
            .into_iter()
            .map(|slot| match (slot, &mut rest) {
                (Some(outcome), _) => outcome,
                (None, None) => Ok(Delivered::new()),
                (None, Some(error)) => Err(error.again()),
            })
            .collect()
    }
}

struct Kept(RefCell<Vec<Option<Result<Delivered, SinkError>>>>);

impl Slots for Kept {
    fn settle(&self, index: usize, outcome: Result<Delivered, SinkError>) {
        if let Some(slot) = self.0.borrow_mut().get_mut(index)
            && slot.is_none()
        {
            *slot = Some(outcome);
        }
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
