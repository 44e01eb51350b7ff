//! What the lane draws at random, and what a sink fails for ever.

use proptest::prelude::*;

use super::model::{Finish, Slot};
use super::run::{Law, Run};
use super::thing::{ambiguous, transient};
use crate::policy::LONGEST_HINT;

impl Run {
    /// How the attempt ends that holds what the sink fails for ever; some of it
    /// without an answer at first.
    pub(super) fn poisoned(&self) -> Option<Finish> {
        let slots = self.model.flight.iter().flat_map(|(slots, _)| slots);
        let mut open = slots.filter_map(Slot::held);
        let poison = open.find(|held| self.poison.contains(&held.thing.id))?;
        Some(Finish::Failed(
            if poison.thing.id % 4 == 0 && poison.tries == 1 {
                ambiguous()
            } else {
                transient()
            },
        ))
    }

    /// The pause that the lane drew: never shorter than asked for, never longer
    /// than the longest there is.
    pub(super) fn take_pause(&mut self) -> Law {
        let pause = self.lane.not_before;
        if pause != self.model.not_before {
            let policy = &self.model.policy;
            let drawn = policy.retry.cap.max(policy.circuit.wait).max(LONGEST_HINT);
            prop_assert!(pause > self.model.not_before, "a pause only grows");
            prop_assert!(pause <= self.now.saturating_add(drawn));
            self.model.not_before = pause;
        }
        prop_assert!(pause >= self.model.hint, "a hint was undercut");
        self.take_dues()
    }

    /// The backoff of those aside, which the lane drew.
    fn take_dues(&mut self) -> Law {
        let dues = self.lane.aside.dues();
        for (id, from, to) in std::mem::take(&mut self.model.drawn) {
            let held = self.model.waiting.iter_mut().find(|h| h.thing.id == id);
            let Some(apart) = held.and_then(|held| held.apart.as_mut()) else {
                continue;
            };
            if let Some((_, due)) = dues.iter().find(|(seq, _)| *seq == id) {
                let due = due.expect("it was drawn");
                prop_assert!(from <= due && due <= to, "{due:?} is not its backoff");
                apart.due = Some(due);
            } else {
                // It was too late for the close, or all is.
                let closing = self.model.closing;
                prop_assert!(closing.is_some_and(|by| to > by || self.lane.not_before > by));
            }
        }
        Ok(())
    }
}
