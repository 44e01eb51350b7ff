//! The sink's own states, the dispatcher's part, close and flush, by the model.

use super::model::{Finish, Life, Model, Slot};
use crate::pipeline::Reason;
use crate::pipeline::lane::Tick;
use crate::policy::{LONGEST_HINT, reopen};
use crate::sink::Limits;

impl Model {
    pub(super) fn reopen(&mut self, hint: Option<Tick>, wants_a_person: bool, now: Tick) {
        self.reopens += 1;
        let hint = hint.unwrap_or_default().min(LONGEST_HINT);
        self.life = Life::Unopened {
            from: now.saturating_add(reopen(self.reopens).max(hint)),
            wants_a_person,
        };
    }

    pub(super) fn halt(&mut self, now: Tick) {
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

    pub(super) fn opening_failed(&mut self, now: Tick) {
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

    pub(super) fn leave(&mut self, reason: Reason, now: Tick) {
        let flight = self.flight.take();
        let slots = flight.iter().flat_map(|(slots, _)| slots);
        let open = slots.map(|slot| matches!(slot, Slot::Open(_))).collect();
        self.left.push((self.generation, open));
        self.generation += 1;
        let Some((slots, _)) = flight else { return };
        let (mut back, mut singles) = (Vec::new(), Vec::new());
        let mut reached = false;
        for slot in slots {
            match slot {
                Slot::Open(held) => self.end(&held, reason),
                Slot::Back(held, failure) => back.push((held, failure)),
                Slot::Left(held) => singles.push(held),
                Slot::Single(held) => {
                    reached = true;
                    singles.push(held);
                }
                Slot::Ended => reached = true,
            }
        }
        self.land(back, singles, reached, now);
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
        } else {
            let late = self.take_apart(|_, apart| apart.due.is_some_and(|due| due > by));
            self.end_all(late, Reason::Close);
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
