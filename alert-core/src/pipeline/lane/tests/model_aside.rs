//! Who steps aside, and whose turn it is, by the model. Those aside and those
//! behind them stay in the one list of what waits; who is behind is seen from
//! it.

use super::model::{Apart, Held, Model, Slot};
use crate::alert::Severity;
use crate::pipeline::lane::Tick;
use crate::pipeline::lane::turn::Role;
use crate::sink::{ErrorClass, Failure};

impl Held {
    pub(super) fn blame(&mut self, failure: &Failure, probing: bool) {
        let says_nothing = probing
            || failure.class == ErrorClass::Unusable
            || failure.retry_after.is_some()
            || failure.not_sent
            || failure.ambiguous;
        self.failed += u32::from(!says_nothing);
    }

    /// Whether it is to be asked alone.
    pub(super) fn blame_in_company(&mut self, failure: &Failure) -> bool {
        if self.unanswered {
            return false;
        }
        self.blame(failure, false);
        let splits = self.failed >= 2;
        if splits {
            self.alone = true;
            self.failed = 1;
        }
        splits
    }
}

impl Model {
    /// Those that stand aside or on trial, in flight too.
    fn apart(&self) -> impl Iterator<Item = &Held> {
        let flight = self.flight.iter().flat_map(|(slots, _)| slots);
        let all = flight.filter_map(Slot::held).chain(&self.waiting);
        all.filter(|held| held.apart.is_some())
    }

    pub(super) fn places_taken(&self) -> usize {
        self.apart().count()
    }

    /// Whether it waits for one of its key.
    pub(super) fn is_behind(&self, held: &Held) -> bool {
        let key = held.thing.key;
        key.is_some() && held.apart.is_none() && self.apart().any(|other| other.thing.key == key)
    }

    /// What waits in the queue for its turn.
    pub(super) fn free(&self) -> impl Iterator<Item = &Held> {
        let all = self.waiting.iter().filter(|held| held.apart.is_none());
        all.filter(|held| !self.is_behind(held))
    }

    pub(super) fn front(&self) -> Option<&Held> {
        self.free().next()
    }

    pub(super) fn take(&mut self, id: u64) -> Held {
        let place = self.waiting.iter().position(|held| held.thing.id == id);
        self.waiting.remove(place.expect("it waits"))
    }

    pub(super) fn put(&mut self, held: Held) {
        self.waiting.push(held);
        self.waiting.sort_by_key(|held| held.thing.id);
    }

