use super::thing::Thing;
use crate::alert::{Fingerprint, Severity};
use crate::pipeline::lane::Lane;
use crate::pipeline::lane::entry::{End, Event, Next, Tick, Work};
use crate::pipeline::{Outcome, Reason};
use crate::policy::Delivery;
use crate::sink::{Delivered, Failure, Limits, Suppressed};

/// A lane, its worker and its clock, driven by hand.
pub(super) struct Rig {
    pub(super) lane: Lane<Thing>,
    pub(super) now: Tick,
    limits: Limits,
    offered: u64,
    generation: u64,
}

impl Rig {
    /// A lane whose sink takes one alert at a time.
    pub(super) fn new(policy: Delivery) -> Self {
        Self::with_limits(policy, Limits::none())
    }

    pub(super) fn with_limits(policy: Delivery, limits: Limits) -> Self {
        Self {
            lane: Lane::new(policy, limits.clone(), 7),
            now: Tick::ZERO,
            limits,
            offered: 0,
            generation: 1,
        }
    }

    /// The same, with the sink opened.
    pub(super) fn opened(policy: Delivery, limits: Limits) -> Self {
        let mut rig = Self::with_limits(policy, limits);
        rig.open();
        rig
    }

    // ---- the dispatcher ----

    pub(super) fn offer(&mut self, severity: Severity) -> u64 {
        self.offer_sized(severity, 1)
    }

    pub(super) fn info(&mut self) -> u64 {
        self.offer(Severity::Info)
    }

    pub(super) fn offer_sized(&mut self, severity: Severity, size: usize) -> u64 {
        self.give(severity, size, None, None)
    }

    pub(super) fn offer_keyed(&mut self, key: &str) -> u64 {
        self.give(Severity::Info, 1, Some(Fingerprint::of_key(key)), None)
    }

    pub(super) fn offer_standing_for(&mut self, suppressed: Suppressed) -> u64 {
        self.give(Severity::Info, 1, None, Some(Box::new(suppressed)))
    }

    fn give(
        &mut self,
        severity: Severity,
        size: usize,
        key: Option<Fingerprint>,
        stands_for: Option<Box<Suppressed>>,
    ) -> u64 {
        let id = self.offered;
        self.offered += 1;
        let thing = Thing {
            id,
            severity,
            size,
            key,
            tracked: false,
        };
        self.lane.offer(thing, stands_for, self.now);
        id
    }

    pub(super) fn pass(&mut self, time: Tick) {
        self.now += time;
    }

    /// Passes time, then lets the dispatcher look; true if it starts a worker.
    pub(super) fn tick_after(&mut self, time: Tick) -> bool {
        self.pass(time);
        let replaced = self.lane.tick(self.now);
        if replaced {
            self.generation = self.lane.generation();
        }
        replaced
    }

    /// Asks for a flush; what must be flushed for it.
    pub(super) fn flush(&mut self) -> u64 {
        self.lane.request_flush(self.now)
    }

    pub(super) fn close_within(&mut self, within: Tick) {
        self.lane.close(self.now + within, self.now);
    }

    // ---- the worker ----

    pub(super) fn next(&mut self) -> Next<Thing> {
        self.lane.next(self.generation, self.now)
    }

    pub(super) fn is_done(&mut self) -> bool {
        matches!(self.next(), Next::Done)
    }

    /// Begins to open the sink.
    pub(super) fn opening(&mut self) {
        let next = self.next();
        assert!(matches!(next, Next::Open { .. }), "{next:?}");
    }

    pub(super) fn open(&mut self) {
        self.opening();
        let limits = self.limits.clone();
        self.lane.opened(self.generation, End::Ok(limits), self.now);
    }

    pub(super) fn open_fails(&mut self, failure: Failure) {
        self.opening();
        self.lane
            .opened(self.generation, End::Failed(failure), self.now);
    }

    pub(super) fn open_panics(&mut self) {
        self.opening();
        self.lane
            .opened(self.generation, End::Panicked("boom".into()), self.now);
    }

