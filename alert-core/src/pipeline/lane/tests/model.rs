//! The rules of a lane, said plainly and slowly: lists that are searched, no
//! clock, no randomness. What the lane draws at random (its backoff) the model
//! takes from it and checks against its bounds.

use std::collections::HashMap;

use super::thing::Thing;
use crate::alert::Fingerprint;
use crate::pipeline::lane::Tick;
use crate::pipeline::lane::turn::Role;
use crate::pipeline::{Reason, Verdict};
use crate::policy::Delivery;
use crate::sink::{Failure, Limits, Losses};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) thing: Thing,
    pub(super) accepted: Tick,
    pub(super) stands_for: u64,
    pub(super) tries: u32,
    pub(super) counted: u32,
    pub(super) alone: bool,
    pub(super) unanswered: bool,
    /// Failures that may be its own.
    pub(super) failed: u32,
    pub(super) apart: Option<Apart>,
}

/// Of one that steps aside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Apart {
    /// `None` while a trial decides.
    pub(super) due: Option<Tick>,
    pub(super) pauses: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Life {
    Unopened { from: Tick, wants_a_person: bool },
    Opening,
    Ready,
    Flushing,
    Halted { recheck: Tick },
    Stuck,
    Done,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) policy: Delivery,
    pub(super) limits: Limits,
    /// Oldest first, those aside and behind them included.
    pub(super) waiting: Vec<Held>,
    /// What the attempt in flight is for.
    pub(super) role: Role,
    pub(super) aside_went_last: bool,
    /// Due times that the lane drew: of whom, and between which bounds.
    pub(super) drawn: Vec<(u64, Tick, Tick)>,
    pub(super) frozen: Vec<Held>,
    /// What the worker holds, and what it is to tell.
    pub(super) flight: Option<(Vec<Slot>, Losses)>,
    pub(super) life: Life,
    pub(super) generation: u64,
    /// Generations left behind, each with the members that may still be late.
    pub(super) left: Vec<(u64, Vec<bool>)>,
    pub(super) late: u64,
    pub(super) failing_since: Option<Tick>,
    pub(super) only_opening_failed: bool,
    pub(super) noticed: bool,
    pub(super) failures: u32,
    pub(super) reopens: u32,
    /// No attempt before this, as asked for from outside.
    pub(super) hint: Tick,
    /// No attempt before this; read from the lane after each failure.
    pub(super) not_before: Tick,
    pub(super) last_start: Option<Tick>,
    pub(super) closing: Option<Tick>,
    pub(super) lost: Losses,
    pub(super) dirty: bool,
    pub(super) flush_goal: u64,
    pub(super) flush_done: u64,
    pub(super) handles: HashMap<Fingerprint, String>,
    pub(super) offered: u64,
    /// What came to its end since the last look, in any order.
    pub(super) ended: Vec<(u64, Reason, u32)>,
    pub(super) notices: Vec<bool>,
    pub(super) counts: HashMap<Reason, u64>,
    /// Suppressed alerts: offered in all, and told by one that got through.
    pub(super) stood_for: u64,
    pub(super) stood_told: u64,
    /// Losses told by alerts that got through.
    pub(super) told: Losses,
    pub(super) newest_size: usize,
}

/// A member of the batch in flight.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    Open(Held),
    /// To be tried again.
    Back(Held, Failure),
    /// To be tried as if it had not been in this attempt.
    Left(Held),
    /// To be asked for alone.
    Single(Held),
    Ended,
}

/// How an attempt ended, for what was not settled.
#[derive(Debug, Clone)]
pub(super) enum Finish {
    Ok,
    Failed(Failure),
    Panicked,
}

impl Model {
    pub(super) fn new(policy: Delivery, limits: Limits) -> Self {
        Self {
            policy,
            limits,
            waiting: Vec::new(),
            role: Role::Queue,
            aside_went_last: false,
            drawn: Vec::new(),
            frozen: Vec::new(),
            flight: None,
            life: Life::Unopened {
                from: Tick::ZERO,
                wants_a_person: false,
            },
            generation: 1,
            left: Vec::new(),
            late: 0,
            failing_since: None,
            only_opening_failed: false,
            noticed: false,
            failures: 0,
            reopens: 0,
            hint: Tick::ZERO,
            not_before: Tick::ZERO,
            last_start: None,
            closing: None,
            lost: Losses::none(),
            dirty: false,
            flush_goal: 0,
            flush_done: 0,
            handles: HashMap::new(),
            offered: 0,
            ended: Vec::new(),
            notices: Vec::new(),
            counts: HashMap::new(),
            stood_for: 0,
            stood_told: 0,
            told: Losses::none(),
            newest_size: 0,
        }
    }

    // ---- holding and ending ----

    /// Alerts and bytes that count towards the room.
    pub(super) fn held(&self) -> (usize, usize) {
        let flight = self
            .flight
            .iter()
            .flat_map(|(slots, _)| slots)
            .filter_map(Slot::held);
        let all = flight.chain(&self.frozen).chain(&self.waiting);
        all.fold((0, 0), |(n, bytes), held| (n + 1, bytes + held.thing.size))
    }

    pub(super) fn pending_stood_for(&self) -> u64 {
        let flight = self
            .flight
            .iter()
            .flat_map(|(slots, _)| slots)
            .filter_map(Slot::held);
        let all = flight.chain(&self.frozen).chain(&self.waiting);
        all.map(|held| held.stands_for).sum()
    }