    pub(super) fn take_apart(&mut self, goes: impl Fn(&Held, Apart) -> bool) -> Vec<Held> {
        let (gone, stay) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|held| held.apart.is_some_and(|apart| goes(held, apart)));
        self.waiting = stay;
        gone
    }

    /// When the first of those aside is due, if they may go at all.
    pub(super) fn aside_due(&self) -> Option<Tick> {
        let overtakes = self.front().is_some() && self.circuit_is_open();
        let waiting = self.waiting.iter().filter_map(|held| held.apart?.due);
        waiting
            .min()
            .filter(|_| self.frozen.is_empty() && !overtakes)
    }

    /// Until when the queue may wait for its batch to fill.
    pub(super) fn surely_ready_at(&self) -> Tick {
        let critical = |held: &Held| held.thing.severity == Severity::Critical;
        let pressed = !self.frozen.is_empty()
            || self.closing.is_some()
            || self.flush_goal > self.flush_done
            || self.free().any(critical)
            || self.free().count() >= self.batch_max();
        let start = self.last_start.filter(|_| !pressed);
        start.map_or(Tick::ZERO, |start| {
            start.saturating_add(self.policy.batch.linger)
        })
    }

    /// The members that an attempt must have which begins with this one.
    pub(super) fn turn(
        &mut self,
        first: u64,
        queue_is_ready: bool,
        now: Tick,
    ) -> Result<Vec<Held>, &'static str> {
        let due = self.aside_due().filter(|due| *due <= now);
        let aside = self.waiting.iter().find(|held| held.thing.id == first);
        let aside = aside.and_then(|held| held.apart);
        let waits_its_turn = self.aside_went_last && self.front().is_some();
        let mut batch = if let Some(apart) = aside {
            if due.is_none() || apart.due != due {
                return Err("a head aside went too early");
            }
            if waits_its_turn && queue_is_ready {
                return Err("a head aside starves the queue");
            }
            self.role = Role::Aside;
            vec![self.take(first)]
        } else {
            if due.is_some() && !waits_its_turn {
                return Err("a head aside that is due goes first");
            }
            match self.trial() {
                Some(next) => {
                    self.role = Role::Trial;
                    vec![next]
                }
                None => {
                    self.role = Role::Queue;
                    self.compose()
                }
            }
        };
        self.aside_went_last = self.role == Role::Aside;
        for held in &mut batch {
            held.tries += 1;
        }
        Ok(batch)
    }

    /// The next one, if the head is stuck and there is a next one.
    fn trial(&mut self) -> Option<Held> {
        if self.places_taken() >= 16 || self.frozen.len() > 1 {
            return None;
        }
        let unanswered = self.frozen.first().cloned();
        let mut head = unanswered.or(self.front().cloned())?;
        if head.failed < 2 {
            return None;
        }
        if self.frozen.pop().is_none() {
            self.take(head.thing.id);
        }
        head.alone |= head.unanswered;
        head.apart = Some(Apart {
            due: None,
            pauses: head.failed,
        });
        let id = head.thing.id;
        self.put(head);
        let next = self.front().map(|next| next.thing.id);
        if next.is_none() {
            self.call_off();
        }
        debug_assert_ne!(next, Some(id));
        next.map(|next| self.take(next))
    }

    fn call_off(&mut self) {
        for held in &mut self.waiting {
            held.apart = held.apart.filter(|apart| apart.due.is_some());
        }
    }

    pub(super) fn land(
        &mut self,
        mut back: Vec<(Held, Failure)>,
        mut singles: Vec<Held>,
        reached: bool,
        now: Tick,
    ) {
        match self.role {
            Role::Queue => self.take_back(back, singles, now),
            Role::Trial => {
                let service = |(_, failure): &(Held, Failure)| {
                    failure.class != ErrorClass::Unusable && failure.retry_after.is_none()
                };
                if back.iter().any(service) {
                    back.iter_mut().for_each(|(held, _)| held.failed = 0);
                    let on_trial = |apart: Apart| apart.due.is_none();
                    for held in &mut self.waiting {
                        if held.apart.is_some_and(on_trial) {
                            held.failed = 0;
                        }
                    }
                }
                self.take_back(back, singles, now);
                let head = self
                    .waiting
                    .iter()
                    .find(|h| h.apart.is_some_and(|apart| apart.due.is_none()));
                let head = head.map(|head| head.thing.id);
                match head {
                    Some(id) if reached => self.draw(id, now),
                    _ => self.call_off(),
                }
            }
            Role::Aside => {
                let back = back.pop();
                let back = back.and_then(|(held, failure)| self.unless_over(held, &failure, now));
                let back = back.or_else(|| singles.pop());
                if let Some(mut held) = back {
                    let id = held.thing.id;
                    if let Some(apart) = &mut held.apart {
                        apart.pauses += 1;
                    }
                    self.put(held);
                    self.draw(id, now);
                }
            }
        }
    }

    /// The lane draws when it is due.
    fn draw(&mut self, id: u64, now: Tick) {
        let retry = self.policy.retry;
        let held = self.waiting.iter_mut().find(|held| held.thing.id == id);
        let Some(apart) = held.and_then(|held| held.apart.as_mut()) else {
            return;
        };
        // Until it is read from the lane.
        apart.due = Some(Tick::MAX);
        let doublings = apart.pauses.saturating_sub(1).min(31);
        let longest = retry.first.saturating_mul(1 << doublings).min(retry.cap);
        let probe = if self.circuit_is_open() {
            self.policy.circuit.wait
        } else {
            Tick::ZERO
        };
        let longest = longest.max(probe);
        self.drawn
            .push((id, now.saturating_add(probe), now.saturating_add(longest)));
    }
}
