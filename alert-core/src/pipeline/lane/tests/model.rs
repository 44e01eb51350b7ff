//! The rules of a lane, said plainly and slowly: lists that are searched, no
//! clock, no randomness. What the lane draws at random (its backoff) the model
//! takes from it and checks against its bounds.

use std::collections::HashMap;

use super::thing::Thing;
use crate::alert::Fingerprint;
use crate::pipeline::lane::Tick;
use crate::pipeline::{Reason, Verdict};
use crate::policy::{Delivery, LONGEST_HINT, reopen};
use crate::sink::{Delivered, ErrorClass, Failure, Limits, Losses};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) thing: Thing,
    pub(super) accepted: Tick,
    pub(super) stands_for: u64,
    pub(super) tries: u32,
    counted: u32,
    alone: bool,
    unanswered: bool,
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
    /// Oldest first.
    pub(super) waiting: Vec<Held>,
    pub(super) frozen: Vec<Held>,
    /// What the worker holds, and what it is to tell.
    pub(super) flight: Option<(Vec<Slot>, Losses)>,
    pub(super) life: Life,
    pub(super) generation: u64,
    /// Generations left behind, each with the members that may still be late.
    pub(super) left: Vec<(u64, Vec<bool>)>,
    pub(super) late: u64,
    pub(super) failing_since: Option<Tick>,
    only_opening_failed: bool,
    noticed: bool,
    failures: u32,
    reopens: u32,
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

    fn end(&mut self, held: &Held, reason: Reason) {
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

    fn end_all(&mut self, list: Vec<Held>, reason: Reason) {
        for held in &list {
            self.end(held, reason);
        }
    }

    fn end_waiting(&mut self, reason: Reason) {
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
        let failing = self.failing_since.is_some();
        while let Some(first) = self.waiting.first()
            && (failing || first.tries > 0)
            && old(first)
        {
            let first = self.waiting.remove(0);
            self.end(&first, Reason::Age);
        }
    }

    pub(super) fn head(&self) -> Option<&Held> {
        self.frozen.first().or(self.waiting.first())
    }

    pub(super) fn circuit_is_open(&self) -> bool {
        self.failures >= self.policy.circuit.after.max(1)
    }

    pub(super) fn batch_max(&self) -> usize {
        self.policy.batch.max.min(self.limits.batch).max(1)
    }

    /// The members that an attempt must have now.
    pub(super) fn compose(&mut self) -> Vec<Held> {
        let mut batch = std::mem::take(&mut self.frozen);
        if batch.is_empty() {
            let max = if self.circuit_is_open() {
                1
            } else {
                self.batch_max()
            };
            let of_its_own =
                |held: &Held| held.alone || self.limits.edits && held.thing.key.is_some();
            let many = match self.waiting.first() {
                Some(first) if of_its_own(first) => 1,
                _ => {
                    let together = self.waiting.iter().take_while(|held| !of_its_own(held));
                    together.count().min(max)
                }
            };
            batch = self.waiting.drain(..many).collect();
        }
        for held in &mut batch {
            held.tries += 1;
        }
        batch
    }

    // ---- the attempt ends ----

    pub(super) fn settle(&mut self, index: usize, fate: Result<Delivered, Failure>, now: Tick) {
        let Some((slots, told)) = &mut self.flight else {
            return;
        };
        let (told, Some(slot)) = (*told, slots.get_mut(index)) else {
            return;
        };
        let Slot::Open(held) = slot else { return };
        let held = held.clone();
        match fate {
            Ok(delivered) => {
                *slot = Slot::Ended;
                if index == 0 {
                    self.tell(&told);
                }
                self.delivered(&held, delivered, now);
            }
            Err(failure) => {
                let hint = failure.retry_after;
                if failure.class == ErrorClass::Rejected {
                    *slot = Slot::Ended;
                    self.end(&held, Reason::Refused);
                } else {
                    *slot = Slot::Back(held, failure);
                }
                self.hold(hint, now);
            }
        }
    }

    fn tell(&mut self, told: &Losses) {
        self.lost.told(told);
        self.told.shed += told.shed;
        self.told.rejected += told.rejected;
        self.told.gave_up += told.gave_up;
        self.told.abandoned += told.abandoned;
        self.told.suppressed += told.suppressed;
    }

    fn delivered(&mut self, held: &Held, with: Delivered, now: Tick) {
        self.hold(with.not_before, now);
        if let (Some(handle), Some(key)) = (with.handle, held.thing.key) {
            self.handles.insert(key, handle.as_str().to_owned());
        }
        self.dirty = true;
        self.end(held, Reason::Delivered);
    }

    fn hold(&mut self, hint: Option<Tick>, now: Tick) {
        if let Some(hint) = hint {
            self.hint = self.hint.max(now.saturating_add(hint.min(LONGEST_HINT)));
        }
    }

    pub(super) fn finish(&mut self, finish: &Finish, now: Tick) {
        let Some((slots, told)) = self.flight.take() else {
            return;
        };
        let mut reached = slots.iter().any(|slot| matches!(slot, Slot::Ended));
        let open: Vec<(usize, Held)> = slots
            .iter()
            .enumerate()
            .filter_map(|(i, slot)| match slot {
                Slot::Open(held) => Some((i, held.clone())),
                _ => None,
            })
            .collect();
        let mut back: Vec<(Held, Failure)> =
            slots.into_iter().filter_map(Slot::into_back).collect();
        let mut singles = Vec::new();
        if let Finish::Failed(failure) = finish {
            self.hold(failure.retry_after, now);
        }
        match finish {
            Finish::Ok => {
                reached |= !open.is_empty();
                for (index, held) in open {
                    if index == 0 {
                        self.tell(&told);
                    }
                    self.delivered(&held, Delivered::new(), now);
                }
            }
            Finish::Failed(failure) if failure.class == ErrorClass::Rejected => {
                reached = true;
                match &open[..] {
                    [(_, only)] => self.end(only, Reason::Refused),
                    _ => singles.extend(open.into_iter().map(|(_, mut held)| {
                        held.alone = true;
                        held
                    })),
                }
            }
            Finish::Failed(failure) => {
                back.extend(open.into_iter().map(|(_, held)| (held, failure.clone())));
            }
            Finish::Panicked => {
                let failure = Failure::panicked("boom");
                back.extend(open.into_iter().map(|(_, held)| (held, failure.clone())));
            }
        }
        let failures: Vec<Failure> = back.iter().map(|(_, failure)| failure.clone()).collect();
        self.take_back(back, singles, now);
        let unusable: Vec<&Failure> = failures
            .iter()
            .filter(|f| f.class == ErrorClass::Unusable)
            .collect();
        if matches!(finish, Finish::Panicked) {
            self.fail(reached, false, now);
            self.reopen(None, false, now);
        } else if !unusable.is_empty() {
            self.failing_since.get_or_insert(now);
            let hint = unusable.iter().filter_map(|f| f.retry_after).max();
            if unusable.iter().any(|f| f.until_changed) {
                self.halt(now);
            } else {
                self.reopen(hint, true, now);
            }
        } else if !failures.is_empty() {
            let limited = failures.iter().any(|f| f.retry_after.is_some());
            self.fail(reached, limited, now);
        } else if reached {
            self.pass();
        }
    }

    fn take_back(&mut self, back: Vec<(Held, Failure)>, mut waiting: Vec<Held>, now: Tick) {
        let probing = self.circuit_is_open();
        let mut frozen = Vec::new();
        for (mut held, failure) in back {
            let counts = failure.class == ErrorClass::Transient
                && failure.retry_after.is_none()
                && !failure.not_sent
                && !probing;
            held.counted += u32::from(counts);
            let max = self.policy.retry.max_attempts.max(1);
            if failure.ambiguous && held.unanswered {
                self.end(&held, Reason::Ambiguous);
            } else if held.counted >= max {
                assert_eq!(held.counted, max, "one attempt counts once");
                self.end(&held, Reason::Attempts);
            } else if now.saturating_sub(held.accepted) >= self.policy.retry.max_age {
                self.end(&held, Reason::Age);
            } else if failure.ambiguous || held.unanswered {
                held.unanswered = true;
                frozen.push(held);
            } else {
                waiting.push(held);
            }
        }
        frozen.sort_by_key(|held| held.thing.id);
        // So that what stays together also ends together.
        let most = frozen.iter().map(|held| held.counted).max().unwrap_or(0);
        for held in &mut frozen {
            held.counted = most;
        }
        self.frozen = frozen;
        self.waiting.extend(waiting);
        self.waiting.sort_by_key(|held| held.thing.id);
    }

    fn fail(&mut self, reached: bool, limited: bool, now: Tick) {
        self.failing_since.get_or_insert(now);
        if !reached && !limited {
            self.failures += 1;
        }
    }

    fn pass(&mut self) {
        self.failures = 0;
        self.reopens = 0;
        self.failing_since = None;
        self.only_opening_failed = false;
        if std::mem::take(&mut self.noticed) {
            self.notices.push(false);
        }
    }

    // ---- the sink itself ----

    fn reopen(&mut self, hint: Option<Tick>, wants_a_person: bool, now: Tick) {
        self.reopens += 1;
        let hint = hint.unwrap_or_default().min(LONGEST_HINT);
        self.life = Life::Unopened {
            from: now.saturating_add(reopen(self.reopens).max(hint)),
            wants_a_person,
        };
    }

    fn halt(&mut self, now: Tick) {
        self.failing_since.get_or_insert(now);
        self.life = Life::Halted {
            recheck: now.saturating_add(Tick::from_secs(30)),
        };
        self.end_waiting(Reason::Halted);
        self.flush_done = self.flush_goal;
    }

    pub(super) fn opened(&mut self, finish: &Finish, limits: Limits, now: Tick) {
        match finish {
            Finish::Ok => {
                self.limits = limits;
                self.life = Life::Ready;
                if self.only_opening_failed {
                    self.pass();
                }
            }
            Finish::Failed(failure) => {
                self.opening_failed(now);
                if failure.until_changed {
                    self.halt(now);
                } else {
                    self.reopen(failure.retry_after, true, now);
                }
            }
            Finish::Panicked => {
                self.opening_failed(now);
                self.reopen(None, false, now);
            }
        }
    }

    fn opening_failed(&mut self, now: Tick) {
        self.only_opening_failed |= self.failing_since.is_none();
        self.failing_since.get_or_insert(now);
    }

    pub(super) fn rechecked(&mut self, changed: bool, now: Tick) {
        self.life = if changed {
            Life::Unopened {
                from: now,
                wants_a_person: false,
            }
        } else {
            Life::Halted {
                recheck: now.saturating_add(Tick::from_secs(30)),
            }
        };
    }

    pub(super) fn flush_ended(&mut self, finish: &Finish, now: Tick) {
        self.life = Life::Ready;
        self.dirty = false;
        if matches!(finish, Finish::Panicked) {
            self.reopen(None, false, now);
        }
    }

    // ---- the dispatcher ----

    pub(super) fn in_sink(&self) -> bool {
        self.flight.is_some() || matches!(self.life, Life::Opening | Life::Flushing)
    }

    fn leave(&mut self, reason: Reason, now: Tick) {
        let flight = self.flight.take();
        let slots = flight.iter().flat_map(|(slots, _)| slots);
        let open = slots.map(|slot| matches!(slot, Slot::Open(_))).collect();
        self.left.push((self.generation, open));
        self.generation += 1;
        let Some((slots, _)) = flight else { return };
        let mut back = Vec::new();
        for slot in slots {
            match slot {
                Slot::Open(held) => self.end(&held, reason),
                Slot::Back(held, failure) => back.push((held, failure)),
                Slot::Ended => {}
            }
        }
        self.take_back(back, Vec::new(), now);
    }

    /// The worker's deadline has passed.
    pub(super) fn leave_worker(&mut self, now: Tick) {
        match self.life {
            Life::Opening | Life::Flushing => self.opening_failed(now),
            _ => {
                self.failing_since.get_or_insert(now);
            }
        }
        self.leave(Reason::Deadline, now);
        self.dirty = false;
        if self.left.len() > 3 {
            self.halt(now);
            self.life = Life::Stuck;
        } else {
            self.reopen(None, false, now);
        }
    }

    /// What has failed for long is news.
    pub(super) fn notice(&mut self, now: Tick) {
        let due = |since: Tick| now >= since.saturating_add(self.policy.notice_after);
        if !self.noticed && self.failing_since.is_some_and(due) {
            self.noticed = true;
            self.notices.push(true);
        }
    }

    /// The close's bound has come.
    pub(super) fn closed(&mut self, now: Tick) {
        if self.in_sink() {
            self.leave(Reason::Close, now);
        }
        self.end_waiting(Reason::Close);
        self.done();
    }

    pub(super) fn done(&mut self) {
        self.life = Life::Done;
        self.flush_done = self.flush_goal;
    }

    /// Nothing waits at close for what cannot come in time.
    pub(super) fn while_closing(&mut self) {
        let Some(by) = self.closing else { return };
        let hopeless = match self.life {
            Life::Unopened {
                from,
                wants_a_person,
            } => from > by || wants_a_person && self.reopens > 0,
            Life::Ready => self.not_before > by,
            _ => false,
        };
        if hopeless {
            self.end_waiting(Reason::Close);
        }
    }

    pub(super) fn late(&mut self, generation: u64, index: usize, ok: bool) {
        let left = self.left.iter_mut().find(|(left, _)| *left == generation);
        if let Some(open) = left.and_then(|(_, open)| open.get_mut(index))
            && std::mem::take(open)
        {
            self.late += u64::from(ok);
        }
    }

    pub(super) fn late_finish(&mut self, generation: u64, ok: bool) {
        for index in 0..64 {
            self.late(generation, index, ok);
        }
    }

    pub(super) fn came_back(&mut self, generation: u64, now: Tick) {
        let before = self.left.len();
        self.left.retain(|(left, _)| *left != generation);
        if self.left.len() < before && self.life == Life::Stuck {
            self.life = Life::Unopened {
                from: now,
                wants_a_person: false,
            };
        }
    }

    // ---- flushing ----

    pub(super) fn oldest(&self) -> u64 {
        let flight = self
            .flight
            .iter()
            .flat_map(|(slots, _)| slots)
            .filter_map(Slot::held);
        let all = flight.chain(&self.frozen).chain(&self.waiting);
        all.map(|held| held.thing.id).min().unwrap_or(self.offered)
    }

    /// A flush with nothing to do is done.
    pub(super) fn note_flushed(&mut self) {
        let refuses = matches!(self.life, Life::Halted { .. } | Life::Stuck | Life::Done);
        if (refuses || !self.dirty) && self.oldest() >= self.flush_goal {
            self.flush_done = self.flush_goal;
        }
    }
}

impl Slot {
    fn held(&self) -> Option<&Held> {
        match self {
            Slot::Open(held) | Slot::Back(held, _) => Some(held),
            Slot::Ended => None,
        }
    }

    fn into_back(self) -> Option<(Held, Failure)> {
        match self {
            Slot::Back(held, failure) => Some((held, failure)),
            _ => None,
        }
    }
}
