//! A lane and its model, driven side by side, one operation at a time.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::model::{Finish, Held, Life, Model, Slot};
use super::thing::{Thing, ms, transient, until_changed};
use super::tries::{Op, Report};
use crate::alert::{Fingerprint, Severity, Timestamp};
use crate::pipeline::lane::turn::Role;
use crate::pipeline::lane::{End, Lane, Next, Tick, Work};
use crate::policy::{Delivery, LONGEST_HINT};
use crate::sink::{Delivered, Limits, Suppressed};

/// What the worker is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Call {
    None,
    Open,
    Deliver,
    Flush,
    Recheck,
}

pub(super) struct Run {
    pub(super) lane: Lane<Thing>,
    pub(super) model: Model,
    pub(super) now: Tick,
    pub(super) call: Call,
    pub(super) wait: Option<Tick>,
    /// Each alert comes to its end once.
    pub(super) ended: HashSet<u64>,
    pub(super) last_delivered: Option<u64>,
    pub(super) last_of_key: HashMap<Fingerprint, u64>,
    /// Who stood aside, or behind one who did.
    pub(super) stepped: HashSet<u64>,
    /// Alerts that this sink fails for ever.
    pub(super) poison: HashSet<u64>,
    pub(super) notice: bool,
    pub(super) severities: Vec<Severity>,
    /// When the worker that is in a call is left behind.
    pub(super) stuck_at: Option<Tick>,
}

pub(super) type Law = Result<(), TestCaseError>;

impl Run {
    pub(super) fn new(policy: Delivery, limits: Limits, seed: u64) -> Self {
        Self {
            lane: Lane::new(policy.clone(), limits.clone(), seed),
            model: Model::new(policy, limits),
            now: Tick::ZERO,
            call: Call::None,
            wait: None,
            ended: HashSet::new(),
            last_delivered: None,
            last_of_key: HashMap::new(),
            stepped: HashSet::new(),
            poison: HashSet::new(),
            notice: false,
            severities: Vec::new(),
            stuck_at: None,
        }
    }

    pub(super) fn step(&mut self, op: Op) -> Law {
        match op {
            Op::Offer {
                severity,
                size,
                key,
                stands_for,
            } => {
                self.offer(severity, size, key, stands_for)?;
            }
            Op::Stop(reason) => {
                self.lane.stopped(reason);
                *self.model.counts.entry(reason).or_default() += 1;
            }
            Op::IntakeShed(alerts) => {
                self.lane.intake_shed(alerts);
                self.model.lost.shed_intake += alerts;
            }
            Op::Drive(finish) => self.drive(finish)?,
            Op::Settle(index, fate) => {
                let generation = self.lane.generation();
                self.lane.settle(generation, index, fate.clone(), self.now);
                if self.call == Call::Deliver {
                    self.model.settle(index, fate, self.now);
                }
                self.take_pause()?;
            }
            Op::Leave(index, alone) => {
                let generation = self.lane.generation();
                self.lane.leave(generation, index, alone, self.now);
                if self.call == Call::Deliver {
                    self.model.put_back(index, alone);
                }
            }
            Op::Pass(time) => self.now = self.now.saturating_add(time),
            Op::Sleep => {
                let deadline = self.lane.next_deadline().filter(|_| self.is_in_sink());
                let until = deadline.or(self.wait).unwrap_or(self.now);
                self.now = self.now.max(until);
            }
            Op::Tick => self.tick()?,
            Op::Hang => {
                if self.is_in_sink() {
                    let at = self.lane.next_deadline().expect("a call has a deadline");
                    self.now = self.now.max(at);
                    self.tick()?;
                }
            }
            Op::Late {
                which,
                index,
                report,
            } => self.late(which, index, report)?,
            Op::Flush => {
                let goal = self.lane.request_flush(self.now);
                prop_assert_eq!(goal, self.model.offered);
                self.model.flush_goal = goal;
                self.model.note_flushed();
            }
            Op::Close(within) => {
                let by = self.now.saturating_add(within);
                self.lane.close(by, self.now);
                if self.model.life != Life::Done {
                    let before = self.model.closing.unwrap_or(by);
                    self.model.closing = Some(before.min(by));
                    self.model.while_closing();
                }
            }
        }
        let model = &self.model;
        let stepped = |held: &&Held| held.apart.is_some() || model.is_behind(held);
        let stepped = model.waiting.iter().filter(stepped);
        self.stepped.extend(stepped.map(|held| held.thing.id));
        self.compare()
    }

    pub(super) fn offer(
        &mut self,
        severity: Severity,
        size: usize,
        key: Option<u8>,
        stands_for: u64,
    ) -> Law {
        let thing = Thing {
            id: self.model.offered,
            severity,
            size,
            key: key.map(|key| Fingerprint::of_key(&key.to_string())),
            tracked: false,
        };
        let held = (stands_for > 0).then(|| {
            let mut held = Suppressed::one(severity, Timestamp::from_micros(1));
            held.by_severity[severity.index()] = stands_for;
            Box::new(held)
        });
        self.lane.offer(thing.clone(), held, self.now);
        self.model.offer(thing, stands_for, self.now);
        self.severities.push(severity);
        Ok(())
    }

