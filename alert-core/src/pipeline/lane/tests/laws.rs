//! Any operations in any order: after each of them the lane and the model
//! agree, and the laws hold that need no model.

use std::time::Duration;

use proptest::prelude::*;

use super::model::{Finish, Life};
use super::run::{Call, Law, Run};
use super::tries::{
    Op, a_policy, a_policy_that_tells_stuck_from_down, a_time, an_op, an_op_around_poison,
    some_limits,
};
use crate::alert::{Fingerprint, Severity};
use crate::observe::LaneState;
use crate::pipeline::lane::{Event, Tick};
use crate::pipeline::{Reason, Verdict};

impl Run {
    pub(super) fn compare(&mut self) -> Law {
        let mut settled = Vec::new();
        let mut notices = Vec::new();
        for event in self.lane.take_events() {
            match event {
                Event::Settled(entry, outcome) => {
                    let (id, reason) = (entry.item.id, outcome.reason());
                    prop_assert!(self.ended.insert(id), "{id} ended twice");
                    if reason == Reason::Delivered && self.model.attempt_max() == 1 {
                        self.arrives_in_order(id, entry.item.key)?;
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
                Event::FlushFailed(_) => {}
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
        prop_assert!(model.places_taken() <= 16, "too many stand aside");
        prop_assert!(self.lane.aside.dues().len() <= 16, "too many stand aside");
        let apart = model.waiting.iter().filter(|held| held.apart.is_some());
        prop_assert_eq!(self.lane.aside.dues().len(), apart.count());
        prop_assert_eq!(self.lane.flushed(), model.flush_done);
        self.state_fits()
    }

    /// One by one they arrive in order, but for those that stepped aside or
    /// waited behind one; of one key, they always do.
    fn arrives_in_order(&mut self, id: u64, key: Option<Fingerprint>) -> Law {
        if let Some(key) = key {
            let last = self.last_of_key.insert(key, id);
            prop_assert!(last.is_none_or(|last| last < id), "{id} overtook its key");
        }
        if !self.stepped.contains(&id) {
            let last = self.last_delivered.replace(id);
            prop_assert!(last.is_none_or(|last| last < id), "{id} overtook {last:?}");
        }
        Ok(())
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
        let idle = self.model.life == Life::Ready && self.model.is_empty();
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

    /// The same, with alerts among them that their sink fails for ever.
    #[test]
    fn a_lane_keeps_its_laws_around_stuck_heads(
        policy in a_policy_that_tells_stuck_from_down(), limits in some_limits(), seed: u64,
        spread in 1..4_u64, poison in prop::collection::hash_set(0..40_u64, 0..40),
        ops in prop::collection::vec(an_op_around_poison(), 0..500),
        close in prop::option::of(a_time()),
    ) {
        let mut run = Run::new(policy, limits, seed);
        // The trial after a poisonous one finds another only where they are dense.
        run.poison = poison.into_iter().map(|id| id * spread).collect();
        for op in ops {
            run.step(op)?;
        }
        run.poison.clear();
        match close {
            Some(within) if run.model.closing != Some(Tick::MAX) => run.close(within)?,
            _ => run.recover()?,
        }
    }
}
