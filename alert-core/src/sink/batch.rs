use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::alert::Alert;
use crate::clock::{Clock, SystemClock};
use crate::sink::{Attempt, Delivered, SinkError};

/// Where a batch writes what became of its members.
pub(crate) trait Slots {
    fn settle(&self, index: usize, outcome: Result<Delivered, SinkError>);
    fn settle_all(&self, members: Range<usize>, delivered: Delivered);
    /// Back to the queue; `alone` if it is to travel in a batch of its own.
    fn leave(&self, index: usize, alone: bool);
}

/// How many alerts a request holds, and how many requests are under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) request_size: usize,
    pub(crate) in_flight: usize,
}

/// Several alerts in one attempt. The lane owns them; the sink settles them.
pub struct Batch<'a> {
    items: &'a [(&'a Alert, Attempt<'a>)],
    slots: &'a dyn Slots,
    room: Room,
    deadline: Instant,
    clock: &'a dyn Clock,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(
        items: &'a [(&'a Alert, Attempt<'a>)],
        slots: &'a dyn Slots,
        room: Room,
        deadline: Instant,
        clock: &'a dyn Clock,
    ) -> Self {
        Self {
            items,
            slots,
            room,
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

    /// How many alerts one request may hold: what the delivery policy's
    /// `batch.max` and [`crate::Limits::batch`] allow, at least 1. With one
    /// request in flight a batch is never longer.
    pub fn request_size(&self) -> usize {
        self.room.request_size
    }

    /// How many requests may be in flight at once: what the delivery policy's
    /// `in_flight` and [`crate::Limits::in_flight`] allow, at least 1. With
    /// several, a batch holds alerts for up to four rounds of them, and alerts
    /// of one dedup key must still arrive in order.
    pub fn in_flight(&self) -> usize {
        self.room.in_flight
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

    /// Says that all these members were delivered by one request: as
    /// [`Batch::settle`] for each, and cheaper. A handle is that of a message of
    /// one alert alone, so that of several is dropped.
    pub fn settle_all(&self, members: Range<usize>, mut delivered: Delivered) {
        let end = members.end.min(self.items.len());
        let members = members.start.min(end)..end;
        if members.len() > 1 {
            delivered.handle = None;
        }
        self.slots.settle_all(members, delivered);
    }

    /// Puts a member back to the front of the queue as if it had not been in
    /// this batch: the sink did not come to it, no attempt was made. The first
    /// word about a member wins, and an index out of range is ignored.
    ///
    /// A batch of which nothing was settled and all was put back counts as a
    /// failed attempt, for what the method returned.
    pub fn leave(&self, index: usize) {
        if index < self.items.len() {
            self.slots.leave(index, false);
        }
    }

    /// Puts a member back to be asked for alone: it was refused together with
    /// others, of which one may be to blame. In a batch of one it is rejected.
    pub fn leave_alone(&self, index: usize) {
        if index < self.items.len() {
            self.slots.leave(index, true);
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
        let room = Room {
            request_size: 1,
            in_flight: 1,
        };
        Self::run(&items, room, deadline, &SystemClock, work)
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
        Self::by_hand_with(alerts, within, alerts.len(), 1, work)
    }

    /// The same with requests of so many alerts, so many of them in flight. A
    /// member that was put back is a transient error of the code `put-back`.
    pub fn by_hand_with(
        alerts: &[Alert],
        within: Duration,
        request_size: usize,
        in_flight: usize,
        work: impl FnOnce(&Batch<'_>) -> Result<(), SinkError>,
    ) -> Vec<Result<Delivered, SinkError>> {
        let room = Room {
            request_size: request_size.max(1),
            in_flight: in_flight.max(1),
        };
        let attempt = Attempt::first(within);
        let deadline = attempt.deadline();
        let items: Vec<_> = alerts.iter().map(|a| (a, attempt.clone())).collect();
        Self::run(&items, room, deadline, &SystemClock, work)
    }

    fn run(
        items: &[(&Alert, Attempt<'_>)],
        room: Room,
        deadline: Instant,
        clock: &dyn Clock,
        work: impl FnOnce(&Batch<'_>) -> Result<(), SinkError>,
    ) -> Vec<Result<Delivered, SinkError>> {
        let slots = Kept(RefCell::new(items.iter().map(|_| None).collect()));
        let result = work(&Batch::new(items, &slots, room, deadline, clock));
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

    fn settle_all(&self, members: Range<usize>, delivered: Delivered) {
        for index in members {
            self.settle(index, Ok(delivered.clone()));
        }
    }

    fn leave(&self, index: usize, alone: bool) {
        let back = match alone {
            true => SinkError::rejected("refused together with others"),
            false => SinkError::transient("put back").not_sent().code("put-back"),
        };
        self.settle(index, Err(back));
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