    pub(super) fn end(&mut self, held: &Held, reason: Reason) {
        self.ended.push((held.thing.id, reason, held.tries));
        *self.counts.entry(reason).or_default() += 1;
        let lost = match reason.verdict() {
            Verdict::Shed => &mut self.lost.shed,
            Verdict::Rejected => &mut self.lost.rejected,
            Verdict::GaveUp => &mut self.lost.gave_up,
            Verdict::Abandoned => &mut self.lost.abandoned,
            _ => {
                self.stood_told += held.stands_for;
                return;
            }
        };
        *lost += 1;
        self.lost.suppressed += held.stands_for;
    }

    pub(super) fn end_all(&mut self, list: Vec<Held>, reason: Reason) {
        for held in &list {
            self.end(held, reason);
        }
    }

    pub(super) fn end_waiting(&mut self, reason: Reason) {
        let frozen = std::mem::take(&mut self.frozen);
        let waiting = std::mem::take(&mut self.waiting);
        self.end_all(frozen, reason);
        self.end_all(waiting, reason);
    }

    // ---- offering ----

    pub(super) fn offer(&mut self, thing: Thing, stands_for: u64, now: Tick) {
        self.offered += 1;
        self.stood_for += stands_for;
        self.newest_size = thing.size;
        let held = Held {
            thing,
            accepted: now,
            stands_for,
            tries: 0,
            counted: 0,
            alone: false,
            unanswered: false,
            failed: 0,
            apart: None,
        };
        match self.life {
            Life::Halted { .. } | Life::Stuck => return self.end(&held, Reason::Halted),
            Life::Done => return self.end(&held, Reason::Close),
            _ => {}
        }
        let (alerts, bytes) = (self.policy.queue.alerts.max(1), self.policy.queue.bytes);
        let (size, severity) = (held.thing.size, held.thing.severity);
        let full = |(n, b): (usize, usize)| {
            let too_many = (n + 1 > alerts).then_some(Reason::QueueAlerts);
            too_many.or((b + size > bytes).then_some(Reason::QueueBytes))
        };
        // May go for it: whatever waits and is no more severe.
        let may_go = |h: &&Held| h.thing.severity <= severity;
        let (n, b) = self.held();
        let lightest = self
            .waiting
            .iter()
            .filter(may_go)
            .fold((n, b), |(n, b), h| (n - 1, b - h.thing.size));
        if let Some(reason) = full(lightest) {
            let reason = full((n, b)).unwrap_or(reason);
            return self.end(&held, reason);
        }
        while let Some(reason) = full(self.held()) {
            let lowest = self.waiting.iter().map(|h| h.thing.severity).min();
            let place = self
                .waiting
                .iter()
                .position(|h| Some(h.thing.severity) == lowest);
            let out = self.waiting.remove(place.expect("room can be made"));
            self.end(&out, reason);
        }
        self.waiting.push(held);
        self.while_closing();
    }

    // ---- the worker asks ----

    /// What has grown too old is given up.
    pub(super) fn expire(&mut self, now: Tick) {
        let max_age = self.policy.retry.max_age;
        let old = |held: &Held| now.saturating_sub(held.accepted) >= max_age;
        if self.frozen.first().is_some_and(old) {
            let frozen = std::mem::take(&mut self.frozen);
            self.end_all(frozen, Reason::Age);
        }
        let gone = self.take_apart(|held, _| old(held));
        self.end_all(gone, Reason::Age);
        let failing = self.failing_since.is_some();
        while let Some(first) = self.front()
            && (failing || first.tries > 0)
            && old(first)
        {
            let first = self.take(first.thing.id);
            self.end(&first, Reason::Age);
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.frozen.is_empty() && self.waiting.is_empty()
    }

    pub(super) fn circuit_is_open(&self) -> bool {
        self.failures >= self.policy.circuit.after.max(1)
    }

    pub(super) fn batch_max(&self) -> usize {
        self.policy.batch.max.min(self.limits.batch).max(1)
    }

    /// How many alerts an attempt holds at most: four rounds of several requests.
    pub(super) fn attempt_max(&self) -> usize {
        let in_flight = self.policy.in_flight.min(self.limits.in_flight);
        let rounds = if in_flight > 1 { 4 * in_flight } else { 1 };
        self.batch_max() * rounds
    }

    /// The members that an attempt must have now.
    pub(super) fn compose(&mut self) -> Vec<Held> {
        let mut batch = std::mem::take(&mut self.frozen);
        if batch.is_empty() {
            let max = if self.circuit_is_open() {
                1
            } else {
                self.attempt_max()
            };
            let of_its_own =
                |held: &Held| held.alone || self.limits.edits && held.thing.key.is_some();
            let many = match self.front() {
                Some(first) if of_its_own(first) => 1,
                _ => max,
            };
            let together = self
                .free()
                .take_while(|held| many == 1 || !of_its_own(held));
            let ids: Vec<u64> = together.take(many).map(|held| held.thing.id).collect();
            batch = ids.into_iter().map(|id| self.take(id)).collect();
        }
        batch
    }
}

impl Slot {
    pub(super) fn held(&self) -> Option<&Held> {
        match self {
            Slot::Open(held) | Slot::Back(held, _) | Slot::Left(held) | Slot::Single(held) => {
                Some(held)
            }
            Slot::Ended => None,
        }
    }

    pub(super) fn into_back(self) -> Option<(Held, Failure)> {
        match self {
            Slot::Back(held, failure) => Some((held, failure)),
            _ => None,
        }
    }

    pub(super) fn left(&self) -> Option<Held> {
        match self {
            Slot::Left(held) => Some(held.clone()),
            _ => None,
        }
    }

    pub(super) fn single(&self) -> Option<Held> {
        match self {
            Slot::Single(held) => Some(held.clone()),
            _ => None,
        }
    }
}
