//! How an attempt ends, by the model.

use super::model::{Finish, Held, Model, Slot};
use super::thing::not_sent;
use crate::pipeline::Reason;
use crate::pipeline::lane::Tick;
use crate::pipeline::lane::turn::Role;
use crate::policy::LONGEST_HINT;
use crate::sink::{Delivered, ErrorClass, Failure, Losses};

impl Model {
    pub(super) fn settle(&mut self, index: usize, fate: Result<Delivered, Failure>, now: Tick) {
        let probing = self.circuit_is_open();
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
                    let mut held = held;
                    held.blame(&failure, probing);
                    *slot = Slot::Back(held, failure);
                }
                self.hold(hint, now);
            }
        }
    }

    pub(super) fn put_back(&mut self, index: usize, alone: bool) {
        let Some((slots, _)) = &mut self.flight else {
            return;
        };
        let lonely = slots.len() == 1;
        let Some(slot) = slots.get_mut(index) else {
            return;
        };
        let Slot::Open(held) = slot else { return };
        let mut held = held.clone();
        if alone && lonely {
            *slot = Slot::Ended;
            self.end(&held, Reason::Refused);
        } else if alone {
            held.alone = true;
            *slot = Slot::Single(held);
        } else {
            held.tries -= 1;
            *slot = Slot::Left(held);
        }
    }

    pub(super) fn tell(&mut self, told: &Losses) {
        self.lost.told(told);
        self.told.shed += told.shed;
        self.told.rejected += told.rejected;
        self.told.gave_up += told.gave_up;
        self.told.abandoned += told.abandoned;
        self.told.suppressed += told.suppressed;
    }

    pub(super) fn delivered(&mut self, held: &Held, with: Delivered, now: Tick) {
        self.hold(with.not_before, now);
        if let (Some(handle), Some(key)) = (with.handle, held.thing.key) {
            self.handles.insert(key, handle.as_str().to_owned());
        }
        self.dirty = true;
        self.end(held, Reason::Delivered);
    }

    pub(super) fn hold(&mut self, hint: Option<Tick>, now: Tick) {
        if let Some(hint) = hint {
            self.hint = self.hint.max(now.saturating_add(hint.min(LONGEST_HINT)));
        }
    }

    pub(super) fn finish(&mut self, finish: &Finish, now: Tick) {
        let Some((slots, told)) = self.flight.take() else {
            return;
        };
        let answered = |slot: &Slot| matches!(slot, Slot::Ended | Slot::Single(_));
        let mut reached = slots.iter().any(answered);
        let nothing_came_of_it = slots.iter().all(|slot| matches!(slot, Slot::Left(_)));
        let mut singles: Vec<Held> = slots.iter().filter_map(Slot::single).collect();
        let mut left: Vec<Held> = slots.iter().filter_map(Slot::left).collect();
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
        let mut split = false;
        if nothing_came_of_it {
            let failure = match finish {
                Finish::Ok => not_sent(),
                Finish::Failed(failure) => failure.clone(),
                Finish::Panicked => Failure::panicked("boom"),
            };
            back.extend(left.drain(..).map(|held| (held, failure.clone())));
        }
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
                let (several, probing) = (open.len() > 1, self.circuit_is_open());
                for (_, mut held) in open {
                    if several {
                        split |= held.blame_in_company(failure);
                    } else {
                        held.blame(failure, probing);
                    }
                    back.push((held, failure.clone()));
                }
            }
            Finish::Panicked => {
                let failure = Failure::panicked("boom");
                back.extend(open.into_iter().map(|(_, held)| (held, failure.clone())));
            }
        }
        let failures: Vec<Failure> = back.iter().map(|(_, failure)| failure.clone()).collect();
        singles.append(&mut left);
        self.land(back, singles, reached, now);
        if reached {
            self.failing_since = None;
        }
        let weight = match self.role {
            _ if reached || split => 0,
            Role::Trial => self.policy.circuit.after.max(1),
            _ => 1,
        };
        let unusable: Vec<&Failure> = failures
            .iter()
            .filter(|f| f.class == ErrorClass::Unusable)
            .collect();
        if matches!(finish, Finish::Panicked) {
            self.fail(weight, false, now);
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
            // What is aside fails for itself.
            if self.role != Role::Aside {
                self.fail(weight, limited, now);
            }
        } else if reached {
            self.pass();
        }
    }

    pub(super) fn take_back(&mut self, back: Vec<(Held, Failure)>, waiting: Vec<Held>, now: Tick) {
        let stays = |held: &Held| held.unanswered && !held.alone;
        let (mut frozen, mut waiting): (Vec<_>, Vec<_>) = waiting.into_iter().partition(stays);
        for (held, failure) in back {
            match self.unless_over(held, &failure, now) {
                Some(held) if held.unanswered => frozen.push(held),
                Some(held) => waiting.push(held),
                None => {}
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

    /// Counts a failed attempt, and ends what had its last.
    pub(super) fn unless_over(
        &mut self,
        mut held: Held,
        failure: &Failure,
        now: Tick,
    ) -> Option<Held> {
        let counts = failure.class == ErrorClass::Transient
            && failure.retry_after.is_none()
            && !failure.not_sent
            && !self.circuit_is_open();
        held.counted += u32::from(counts);
        let max = self.policy.retry.max_attempts.max(1);
        if failure.ambiguous && held.unanswered {
            self.end(&held, Reason::Ambiguous);
        } else if held.counted >= max {
            assert_eq!(held.counted, max, "one attempt counts once");
            self.end(&held, Reason::Attempts);
        } else if now.saturating_sub(held.accepted) >= self.policy.retry.max_age {
            self.end(&held, Reason::Age);
        } else {
            held.unanswered |= failure.ambiguous;
            return Some(held);
        }
        None
    }

    pub(super) fn fail(&mut self, weight: u32, limited: bool, now: Tick) {
        self.failing_since.get_or_insert(now);
        if !limited {
            self.failures = self.failures.saturating_add(weight);
        }
    }

    pub(super) fn pass(&mut self) {
        self.failures = 0;
        self.reopens = 0;
        self.failing_since = None;
        self.only_opening_failed = false;
        if std::mem::take(&mut self.noticed) {
            self.notices.push(false);
        }
    }
}
