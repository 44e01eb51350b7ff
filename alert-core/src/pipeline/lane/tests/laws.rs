//! Any operations in any order: after each of them the lane and the model
//! agree, and the laws hold that need no model.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use super::model::{Finish, Life, Model, Slot};
use super::thing::{
    Thing, ambiguous, ms, not_sent, rate_limit, rejected, s, transient, until_changed, unusable,
};
use crate::alert::{Fingerprint, Severity, Timestamp};
use crate::observe::LaneState;
use crate::pipeline::lane::{End, Event, Lane, Next, Tick, Work};
use crate::pipeline::{Reason, Verdict};
use crate::policy::{BatchPolicy, Circuit, Delivery, LONGEST_HINT, Queue, Retry};
use crate::sink::{Delivered, Failure, Limits, Suppressed};

#[derive(Debug, Clone)]
enum Op {
    Offer {
        severity: Severity,
        size: usize,
        key: Option<u8>,
        stands_for: u64,
    },
    Stop(Reason),
    IntakeShed(u64),
    /// The worker takes its next step: asks, or ends the call it is in.
    Drive(Finish),
    Settle(usize, Result<Delivered, Failure>),
    Pass(Duration),
    /// As long as the worker or the dispatcher would sleep.
    Sleep,
    Tick,
    /// Until the worker is left behind.
    Hang,
    /// A worker that was left behind: reports (or asks), and may end.
    Late {
        which: usize,
        index: usize,
        report: Report,
    },
    Flush,
    Close(Duration),
}

#[derive(Debug, Clone, Copy)]
enum Report {
    Settle(bool),
    Finish(bool),
    Opened(bool),
    FlushEnded(bool),
    Next,
    CameBack,
}

/// What the worker is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    None,
    Open,
    Deliver,
    Flush,
    Recheck,
}

struct Run {
    lane: Lane<Thing>,
    model: Model,
    now: Tick,
    call: Call,
    wait: Option<Tick>,
    /// Each alert comes to its end once.
    ended: HashSet<u64>,
    last_delivered: Option<u64>,
    notice: bool,
    severities: Vec<Severity>,
    /// When the worker that is in a call is left behind.
    stuck_at: Option<Tick>,
}

type Law = Result<(), TestCaseError>;

impl Run {
    fn new(policy: Delivery, limits: Limits, seed: u64) -> Self {
        Self {
            lane: Lane::new(policy.clone(), limits.clone(), seed),
            model: Model::new(policy, limits),
            now: Tick::ZERO,
            call: Call::None,
            wait: None,
            ended: HashSet::new(),
            last_delivered: None,
            notice: false,
            severities: Vec::new(),
            stuck_at: None,
        }
    }

