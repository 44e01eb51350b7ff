use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::admission::{admit, is_end, may_resolve};
use super::builder::Part;
use super::emission::Routed;
use super::hand_over::{DeliveredEnd, Ended, HandOver};
use super::hub::Hub;
use super::lane::{Entry, Event, Lane, Next, Renewal, Tick};
use super::parcel::Parcel;
use super::receipt::Slip;
use super::stats::SinkStats;
use crate::alert::Severity;
use crate::config::Node;
use crate::observe::LaneState;
use crate::pipeline::{Outcome, Reason};
use crate::policy::{Delivery, Gates, Silences};
use crate::sink::{ErrorClass, Plan};

/// A lane with its gates, shared by the dispatcher, its worker and whoever
/// asks. Everything happens under one lock; what others must hear is told
/// after it is let go.
pub(crate) struct SharedLane {
    pub(crate) name: Arc<str>,
    /// Told apart from another lane of the name, before or after a reload.
    pub(crate) id: u64,
    /// What its sink silences.
    pub(crate) silences: Silences,
    inner: Mutex<Inner>,
    /// The worker waits here.
    work: Condvar,
    /// Whoever flushes or closes waits here.
    moved: Condvar,
    /// Of [`Lane::next_deadline`], in nanoseconds, so that the dispatcher need
    /// not lock; `u64::MAX` for none.
    deadline: AtomicU64,
    /// Of [`Lane::room`], so that an emitting thread need not lock.
    room: (AtomicUsize, AtomicUsize),
    /// The present worker has ended and its sink is dropped.
    gone: AtomicBool,
    plans: Mutex<Plans>,
}

/// How the sink is opened. Foreign code may be in a plan, and in its drop.
struct Plans {
    kind: Arc<str>,
    /// `None` once the worker has ended.
    plan: Option<Plan>,
    /// For the worker to drop.
    replaced: Vec<Plan>,
    /// The entry as it was resolved when the sink was opened last.
    resolved: Option<Node>,
}

struct Inner {
    lane: Lane<Parcel>,
    gates: Gates,
    /// The worker waits for work.
    idle: bool,
    told_state: LaneState,
    told_flush: u64,
}

impl Inner {
    fn rouse_if(&self, work: bool) -> Rouse {
        if work && self.idle {
            Rouse::Now
        } else {
            Rouse::No
        }
    }
}

/// Whether a worker should be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rouse {
    No,
    Soon,
    Now,
}

/// What happened to an alert, as told outside the lock.
pub(super) struct Told {
    pub(super) events: Vec<Event<Parcel>>,
    pub(super) state: Option<LaneState>,
}