    pub(super) fn is_in_sink(&self) -> bool {
        !matches!(self.call, Call::None | Call::Recheck)
    }

    // ---- the worker ----

    pub(super) fn drive(&mut self, finish: Finish) -> Law {
        let (generation, now) = (self.lane.generation(), self.now);
        match std::mem::replace(&mut self.call, Call::None) {
            Call::None => return self.ask(),
            Call::Open => {
                let limits = self.model.limits.clone();
                let end = match &finish {
                    Finish::Ok => End::Ok(limits.clone()),
                    Finish::Failed(failure) => End::Failed(failure.clone()),
                    Finish::Panicked => End::Panicked("boom".to_owned()),
                };
                self.lane.opened(generation, end, now);
                self.model.opened(&finish, limits, now);
            }
            Call::Deliver => {
                let finish = self.poisoned().unwrap_or(finish);
                self.lane.finished(generation, end(&finish), now);
                self.model.finish(&finish, now);
            }
            Call::Flush => {
                self.lane.flush_ended(generation, end(&finish), now);
                self.model.flush_ended(&finish, now);
                self.model.note_flushed();
            }
            Call::Recheck => {
                let changed = matches!(finish, Finish::Ok);
                self.lane.rechecked(changed, now);
                self.model.rechecked(changed, now);
            }
        }
        self.take_pause()?;
        self.model.while_closing();
        Ok(())
    }

    pub(super) fn ask(&mut self) -> Law {
        let now = self.now;
        let next = self.lane.next(self.lane.generation(), now);
        let model = &mut self.model;
        self.wait = None;
        if model.life != Life::Done {
            model.expire(now);
            model.note_flushed();
        }
        let empty = model.is_empty();
        let closing = model.closing.is_some();
        match next {
            Next::Done => {
                let over = match model.life {
                    Life::Done => true,
                    Life::Halted { .. } | Life::Stuck => closing,
                    Life::Unopened { .. } => closing && empty,
                    Life::Ready => closing && empty && !model.dirty,
                    _ => false,
                };
                prop_assert!(over, "ended in {:?}", model.life);
                model.done();
            }
            Next::Open { deadline } => {
                let due = matches!(model.life, Life::Unopened { from, .. } if now >= from);
                prop_assert!(due && !(closing && empty), "opened in {:?}", model.life);
                prop_assert_eq!(deadline, now.saturating_add(model.policy.attempt_timeout));
                model.life = Life::Opening;
                self.called(Call::Open, deadline);
            }
            Next::Recheck => {
                let due = matches!(model.life, Life::Halted { recheck } if now >= recheck);
                prop_assert!(due && !closing);
                self.call = Call::Recheck;
            }
            Next::Flush { deadline } => {
                let asked = model.flush_goal > model.flush_done;
                let asked = asked && model.oldest() >= model.flush_goal;
                prop_assert!(model.life == Life::Ready && model.dirty);
                prop_assert!(asked || closing && empty, "flushed unasked");
                prop_assert_eq!(deadline, now.saturating_add(model.policy.attempt_timeout));
                model.life = Life::Flushing;
                self.called(Call::Flush, deadline);
            }
            Next::Deliver(work) => self.delivers(&work)?,
            Next::Wait(until) => self.waits(until)?,
        }
        Ok(())
    }

    pub(super) fn delivers(&mut self, work: &Work<Thing>) -> Law {
        let (model, now) = (&mut self.model, self.now);
        prop_assert_eq!(model.life, Life::Ready);
        prop_assert!(now >= model.hint && now >= model.not_before, "too early");
        let due = model.flush_goal > model.flush_done && model.oldest() >= model.flush_goal;
        prop_assert!(!due, "a flush comes first");
        let unanswered = !model.frozen.is_empty();
        let ready = model.surely_ready_at() <= now;
        let first = work.members.first().map_or(u64::MAX, |m| m.item.id);
        let batch = model.turn(first, ready, now);
        let batch = batch.map_err(TestCaseError::fail)?;
        for held in batch.iter().filter(|held| held.thing.key.is_some()) {
            let older = model
                .waiting
                .iter()
                .find(|other| other.thing.key == held.thing.key && other.thing.id < held.thing.id);
            prop_assert!(
                unanswered || older.is_none(),
                "overtakes {older:?} of its key"
            );
        }
        prop_assert_eq!(work.members.len(), batch.len());
        prop_assert!(!batch.is_empty());
        prop_assert_eq!(work.lost, model.lost);
        prop_assert_eq!(
            work.deadline,
            now.saturating_add(model.policy.attempt_timeout)
        );
        for (member, held) in work.members.iter().zip(&batch) {
            prop_assert_eq!(&member.item, &held.thing);
            prop_assert_eq!(member.number, held.tries);
            prop_assert_eq!(member.late_by, now.saturating_sub(held.accepted));
            let stands_for = member.stands_for.as_ref().map_or(0, |held| held.count());
            prop_assert_eq!(stands_for, held.stands_for);
            let handle = held.thing.key.and_then(|key| model.handles.get(&key));
            let previous = member.previous.as_ref().map(|handle| handle.as_str());
            prop_assert_eq!(previous, handle.map(String::as_str));
        }
        if model.limits.edits && batch.len() > 1 {
            let keyed = batch.iter().any(|held| held.thing.key.is_some());
            prop_assert!(!keyed, "keyed alerts travel alone");
        }
        if model.role != Role::Aside {
            model.last_start = Some(now);
        }
        model.flight = Some((batch.into_iter().map(Slot::Open).collect(), model.lost));
        self.called(Call::Deliver, work.deadline);
        Ok(())
    }