    fn step(&mut self, op: Op) -> Law {
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
                let goal = self.lane.request_flush();
                prop_assert_eq!(goal, self.model.offered);
                self.model.flush_goal = goal;
                self.model.note_flushed();
            }
            Op::Close(within) => {
                let by = self.now.saturating_add(within);
                self.lane.close(by, self.now);
                if self.model.closing.is_none() && self.model.life != Life::Done {
                    self.model.closing = Some(by);
                    self.model.while_closing();
                }
            }
        }
        self.compare()
    }

    fn offer(&mut self, severity: Severity, size: usize, key: Option<u8>, stands_for: u64) -> Law {
        let thing = Thing {
            id: self.model.offered,
            severity,
            size,
            key: key.map(|key| Fingerprint::of_key(&key.to_string())),
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

    fn is_in_sink(&self) -> bool {
        !matches!(self.call, Call::None | Call::Recheck)
    }

    // ---- the worker ----

    fn drive(&mut self, finish: Finish) -> Law {
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

    /// The pause that the lane drew: never shorter than asked for, never longer
    /// than the longest there is.
    fn take_pause(&mut self) -> Law {
        let pause = self.lane.not_before;
        if pause != self.model.not_before {
            let policy = &self.model.policy;
            let drawn = policy.retry.cap.max(policy.circuit.wait).max(LONGEST_HINT);
            prop_assert!(pause > self.model.not_before, "a pause only grows");
            prop_assert!(pause <= self.now.saturating_add(drawn));
            self.model.not_before = pause;
        }
        prop_assert!(pause >= self.model.hint, "a hint was undercut");
        Ok(())
    }

    fn ask(&mut self) -> Law {
        let now = self.now;
        let next = self.lane.next(self.lane.generation(), now);
        let model = &mut self.model;
        self.wait = None;
        if model.life != Life::Done {
            model.expire(now);
            model.note_flushed();
        }
        let empty = model.head().is_none();
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

    fn delivers(&mut self, work: &Work<Thing>) -> Law {
        let (model, now) = (&mut self.model, self.now);
        prop_assert_eq!(model.life, Life::Ready);
        prop_assert!(now >= model.hint && now >= model.not_before, "too early");
        let due = model.flush_goal > model.flush_done && model.oldest() >= model.flush_goal;
        prop_assert!(!due, "a flush comes first");
        let batch = model.compose();
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
        model.last_start = Some(now);
        model.flight = Some((batch.into_iter().map(Slot::Open).collect(), model.lost));
        self.called(Call::Deliver, work.deadline);
        Ok(())
    }

    fn called(&mut self, call: Call, deadline: Tick) {
        self.call = call;
        let moment = ms(250).min(self.model.policy.attempt_timeout);
        self.stuck_at = Some(deadline.saturating_add(moment));
    }

    /// A worker waits only while it has nothing to do, and never for the past.
    fn waits(&mut self, until: Option<Tick>) -> Law {
        let (model, now) = (&mut self.model, self.now);
        self.wait = until;
        let Some(until) = until else {
            let idle = model.life == Life::Stuck
                || model.life == Life::Ready && model.head().is_none() && model.closing.is_none();
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
                prop_assert!(model.closing.is_none() || model.head().is_some());
            }
            Life::Halted { recheck } => prop_assert_eq!(until, recheck),
            Life::Ready => {
                prop_assert!(model.head().is_some());
                let critical = model
                    .waiting
                    .iter()
                    .any(|h| h.thing.severity == Severity::Critical);
                let pressed = critical
                    || !model.frozen.is_empty()
                    || model.closing.is_some()
                    || model.flush_goal > model.flush_done
                    || model.waiting.len() >= model.batch_max();
                let linger = model.last_start.filter(|_| !pressed);
                let linger = linger.map_or(Tick::ZERO, |start| {
                    start.saturating_add(policy.batch.linger)
                });
                prop_assert!(now < model.not_before || now < linger, "idles");
            }
            life => prop_assert!(false, "waits in {life:?}"),
        }
        Ok(())
    }

    // ---- the dispatcher ----

    fn tick(&mut self) -> Law {
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

    fn late(&mut self, which: usize, index: usize, report: Report) -> Law {
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

    // ---- the laws ----

    fn compare(&mut self) -> Law {
        let mut settled = Vec::new();
        let mut notices = Vec::new();
        for event in self.lane.take_events() {
            match event {
                Event::Settled(entry, outcome) => {
                    let (id, reason) = (entry.item.id, outcome.reason());
                    prop_assert!(self.ended.insert(id), "{id} ended twice");
                    if reason == Reason::Delivered && self.model.batch_max() == 1 {
                        let first = self.last_delivered.is_none_or(|last| last < id);
                        prop_assert!(first, "one by one, they arrive in order");
                        self.last_delivered = Some(id);
                    }
                    if reason.verdict() == Verdict::Shed {
                        self.shed_by_severity(id)?;
                    }
                    settled.push((id, reason, outcome.attempts()));
                }
                Event::Notice { failing } => {
                    prop_assert_ne!(self.notice, failing, "news is told once");
                    self.notice = failing;
                    notices.push(failing);
                }
                Event::State | Event::FlushFailed(_) => {}
            }
        }
        let model = &mut self.model;
        let mut ended = std::mem::take(&mut model.ended);
        settled.sort_by_key(|(id, ..)| *id);
        ended.sort_by_key(|(id, ..)| *id);
        prop_assert_eq!(settled, ended);
        prop_assert_eq!(notices, std::mem::take(&mut model.notices));

        let ledger = self.lane.ledger();
        prop_assert!(ledger.is_balanced());
        for reason in Reason::ALL {
            let count = model.counts.get(reason).copied().unwrap_or_default();
            prop_assert_eq!(ledger.by_reason(*reason), count, "{:?}", reason);
        }
        prop_assert_eq!(ledger.late(), model.late);
        let (alerts, bytes) = model.held();
        prop_assert_eq!(ledger.pending(), alerts as u64);
        prop_assert_eq!(self.lane.held(), (alerts, bytes));
        prop_assert!(alerts <= model.policy.queue.alerts.max(1), "holds too many");
        prop_assert!(bytes <= model.policy.queue.bytes, "holds too much");

        prop_assert_eq!(self.lane.lost(), &model.lost);
        let (lost, told) = (self.lane.lost(), &model.told);
        for (verdict, sum) in [
            (Verdict::Shed, lost.shed + told.shed),
            (Verdict::Rejected, lost.rejected + told.rejected),
            (Verdict::GaveUp, lost.gave_up + told.gave_up),
            (Verdict::Abandoned, lost.abandoned + told.abandoned),
        ] {
            prop_assert_eq!(ledger.count(verdict), sum, "each loss is told once");
        }
        let suppressed = lost.suppressed + told.suppressed + model.stood_told;
        let pending = model.pending_stood_for();
        prop_assert_eq!(
            model.stood_for,
            suppressed + pending,
            "each held back is in a count"
        );

        prop_assert_eq!(self.lane.generation(), model.generation);
        prop_assert!(model.left.len() <= 4, "stuck workers are bounded");
        prop_assert_eq!(self.lane.flushed(), model.flush_done);
        self.state_fits()
    }

    /// Nobody is shed while room could be made by a lower one that waits.
    fn shed_by_severity(&self, id: u64) -> Law {
        let severity = self.severities[id as usize];
        let model = &self.model;
        let lower = || {
            model
                .waiting
                .iter()
                .filter(|held| held.thing.severity < severity)
        };
        let newcomer = id + 1 == model.offered;
        let would_help = !newcomer || {
            let size = model.newest_size;
            let freed: usize = lower().map(|held| held.thing.size).sum();
            let (alerts, bytes) = model.held();
            alerts - lower().count() < model.policy.queue.alerts.max(1)
                && bytes - freed + size <= model.policy.queue.bytes
        };
        prop_assert!(
            !would_help || lower().count() == 0,
            "{id} was shed before a lower one"
        );
        Ok(())
    }

    fn state_fits(&self) -> Law {
        let failing = self.model.failing_since.is_some();
        let state = self.lane.state();
        let fits = match self.model.life {
            Life::Halted { .. } | Life::Stuck => matches!(state, LaneState::Halted(_)),
            Life::Done => *state == LaneState::Closed,
            Life::Ready | Life::Flushing => match state {
                LaneState::Healthy => !failing,
                LaneState::Failing(_) => failing,
                LaneState::CircuitOpen(_) => failing && self.model.circuit_is_open(),
                _ => false,
            },
            Life::Unopened { .. } | Life::Opening => {
                matches!(state, LaneState::Opening | LaneState::Unusable(_))
            }
        };
        prop_assert!(fits, "{state:?} in {:?}", self.model.life);
        Ok(())
    }

    // ---- how it ends ----

    /// With a sink that works from now on, everything flushes and drains.
    fn recover(&mut self) -> Law {
        self.step(Op::Flush)?;
        for generation in 0..self.model.generation {
            if self.model.left.iter().any(|(left, _)| *left == generation) {
                self.lane.came_back(generation, self.now);
                self.model.came_back(generation, self.now);
            }
        }
        for _ in 0..10_000 {
            self.step(Op::Drive(Finish::Ok))?;
            match (self.call, self.wait) {
                (Call::None, Some(until)) => self.now = until,
                (Call::None, None) if self.is_quiet() => break,
                _ => {}
            }
        }
        prop_assert!(
            self.lane.flushed() >= self.model.flush_goal,
            "never flushed"
        );
        prop_assert_eq!(self.lane.ledger().pending(), 0, "never drained");
        Ok(())
    }

    fn is_quiet(&self) -> bool {
        let idle = self.model.life == Life::Ready && self.model.head().is_none();
        idle && self.model.flush_done >= self.model.flush_goal && self.model.closing.is_none()
            || self.model.life == Life::Done
    }

    /// Whatever the worker is in, at its bound a close has ended everything.
    fn close(&mut self, within: Duration) -> Law {
        self.step(Op::Close(within))?;
        let by = self.model.closing.unwrap_or(self.now);
        self.now = self.now.max(by);
        self.step(Op::Tick)?;
        prop_assert!(self.lane.is_done());
        prop_assert_eq!(self.lane.ledger().pending(), 0);
        prop_assert_eq!(self.lane.next_deadline(), None);
        self.call = Call::None;
        self.step(Op::Drive(Finish::Ok))?;
        prop_assert_eq!(self.ended.len() as u64, self.model.offered);
        self.step(Op::Offer {
            severity: Severity::Critical,
            size: 1,
            key: None,
            stands_for: 0,
        })
    }
}

fn end(finish: &Finish) -> End<()> {
    match finish {
        Finish::Ok => End::Ok(()),
        Finish::Failed(failure) => End::Failed(failure.clone()),
        Finish::Panicked => End::Panicked("boom".to_owned()),
    }
}

// ---- what is tried ----

fn a_hint() -> impl Strategy<Value = Duration> {
    prop::sample::select(vec![
        Duration::ZERO,
        ms(20),
        s(5),
        s(3_600),
        s(100 * 3_600),
        Duration::MAX,
    ])
}

fn a_failure() -> impl Strategy<Value = Failure> {
    let plain = prop::sample::select(vec![
        transient(),
        transient(),
        not_sent(),
        ambiguous(),
        ambiguous(),
        rejected(),
        unusable(),
        until_changed(),
    ]);
    let hinted = prop::sample::select(vec![rejected(), ambiguous(), unusable(), transient()]);
    prop_oneof![
        5 => plain,
        2 => a_hint().prop_map(rate_limit),
        1 => (hinted, a_hint()).prop_map(|(failure, hint)| Failure {
            retry_after: Some(hint),
            ..failure
        }),
    ]
}

fn a_finish() -> impl Strategy<Value = Finish> {
    prop_oneof![
        5 => Just(Finish::Ok),
        4 => a_failure().prop_map(Finish::Failed),
        1 => Just(Finish::Panicked),
    ]
}

fn a_fate() -> impl Strategy<Value = Result<Delivered, Failure>> {
    prop_oneof![
        2 => Just(Ok(Delivered::new())),
        1 => (0..5_u8).prop_map(|n| Ok(Delivered::new().with_handle(n.to_string()))),
        1 => a_hint().prop_map(|hint| Ok(Delivered::new().not_before(hint))),
        3 => a_failure().prop_map(Err),
    ]
}

fn a_time() -> impl Strategy<Value = Duration> {
    prop::sample::select(vec![
        Duration::ZERO,
        ms(1),
        ms(10),
        ms(300),
        s(1),
        s(31),
        s(600),
        s(26 * 3_600),
    ])
}

fn a_report() -> impl Strategy<Value = Report> {
    prop_oneof![
        any::<bool>().prop_map(Report::Settle),
        any::<bool>().prop_map(Report::Finish),
        any::<bool>().prop_map(Report::Opened),
        any::<bool>().prop_map(Report::FlushEnded),
        Just(Report::Next),
        Just(Report::CameBack),
    ]
}

fn an_op() -> impl Strategy<Value = Op> {
    let severity = prop::sample::select(Severity::ALL.to_vec());
    let key = prop::option::weighted(0.3, 0..3_u8);
    let stands_for = prop_oneof![4 => Just(0), 1 => 1..9_u64];
    let gates = prop::sample::select(vec![Reason::Duplicate, Reason::Source]);
    prop_oneof![
        24 => (severity, 0..40_usize, key, stands_for).prop_map(
            |(severity, size, key, stands_for)| Op::Offer { severity, size, key, stands_for }
        ),
        30 => a_finish().prop_map(Op::Drive),
        8 => (0..5_usize, a_fate()).prop_map(|(index, fate)| Op::Settle(index, fate)),
        8 => a_time().prop_map(Op::Pass),
        12 => Just(Op::Sleep),
        6 => Just(Op::Tick),
        4 => Just(Op::Hang),
        5 => (0..4_usize, 0..5_usize, a_report())
            .prop_map(|(which, index, report)| Op::Late { which, index, report }),
        2 => Just(Op::Flush),
        1 => (1..5_u64).prop_map(Op::IntakeShed),
        1 => gates.prop_map(Op::Stop),
        1 => prop_oneof![a_time(), Just(Duration::MAX)].prop_map(Op::Close),
    ]
}

fn a_policy() -> impl Strategy<Value = Delivery> {
    let queue = (0..9_usize, 0..150_usize);
    let batch = (
        0..5_usize,
        prop::sample::select(vec![Duration::ZERO, ms(5), s(3_600)]),
    );
    let retry = (
        0..4_u32,
        prop::sample::select(vec![s(1), s(60), s(600), Duration::MAX]),
    );
    let pause = (0..2_000_u64, 0..3_000_u64);
    let circuit = (0..4_u32, 0..40_u64);
    let times = (prop::sample::select(vec![ms(1), ms(100), s(10)]), a_time());
    (queue, batch, retry, pause, circuit, times).prop_map(
        |(queue, batch, retry, pause, circuit, times)| Delivery {
            queue: Queue {
                alerts: queue.0,
                bytes: queue.1,
            },
            batch: BatchPolicy {
                max: batch.0,
                linger: batch.1,
            },
            retry: Retry {
                max_attempts: retry.0,
                max_age: retry.1,
                first: ms(pause.0),
                cap: ms(pause.1),
            },
            circuit: Circuit {
                after: circuit.0,
                wait: s(circuit.1),
            },
            attempt_timeout: times.0,
            notice_after: times.1,
            ..Delivery::default()
        },
    )
}

fn some_limits() -> impl Strategy<Value = Limits> {
    (1..6_usize, any::<bool>()).prop_map(|(batch, edits)| {
        let limits = Limits::none().batch(batch);
        if edits { limits.edits() } else { limits }
    })
}

proptest! {
    #[test]
    fn a_lane_keeps_its_laws_whatever_happens(
        policy in a_policy(), limits in some_limits(), seed: u64,
        ops in prop::collection::vec(an_op(), 0..80),
        close in prop::option::of(a_time()),
    ) {
        let mut run = Run::new(policy, limits, seed);
        for op in ops {
            run.step(op)?;
        }
        match close {
            // A close that was given for ever ends when the sink is done.
            Some(within) if run.model.closing != Some(Tick::MAX) => run.close(within)?,
            _ => run.recover()?,
        }
    }
}
