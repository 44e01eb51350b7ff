//! The life of a key: gates and lane as they stand together in a pipeline,
//! driven by hand, with alerts that are known by their number.

use std::sync::Arc;

use crate::alert::{Alert, Severity, Timestamp};
use crate::pipeline::admission::admit;
use crate::pipeline::emission::Routed;
use crate::pipeline::lane::{End, Event, Lane, Next, Tick, Work};
use crate::pipeline::parcel::Parcel;
use crate::pipeline::{Outcome, Reason};
use crate::policy::{Delivery, Filter, Gates};
use crate::sink::{Delivered, Failure, Firing, Limits};

/// A lane behind its gates.
pub(super) struct Post {
    pub(super) gates: Gates,
    pub(super) lane: Lane<Parcel>,
    pub(super) now: Tick,
    limits: Limits,
    emitted: u64,
}

/// An alert by its number, and which firing one it tells of.
pub(super) type Told = (u64, Option<u64>);

impl Post {
    pub(super) fn new(policy: Delivery, filter: Filter, limits: Limits) -> Self {
        Self {
            gates: Gates::new(filter, policy.dedup, policy.throttle),
            lane: Lane::new(policy, limits.clone(), 7),
            now: Tick::ZERO,
            limits,
            emitted: 0,
        }
    }

    /// With a sink that is open and takes several at once.
    pub(super) fn opened(policy: Delivery) -> Self {
        let mut post = Self::new(policy, Filter::all(), Limits::none().batch(10));
        let next = post.lane.next(1, post.now);
        assert!(matches!(next, Next::Open { .. }), "{next:?}");
        post.sink_opens(true);
        post
    }

    pub(super) fn sink_opens(&mut self, ok: bool) {
        let end = match ok {
            true => End::Ok(self.limits.clone()),
            false => End::Failed(super::thing::unusable()),
        };
        let generation = self.lane.generation();
        self.lane.opened(generation, end, self.now);
    }

    /// Emits an alert; why a gate stopped it, if one did.
    pub(super) fn emit(
        &mut self,
        key: Option<&str>,
        resolved: bool,
        severity: Severity,
    ) -> Result<(), Reason> {
        let number = self.emitted;
        self.emitted += 1;
        let mut alert =
            Alert::builder(severity, number.to_string()).time(Timestamp::from_micros(number));
        if let Some(key) = key {
            alert = alert.dedup_key(key.to_owned());
        }
        if resolved {
            alert = alert.resolved();
        }
        let routed = Routed {
            silenced: false,
            alert: Arc::new(alert.build()),
            slips: Vec::new(),
            taken: None,
        };
        admit(&mut self.gates, &mut self.lane, &routed, None, self.now)
    }

    pub(super) fn firing(&mut self, key: &str) -> Result<(), Reason> {
        self.emit(Some(key), false, Severity::Warning)
    }

    pub(super) fn resolved(&mut self, key: &str) -> Result<(), Reason> {
        self.emit(Some(key), true, Severity::Warning)
    }

    /// Begins an attempt.
    pub(super) fn work(&mut self) -> Work<Parcel> {
        self.now = self.now.max(self.lane.not_before);
        match self.lane.next(self.lane.generation(), self.now) {
            Next::Deliver(work) => work,
            next => panic!("expected work, got {next:?}"),
        }
    }

    pub(super) fn takes(&mut self) -> Vec<Told> {
        told(&self.work())
    }

    pub(super) fn settle(&mut self, index: usize, fate: Result<Delivered, Failure>) {
        let generation = self.lane.generation();
        self.lane.settle(generation, index, fate, self.now);
    }

    pub(super) fn ends(&mut self, end: End<()>) {
        self.lane.finished(self.lane.generation(), end, self.now);
        self.outcomes();
    }

    pub(super) fn fails(&mut self, failure: Failure) {
        self.ends(End::Failed(failure));
    }

    /// One attempt that delivers.
    pub(super) fn delivers(&mut self) -> Vec<Told> {
        let told = self.takes();
        self.ends(End::Ok(()));
        told
    }

    /// What came to its end since the last look. As in a pipeline, what was lost
    /// is forgotten by the gates.
    pub(super) fn outcomes(&mut self) -> Vec<(u64, Outcome)> {
        assert!(self.lane.ledger().is_balanced());
        let mut outcomes = Vec::new();
        for event in self.lane.take_events() {
            if let Event::Settled(entry, outcome) = event {
                for parcel in entry.alerts() {
                    if outcome.verdict().is_loss() {
                        self.gates.forget(&parcel.alert);
                    }
                    outcomes.push((number(&parcel.alert), outcome.clone()));
                }
            }
        }
        outcomes
    }
}

pub(super) fn number(alert: &Alert) -> u64 {
    alert.title().parse().expect("its title is its number")
}

/// What an attempt is to tell, digests apart.
pub(super) fn told(work: &Work<Parcel>) -> Vec<Told> {
    let of = |firing: &Firing| firing.title().parse().expect("its title is its number");
    let members = work.members.iter();
    members
        .filter(|member| member.digest.is_none())
        .map(|member| (number(&member.item.alert), member.firing.as_deref().map(of)))
        .collect()
}