    pub(super) fn called(&mut self, call: Call, deadline: Tick) {
        self.call = call;
        let moment = ms(250).min(self.model.policy.attempt_timeout);
        self.stuck_at = Some(deadline.saturating_add(moment));
    }

    /// A worker waits only while it has nothing to do, and never for the past.
    pub(super) fn waits(&mut self, until: Option<Tick>) -> Law {
        let (model, now) = (&mut self.model, self.now);
        self.wait = until;
        let Some(until) = until else {
            let idle = model.life == Life::Stuck
                || model.life == Life::Ready && model.is_empty() && model.closing.is_none();
            prop_assert!(idle, "sleeps in {:?}", model.life);
            return Ok(());
        };
        prop_assert!(until > now, "waits for the past, so its worker spins");
        let policy = &model.policy;
        let longest = policy
            .retry
            .cap
            .max(policy.circuit.wait)
            .max(policy.batch.linger);
        prop_assert!(
            until <= now.saturating_add(longest.max(LONGEST_HINT)),
            "waits too long"
        );
        match model.life {
            Life::Unopened { from, .. } => {
                prop_assert!(until <= from);
                prop_assert!(model.closing.is_none() || !model.is_empty());
            }
            Life::Halted { recheck } => prop_assert_eq!(until, recheck),
            Life::Ready => {
                prop_assert!(!model.is_empty());
                let queue = !model.frozen.is_empty() || model.front().is_some();
                let queue = queue.then(|| model.surely_ready_at());
                let ready = [queue, model.aside_due()].into_iter().flatten().min();
                let ready = ready.unwrap_or(Tick::MAX);
                prop_assert!(now < model.not_before || now < ready, "idles");
            }
            life => prop_assert!(false, "waits in {life:?}"),
        }
        Ok(())
    }

    // ---- the dispatcher ----

    pub(super) fn tick(&mut self) -> Law {
        let now = self.now;
        let replaced = self.lane.tick(now);
        let model = &mut self.model;
        if model.life == Life::Done {
            prop_assert!(!replaced);
        } else if model.closing.is_some_and(|by| now >= by) {
            prop_assert!(!replaced, "no worker is started at the end");
            model.closed(now);
            self.call = Call::None;
        } else {
            let left = model.in_sink() && self.stuck_at.is_some_and(|at| now >= at);
            prop_assert_eq!(replaced, left);
            if left {
                model.leave_worker(now);
                self.call = Call::None;
                self.take_pause()?;
                self.model.while_closing();
            }
            self.model.notice(now);
        }
        let next = self.lane.next_deadline();
        prop_assert!(next.is_none_or(|next| next > now), "its dispatcher spins");
        Ok(())
    }

    pub(super) fn late(&mut self, which: usize, index: usize, report: Report) -> Law {
        if self.model.left.is_empty() {
            return Ok(());
        }
        let (generation, _) = self.model.left[which % self.model.left.len()];
        match report {
            Report::Settle(ok) => {
                let fate = if ok {
                    Ok(Delivered::new())
                } else {
                    Err(transient())
                };
                self.lane.settle(generation, index, fate, self.now);
                self.model.late(generation, index, ok);
            }
            Report::Leave(alone) => {
                self.lane.leave(generation, index, alone, self.now);
                self.model.late(generation, index, false);
            }
            Report::Finish(ok) => {
                let end = if ok {
                    End::Ok(())
                } else {
                    End::Failed(transient())
                };
                self.lane.finished(generation, end, self.now);
                self.model.late_finish(generation, ok);
            }
            Report::Opened(ok) => {
                let limits = Limits::none().batch(50);
                let end = if ok {
                    End::Ok(limits)
                } else {
                    End::Failed(until_changed())
                };
                self.lane.opened(generation, end, self.now);
            }
            Report::FlushEnded(ok) => {
                let end = if ok {
                    End::Ok(())
                } else {
                    End::Panicked("late".to_owned())
                };
                self.lane.flush_ended(generation, end, self.now);
            }
            Report::Next => {
                prop_assert!(matches!(self.lane.next(generation, self.now), Next::Done));
            }
            Report::CameBack => {
                self.lane.came_back(generation, self.now);
                self.model.came_back(generation, self.now);
            }
        }
        Ok(())
    }
}

fn end(finish: &Finish) -> End<()> {
    match finish {
        Finish::Ok => End::Ok(()),
        Finish::Failed(failure) => End::Failed(failure.clone()),
        Finish::Panicked => End::Panicked("boom".to_owned()),
    }
}
