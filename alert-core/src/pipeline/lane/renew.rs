//! Another policy or another sink, while alerts wait: the queue and the books
//! stay, and what the worker holds comes to its end first.

use super::entry::{Item, Next, Tick};
use super::gather::Gather;
use super::lane::Lane;
use super::life::Life;
use crate::observe::LaneState;
use crate::policy::Delivery;
use crate::sink::Limits;

/// What a reload changes in a lane beside its policy.
#[derive(Debug)]
pub(crate) enum Renewal {
    /// The sink stays open.
    Policy,
    /// The sink is another: it is opened anew, with these limits.
    Sink(Limits),
}

impl<T: Item> Lane<T> {
    pub(crate) fn renew(&mut self, policy: Delivery, renewal: Renewal, now: Tick) {
        if policy.digest != self.policy.digest {
            self.end_window(now);
            self.gather = Gather::new(&policy);
        }
        self.policy = policy;
        let Renewal::Sink(limits) = renewal else {
            return;
        };
        self.limits = limits;
        self.renewed = true;
        // Where the worker is out of the sink there is nothing to wait for, and
        // a halted lane takes alerts again from here on.
        if let Life::Unopened { .. } | Life::Halted { .. } | Life::Stuck = self.life {
            self.begin_anew(now);
        }
    }

    /// The worker is out of the sink: what it has of the old one is flushed,
    /// then the new one is opened.
    pub(super) fn next_of_renewal(&mut self, now: Tick) -> Option<Next<T>> {
        if !self.renewed {
            return None;
        }
        match self.life {
            Life::Ready if self.dirty => Some(self.start_flush(now)),
            Life::Ready | Life::Unopened { .. } | Life::Halted { .. } | Life::Stuck => {
                self.begin_anew(now);
                None
            }
            Life::Opening { .. } | Life::Flushing { .. } | Life::Dead | Life::Done => None,
        }
    }

    /// Nothing that the old sink did speaks against the new one.
    fn begin_anew(&mut self, now: Tick) {
        self.renewed = false;
        self.failures = 0;
        self.pauses = 0;
        self.reopens = 0;
        self.not_before = now;
        // Until it is open the lane goes on failing, if it did.
        self.open_failed = self.failing_since.is_some();
        self.forget_handles();
        self.life = Life::unopened(now);
        self.set_state(LaneState::Opening);
    }

    /// Lets a lane that never had a worker, or lost it for good, have one:
    /// returns its generation.
    pub(crate) fn revive(&mut self, now: Tick) -> Option<u64> {
        if !matches!(self.life, Life::Dead) {
            return None;
        }
        self.generation += 1;
        self.begin_anew(now);
        Some(self.generation)
    }

    /// Gates that are no more held these back, and no alert stands for them.
    pub(crate) fn lost_with_gates(&mut self, untold: u64) {
        self.lost.suppressed += untold;
    }

    pub(crate) fn is_past_close(&self, now: Tick) -> bool {
        self.closing.is_some_and(|by| now >= by)
    }
}