    /// Begins an attempt.
    pub(super) fn work(&mut self) -> Work<Thing> {
        match self.next() {
            Next::Deliver(work) => work,
            next => panic!("expected work, got {next:?}"),
        }
    }

    /// Begins an attempt; the members.
    pub(super) fn take(&mut self) -> Vec<u64> {
        let work = self.work();
        work.members.iter().map(|member| member.item.id).collect()
    }

    pub(super) fn settle(&mut self, index: usize, fate: Result<Delivered, Failure>) {
        self.lane.settle(self.generation, index, fate, self.now);
    }

    pub(super) fn finish(&mut self, end: End<()>) {
        self.lane.finished(self.generation, end, self.now);
    }

    pub(super) fn ok(&mut self) {
        self.finish(End::Ok(()));
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.finish(End::Failed(failure));
    }

    pub(super) fn panic(&mut self) {
        self.finish(End::Panicked("boom".into()));
    }

    /// One attempt that delivers; the members.
    pub(super) fn deliver(&mut self) -> Vec<u64> {
        let ids = self.take();
        self.ok();
        ids
    }

    /// How long the worker is told to wait.
    pub(super) fn waits(&mut self) -> Tick {
        match self.next() {
            Next::Wait(Some(until)) => until.checked_sub(self.now).expect("waits for the past"),
            next => panic!("expected a pause, got {next:?}"),
        }
    }

    /// Whether the worker sleeps until it is woken.
    pub(super) fn sleeps(&mut self) -> bool {
        matches!(self.next(), Next::Wait(None))
    }

    /// Waits as long as the worker is told to.
    pub(super) fn wait(&mut self) {
        let pause = self.waits();
        self.pass(pause);
    }

    /// Waits if the worker is told to.
    pub(super) fn wait_if_told(&mut self) {
        let from = self.lane.not_before;
        self.now = self.now.max(from);
    }

    pub(super) fn flush_begins(&mut self) {
        let next = self.next();
        assert!(matches!(next, Next::Flush { .. }), "{next:?}");
    }

    pub(super) fn flush_ends(&mut self, end: End<()>) {
        self.lane.flush_ended(self.generation, end, self.now);
    }

    /// Lets the present worker hang in the sink until it is left behind; its
    /// generation.
    pub(super) fn hang(&mut self) -> u64 {
        let left = self.generation;
        let at = self
            .lane
            .next_deadline()
            .expect("the worker is in the sink");
        let wait = at.saturating_sub(self.now);
        assert!(self.tick_after(wait), "no new worker was asked for");
        assert_ne!(left, self.generation);
        left
    }

    // ---- what came of it ----

    pub(super) fn events(&mut self) -> Vec<Event<Thing>> {
        assert!(self.lane.ledger().is_balanced());
        self.lane.take_events()
    }

    pub(super) fn outcomes(&mut self) -> Vec<(u64, Outcome)> {
        let settled = |event: Event<Thing>| match event {
            Event::Settled(entry, outcome) => Some((entry.item.id, outcome)),
            _ => None,
        };
        self.events().into_iter().filter_map(settled).collect()
    }

    /// What came to its end since the last look.
    pub(super) fn ended(&mut self) -> Vec<(u64, Reason)> {
        let outcomes = self.outcomes();
        outcomes
            .into_iter()
            .map(|(id, outcome)| (id, outcome.reason()))
            .collect()
    }

    /// Notices since the last look: true for failing.
    pub(super) fn notices(&mut self) -> Vec<bool> {
        let notice = |event: Event<Thing>| match event {
            Event::Notice { failing } => Some(failing),
            _ => None,
        };
        self.events().into_iter().filter_map(notice).collect()
    }

    pub(super) fn pending(&self) -> u64 {
        self.lane.ledger().pending()
    }

    pub(super) fn count(&self, reason: Reason) -> u64 {
        self.lane.ledger().by_reason(reason)
    }

    pub(super) fn state(&self) -> &'static str {
        self.lane.state().as_str()
    }
}