impl SharedLane {
    pub(crate) fn new(
        name: Arc<str>,
        plan: Plan,
        lane: Lane<Parcel>,
        gates: Gates,
        silences: Silences,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (alerts, bytes) = lane.room();
        Self {
            name,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            silences,
            inner: Mutex::new(Inner {
                told_state: lane.state().clone(),
                lane,
                gates,
                idle: false,
                told_flush: 0,
            }),
            work: Condvar::new(),
            moved: Condvar::new(),
            deadline: AtomicU64::new(u64::MAX),
            room: (AtomicUsize::new(alerts), AtomicUsize::new(bytes)),
            gone: AtomicBool::new(false),
            plans: Mutex::new(Plans {
                kind: plan.kind().into(),
                plan: Some(plan),
                replaced: Vec::new(),
                resolved: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plans(&self) -> MutexGuard<'_, Plans> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn plan(&self) -> Option<Plan> {
        self.plans().plan.clone()
    }

    /// The plan as it is now, with those that the worker is to drop.
    pub(crate) fn plan_to_open(&self) -> (Option<Plan>, Vec<Plan>) {
        let mut plans = self.plans();
        (plans.plan.clone(), std::mem::take(&mut plans.replaced))
    }

    /// The plans themselves, for the worker to drop.
    pub(crate) fn take_plans(&self) -> impl Sized {
        let mut plans = self.plans();
        (plans.plan.take(), std::mem::take(&mut plans.replaced))
    }

    pub(crate) fn resolved_to(&self, resolved: Option<Node>) {
        self.plans().resolved = resolved;
    }

    pub(crate) fn resolved(&self) -> Option<Node> {
        self.plans().resolved.clone()
    }

    /// From now on this plan holds; the worker opens it and drops the old one.
    pub(crate) fn replace_plan(&self, plan: Plan) {
        let mut plans = self.plans();
        plans.kind = plan.kind().into();
        let old = plans.plan.replace(plan);
        plans.replaced.extend(old);
    }

    /// Whether a new plan describes the sink that is open, or would be.
    pub(crate) fn has_plan(&self, other: &Plan) -> bool {
        let (plan, resolved) = {
            let plans = self.plans();
            (plans.plan.clone(), plans.resolved.clone())
        };
        // The clone is dropped here, but the lane still holds the plan.
        plan.is_some_and(|plan| plan.is_same(other, resolved))
    }

    pub(crate) fn has_policy(&self, policy: &Delivery) -> bool {
        self.lock().lane.policy() == policy
    }

    pub(super) fn has_gates(&self, part: &Part) -> bool {
        let policy = &part.delivery;
        let inner = self.lock();
        inner
            .gates
            .serve(&part.filter, policy.dedup, policy.throttle)
    }

    /// Its sink keeps a record, or it does not.
    pub(crate) fn keep_record(&self, keeps_record: bool) {
        self.lock().gates.keep_record(keeps_record);
    }

    /// The same of the sink that the worker of this generation has opened.
    pub(crate) fn opened_one(&self, generation: u64, keeps_record: bool) {
        let mut inner = self.lock();
        if inner.lane.generation() == generation {
            inner.gates.keep_record(keeps_record);
        }
    }

    /// Lets another policy hold, and another plan if there is one.
    pub(crate) fn renew(&self, hub: &Hub, policy: Delivery, gates: Option<Gates>, new: Renewal) {
        let now = hub.now();
        self.change(hub, |inner| {
            if let Some(gates) = gates {
                let untold = std::mem::replace(&mut inner.gates, gates).untold();
                inner.lane.lost_with_gates(untold);
            }
            inner.lane.renew(policy, new, now);
        });
    }

    /// Lets a lane that has no worker have one again: of this generation.
    pub(crate) fn revive(&self, hub: &Hub) -> Option<u64> {
        let generation = self.with(hub, |lane, now| lane.revive(now))?;
        self.gone.store(false, Ordering::Release);
        Some(generation)
    }

    /// The sink that its policy falls back to.
    pub(crate) fn fallback(&self) -> Option<Arc<str>> {
        self.lock().lane.policy().fallback.clone()
    }

    pub(crate) fn is_only_as_fallback(&self) -> bool {
        self.lock().gates.only_as_fallback()
    }

    /// Whether it was asked to close by then.
    pub(crate) fn is_past_close(&self, now: Tick) -> bool {
        self.lock().lane.is_past_close(now)
    }

    /// Changes the lane and tells what came of it.
    pub(crate) fn with<R>(
        &self,
        hub: &Hub,
        change: impl FnOnce(&mut Lane<Parcel>, Tick) -> R,
    ) -> R {
        self.change(hub, |inner| change(&mut inner.lane, hub.now()))
    }

    fn change<R>(&self, hub: &Hub, change: impl FnOnce(&mut Inner) -> R) -> R {
        let mut inner = self.lock();
        let result = change(&mut inner);
        let told = self.settle(hub, &mut inner);
        drop(inner);
        hub.tell(self, told);
        result
    }

    /// What is to be done before the lock is let go after a change.
    fn settle(&self, hub: &Hub, inner: &mut Inner) -> Told {
        let mut events = inner.lane.take_events();
        for event in &events {
            if let Event::Settled(entry, outcome) = event
                && outcome.verdict().is_loss()
            {
                for parcel in entry.alerts() {
                    inner.gates.forget(&parcel.alert);
                }
            }
        }
        if inner.lane.policy().fallback.is_some() {
            self.hand_over(hub, &mut events);
        }
        let deadline = inner.lane.next_deadline().map_or(u64::MAX, in_nanos);
        // Only an earlier one is news to the dispatcher; it looks anew by
        // itself at the one it knows.
        if deadline < self.deadline.swap(deadline, Ordering::Relaxed) {
            hub.deadline_moved(deadline);
        }
        let (alerts, bytes) = inner.lane.room();
        self.room.0.store(alerts, Ordering::Relaxed);
        self.room.1.store(bytes, Ordering::Relaxed);
        let flushed = inner.lane.flushed();
        if flushed != inner.told_flush || inner.lane.is_done() {
            inner.told_flush = flushed;
            self.moved.notify_all();
        }
        let state = inner.lane.state();
        let state = (*state != inner.told_state).then(|| state.clone());
        if let Some(state) = &state {
            inner.told_state = state.clone();
        }
        Told { events, state }
    }

    /// Takes out what goes to the fallback; under the lock, so that nobody sees
    /// the alert ended here who does not see it there.
    fn hand_over(&self, hub: &Hub, events: &mut Vec<Event<Parcel>>) {
        let lost = |event: &mut Event<Parcel>| matches!(event, Event::Settled(_, outcome) if outcome.verdict().falls_back());
        let lost = events.extract_if(.., lost).filter_map(|event| match event {
            Event::Settled(entry, outcome) => Some(HandOver {
                entry,
                outcome,
                sink: self.name.clone(),
                lane: self.id,
            }),
            _ => None,
        });
        let lost = lost.collect();
        let delivered = events.iter().filter_map(|event| match event {
            Event::Settled(entry, outcome) if outcome.is_delivered() => Some(entry.alerts()),
            _ => None,
        });
        let ends = delivered
            .flatten()
            .filter(|parcel| may_resolve(&parcel.alert));
        let ends = ends
            .map(|parcel| DeliveredEnd {
                parcel: parcel.clone(),
                lane: self.id,
            })
            .collect();
        let ended = Ended { lost, ends };
        if !ended.is_empty() {
            hub.hand_overs.add(ended);
            hub.ask();
        }
    }

    pub(crate) fn deadline(&self) -> u64 {
        self.deadline.load(Ordering::Relaxed)
    }

    /// Lets these alerts through the gates into the lane, whose slips are those
    /// at `slot`.
    pub(crate) fn offer(&self, hub: &Hub, burst: &[Routed], slot: usize, now: Tick) -> Rouse {
        let mut turned_away = Vec::new();
        let mut urgent = false;
        let rouse = self.change(hub, |inner| {
            for routed in burst {
                let slip = routed.slips.get(slot).cloned();
                match self.admit(inner, routed, slip.clone(), now) {
                    Ok(()) => {
                        urgent |= slip.is_some() || routed.alert.severity() == Severity::Critical;
                    }
                    Err(reason) if slip.is_some() || hub.is_observed() => {
                        turned_away.push((&routed.alert, slip, reason));
                    }
                    Err(_) => {}
                }
            }
            match (inner.idle, urgent) {
                (false, _) => Rouse::No,
                (true, false) => Rouse::Soon,
                (true, true) => Rouse::Now,
            }
        });
        for (alert, slip, reason) in turned_away {
            hub.settled(&self.name, alert, slip.as_ref(), Outcome::of(reason));
        }
        rouse
    }

    /// Takes those that are the end of what it took as a fallback; a lane that
    /// takes nothing else is offered no other.
    pub(crate) fn offer_ends(&self, hub: &Hub, burst: &[Routed], now: Tick) -> Rouse {
        self.change(hub, |inner| {
            let mut any = false;
            for routed in burst {
                let ends = is_end(&inner.lane, routed);
                any |= ends && self.admit(inner, routed, None, now).is_ok();
            }
            inner.rouse_if(any)
        })
    }

    /// Lets an alert through the gates, and notes that this sink has it.
    fn admit(
        &self,
        inner: &mut Inner,
        routed: &Routed,
        slip: Option<Slip>,
        now: Tick,
    ) -> Result<(), Reason> {
        admit(&mut inner.gates, &mut inner.lane, routed, slip, now)?;
        if let Some(taken) = &routed.taken {
            taken.by(&self.name);
        }
        Ok(())
    }

    /// Takes in what other lanes lost, past the gates.
    pub(crate) fn take_over(&self, hub: &Hub, lost: Vec<Entry<Parcel>>, now: Tick) -> Rouse {
        self.change(hub, |inner| {
            for entry in lost {
                inner.lane.take_over(entry, now);
            }
            inner.rouse_if(true)
        })
    }

    pub(crate) fn intake_shed(&self, alerts: u64) {
        self.lock().lane.intake_shed(alerts);
    }

    /// What a failure with this code means here, if the policy says so.
    pub(crate) fn class_of(&self, code: &str) -> Option<ErrorClass> {
        self.lock().lane.policy().class.get(code).copied()
    }

    /// Whether so many bytes would find room, with so many alerts before the
    /// last of them.
    pub(crate) fn has_room(&self, bytes: usize, on_their_way: usize) -> bool {
        self.room.0.load(Ordering::Relaxed) > on_their_way
            && self.room.1.load(Ordering::Relaxed) >= bytes
    }

    /// Wakes the worker.
    pub(crate) fn rouse(&self) {
        self.work.notify_all();
    }

    /// Wakes the worker if it sleeps by the clock, after it was moved by hand.
    pub(crate) fn clock_moved(&self) {
        // Under the lock, so that nobody is between looking and sleeping.
        let _inner = self.lock();
        self.work.notify_all();
    }

    /// What the worker of this generation is to do; blocks until there is
    /// something.
    pub(crate) fn next(&self, hub: &Hub, generation: u64) -> Next<Parcel> {
        let mut inner = self.lock();
        loop {
            let now = hub.now();
            let next = inner.lane.next(generation, now);
            let told = self.settle(hub, &mut inner);
            let quiet = told.events.is_empty() && told.state.is_none();
            if !quiet {
                drop(inner);
                hub.tell(self, told);
            } else if let Next::Wait(until) = next {
                inner.idle = true;
                inner = self.sleep(inner, until.map(|until| until.saturating_sub(now)));
                inner.idle = false;
                continue;
            } else {
                drop(inner);
            }
            match next {
                Next::Wait(_) => inner = self.lock(),
                next => return next,
            }
        }
    }

    fn sleep<'a>(
        &self,
        inner: MutexGuard<'a, Inner>,
        at_most: Option<Duration>,
    ) -> MutexGuard<'a, Inner> {
        match at_most {
            None => self
                .work
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner),
            Some(pause) => {
                let waited = self.work.wait_timeout(inner, pause);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Waits until everything up to `goal` is flushed, or the lane is done, or
    /// that instant has come.
    pub(crate) fn wait_flushed(&self, goal: u64, by: Instant) -> bool {
        let left = by.saturating_duration_since(Instant::now());
        let waited = self.moved.wait_timeout_while(self.lock(), left, |inner| {
            inner.lane.flushed() < goal && !inner.lane.is_done()
        });
        let inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        inner.lane.flushed() >= goal
    }

    /// The worker of this generation is out of the sink and has dropped it.
    pub(crate) fn worker_ended(&self, hub: &Hub, generation: u64) {
        let mut inner = self.lock();
        if inner.lane.generation() == generation {
            self.gone.store(true, Ordering::Release);
            hub.wake.notify(true);
        } else {
            inner.lane.came_back(generation, hub.now());
            self.work.notify_all();
        }
    }

    /// Whether nothing more is to be expected of it: its last worker has ended,
    /// or was left behind.
    pub(crate) fn is_over(&self, without_worker: bool) -> bool {
        self.gone.load(Ordering::Acquire) || without_worker && self.lock().lane.is_done()
    }

    /// Whether every worker that it had has ended and dropped its sink.
    pub(crate) fn is_let_go(&self) -> bool {
        self.gone.load(Ordering::Acquire) && self.lock().lane.has_all_back()
    }

    /// There will be no worker.
    pub(crate) fn never_started(&self, hub: &Hub, why: &str) {
        self.with(hub, |lane, now| lane.kill(why, now));
        self.gone.store(true, Ordering::Release);
    }

    pub(crate) fn stats(&self) -> SinkStats {
        let kind = self.plans().kind.clone();
        let inner = self.lock();
        SinkStats {
            lane: self.id,
            name: self.name.clone(),
            kind,
            state: inner.lane.state().clone(),
            ledger: inner.lane.ledger().clone(),
            untold: *inner.lane.lost(),
            suppressed_untold: inner.gates.untold(),
            last_error: inner.lane.last_error().cloned(),
        }
    }
}

pub(crate) fn in_nanos(tick: Tick) -> u64 {
    u64::try_from(tick.as_nanos()).unwrap_or(u64::MAX - 1)
}

impl Drop for SharedLane {
    fn drop(&mut self) {
        // A plan that no worker took may hold foreign code whose Drop hangs,
        // and this thread may be the caller's.
        std::mem::forget(self.take_plans());
    }
}
