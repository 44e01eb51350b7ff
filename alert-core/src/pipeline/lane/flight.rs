//! How an attempt ends: settled one by one, as a whole, by a panic, or by its
//! deadline.

use super::entry::{End, Entry, Item, Tick};
use super::lane::Lane;
use super::life::{Life, Patience};
use super::turn::Role;
use crate::observe::LaneState;
use crate::pipeline::queue::Queued;
use crate::pipeline::{Outcome, Reason};
use crate::policy::{LONGEST_HINT, jittered};
use crate::sink::{Delivered, ErrorClass, Failure, Losses};

/// What the worker holds.
#[derive(Debug)]
pub(super) struct Flight<T> {
    /// `None` where settled.
    slots: Vec<Option<Entry<T>>>,
    role: Role,
    open: usize,
    bytes: usize,
    pub(super) deadline: Tick,
    /// What the first member tells, taken off once it is delivered.
    told: Losses,
    /// Members that the sink asked to have retried one by one.
    back: Vec<(Entry<T>, Failure)>,
    /// Members that the sink did not come to, and those that were refused
    /// together with others.
    put_back: Vec<Entry<T>>,
    reached: bool,
}

/// A worker that was left behind.
#[derive(Debug)]
pub(super) struct Left {
    generation: u64,
    /// Of each member: how many alerts its late delivery would be news of.
    open: Vec<u64>,
}

impl<T: Item> Flight<T> {
    pub(super) fn new(entries: Vec<Entry<T>>, role: Role, deadline: Tick, told: Losses) -> Self {
        Self {
            role,
            open: entries.len(),
            bytes: entries.iter().map(Queued::size).sum(),
            slots: entries.into_iter().map(Some).collect(),
            deadline,
            told,
            back: Vec::new(),
            put_back: Vec::new(),
            reached: false,
        }
    }

    /// Settled by now, but not at their end.
    fn returned(&self) -> impl Iterator<Item = &Entry<T>> {
        let back = self.back.iter().map(|(entry, _)| entry);
        back.chain(&self.put_back)
    }

    /// Alerts and bytes that count towards the lane's room.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.open + self.returned().count(), self.bytes)
    }

    pub(super) fn oldest_seq(&self) -> Option<u64> {
        let open = self.slots.iter().flatten();
        open.chain(self.returned()).map(|entry| entry.seq).min()
    }

    fn take(&mut self, index: usize) -> Option<Entry<T>> {
        let entry = self.slots.get_mut(index)?.take()?;
        self.open -= 1;
        Some(entry)
    }
}

impl<T: Item> Lane<T> {
    /// One member's fate, told while the attempt runs. The first word wins.
    pub(crate) fn settle(
        &mut self,
        generation: u64,
        index: usize,
        fate: Result<Delivered, Failure>,
        now: Tick,
    ) {
        if generation != self.generation {
            return self.late(generation, Some(index), fate.is_ok());
        }
        let probing = self.circuit_is_open();
        let Some(flight) = &mut self.flight else {
            return;
        };
        let Some(mut entry) = flight.take(index) else {
            return;
        };
        let hint = fate.as_ref().err().and_then(|failure| failure.retry_after);
        match fate {
            Ok(delivered) => {
                flight.reached = true;
                flight.bytes -= entry.size();
                let told = (index == 0).then_some(flight.told);
                self.delivered(entry, delivered, told, now);
            }
            Err(failure) if failure.class == ErrorClass::Rejected => {
                flight.reached = true;
                flight.bytes -= entry.size();
                self.rejected(entry, failure, now);
            }
            Err(failure) => {
                entry.blame(&failure, probing);
                flight.back.push((entry, failure));
            }
        }
        self.hold_as_asked(hint, now);
    }

    /// One member goes back: the sink did not come to it, or it was refused
    /// together with others and is to be asked for alone.
    pub(crate) fn leave(&mut self, generation: u64, index: usize, alone: bool, now: Tick) {
        if generation != self.generation {
            return self.late(generation, Some(index), false);
        }
        let Some(flight) = &mut self.flight else {
            return;
        };
        let was_alone = flight.slots.len() == 1;
        let Some(mut entry) = flight.take(index) else {
            return;
        };
        if !alone {
            entry.tries = entry.tries.saturating_sub(1);
            flight.put_back.push(entry);
            return;
        }
        flight.reached = true;
        if was_alone {
            flight.bytes -= entry.size();
            self.rejected(entry, Failure::refused(), now);
        } else {
            entry.alone = true;
            flight.put_back.push(entry);
        }
    }

    fn delivered(&mut self, entry: Entry<T>, with: Delivered, told: Option<Losses>, now: Tick) {
        if let Some(told) = told {
            self.lost.told(&told);
        }
        self.hold_as_asked(with.not_before, now);
        if let Some(handle) = &with.handle {
            self.remember(&entry.item, handle);
        }
        self.dirty = true;
        let mut outcome = Outcome::of(Reason::Delivered);
        outcome.handle = with.handle;
        outcome.answer = with.answered;
        self.end(entry, outcome, now);
    }

    fn rejected(&mut self, entry: Entry<T>, failure: Failure, now: Tick) {
        let mut outcome = Outcome::of(Reason::Refused);
        outcome.error = Some(failure.text.into());
        outcome.answer = failure.answered;
        self.end(entry, outcome, now);
    }

    fn hold(&mut self, pause: Tick, now: Tick) {
        self.not_before = self.not_before.max(now.saturating_add(pause));
    }

    /// A pause asked for from outside is never undercut, whatever else happens.
    fn hold_as_asked(&mut self, hint: Option<Tick>, now: Tick) {
        self.hold(hint.unwrap_or_default().min(LONGEST_HINT), now);
    }

    /// The attempt is over. What was not settled shares its end.
    pub(crate) fn finished(&mut self, generation: u64, end: End<()>, now: Tick) {
        if generation != self.generation {
            return self.late(generation, None, matches!(end, End::Ok(())));
        }
        let Some(mut flight) = self.flight.take() else {
            return;
        };
        let rest: Vec<(usize, Entry<T>)> = flight
            .slots
            .iter_mut()
            .enumerate()
            .filter_map(|(i, slot)| slot.take().map(|entry| (i, entry)))
            .collect();
        let mut again = std::mem::take(&mut flight.back);
        let mut put_back = std::mem::take(&mut flight.put_back);
        let mut reached = flight.reached;
        let mut panicked = None;
        let mut split = false;
        if let End::Failed(failure) = &end {
            self.hold_as_asked(failure.retry_after, now);
        }
        // Nothing at all came of it: that is a failure, or it would go on for ever.
        if !reached && again.is_empty() && rest.is_empty() {
            let failure = match &end {
                End::Ok(()) => Failure::nothing_tried(),
                End::Failed(failure) => failure.clone(),
                End::Panicked(text) => Failure::panicked(text),
            };
            again.extend(put_back.drain(..).map(|entry| (entry, failure.clone())));
        }
        match end {
            End::Ok(()) => {
                reached |= !rest.is_empty();
                for (index, entry) in rest {
                    let told = (index == 0).then_some(flight.told);
                    self.delivered(entry, Delivered::new(), told, now);
                }
            }
            End::Failed(failure) if failure.class == ErrorClass::Rejected => {
                reached = true;
                // A refusal of several says nothing about each: ask one by one.
                let several = rest.len() > 1;
                for (_, mut entry) in rest {
                    if several {
                        entry.alone = true;
                        put_back.push(entry);
                    } else {
                        self.rejected(entry, failure.clone(), now);
                    }
                }
            }
            End::Failed(failure) => {
                let (several, probing) = (rest.len() > 1, self.circuit_is_open());
                for (_, mut entry) in rest {
                    if several {
                        split |= entry.blame_among_others(&failure);
                    } else {
                        entry.blame(&failure, probing);
                    }
                    again.push((entry, failure.clone()));
                }
            }
            End::Panicked(text) => {
                let failure = Failure::panicked(&text);
                again.extend(rest.into_iter().map(|(_, entry)| (entry, failure.clone())));
                panicked = Some(failure);
            }
        }
        // What speaks for the lane: the gravest failure among the members.
        let worst = again
            .iter()
            .map(|(_, failure)| failure)
            .max_by_key(|f| {
                (
                    f.class == ErrorClass::Unusable,
                    f.until_changed,
                    f.retry_after,
                )
            })
            .cloned();
        self.land(flight.role, again, put_back, reached, now);
        let weight = match flight.role {
            // A service that took others is alive; a batch that was split is
            // judged by its first member.
            _ if reached || split => 0,
            Role::Trial => self.policy.circuit.after.max(1),
            Role::Queue | Role::Aside => 1,
        };
        if reached {
            // Whatever else failed, it has not failed since the last time, and
            // a service that takes a few at a time is asked as soon as it says.
            self.pauses = 0;
            self.failing_since = None;
        }
        match (panicked, worst) {
            (Some(failure), _) => {
                self.failed(&failure, weight, now);
                self.reopen(failure, Patience::While, now);
            }
            // What stepped aside fails for itself; a sink that is not to be
            // used fails for all.
            (None, Some(failure))
                if flight.role == Role::Aside && failure.class != ErrorClass::Unusable => {}
            (None, Some(failure)) => self.failed(&failure, weight, now),
            (None, None) if reached => self.passed(),
            (None, None) => {}
        }
        self.while_closing(now);
    }

    /// An attempt reached the destination: the lane is well.
    pub(super) fn passed(&mut self) {
        self.failures = 0;
        self.pauses = 0;
        self.reopens = 0;
        self.failing_since = None;
        self.last_error = None;
        self.noticed_well();
        self.set_state(LaneState::Healthy);
    }

    /// An attempt failed, which weighs so much for the circuit.
    fn failed(&mut self, failure: &Failure, weight: u32, now: Tick) {
        let text: std::sync::Arc<str> = failure.text.as_str().into();
        self.failing_since.get_or_insert(now);
        self.last_error = Some(text.clone());
        self.pauses = self.pauses.saturating_add(1);
        if failure.class == ErrorClass::Unusable {
            return self.reopen(failure.clone(), Patience::None, now);
        }
        // A service that answers "later" is alive.
        if failure.retry_after.is_none() {
            self.failures = self.failures.saturating_add(weight);
        }
        let retry = self.policy.retry;
        let mut pause = jittered(retry.first, retry.cap, self.pauses, &mut self.random);
        if self.circuit_is_open() {
            pause = pause.max(self.policy.circuit.wait);
            self.set_state(LaneState::CircuitOpen(text));
        } else {
            self.set_state(LaneState::Failing(text));
        }
        self.hold(pause, now);
    }

    /// Members that were not taken go back to the front, in order, or come to
    /// their end.
    pub(super) fn take_back(
        &mut self,
        again: Vec<(Entry<T>, Failure)>,
        waiting: Vec<Entry<T>>,
        now: Tick,
    ) {
        // What went unanswered stays together, also where it was not come to.
        let (mut frozen, mut waiting): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|entry| entry.ambiguous && !entry.alone);
        for (entry, failure) in again {
            match self.unless_over(entry, &failure, now) {
                Some(entry) if entry.ambiguous => frozen.push(entry),
                Some(entry) => waiting.push(entry),
                None => {}
            }
        }
        frozen.sort_by_key(|entry| entry.seq);
        // What stays together also ends together.
        let counted = frozen.iter().map(|entry| entry.counted).max().unwrap_or(0);
        for entry in &mut frozen {
            entry.counted = counted;
        }
        self.frozen = frozen;
        waiting.sort_by_key(|entry| std::cmp::Reverse(entry.seq));
        for entry in waiting {
            self.queue.put_back(entry);
        }
    }

    /// Counts a failed attempt; the entry, unless this was its last one.
    pub(super) fn unless_over(
        &mut self,
        mut entry: Entry<T>,
        failure: &Failure,
        now: Tick,
    ) -> Option<Entry<T>> {
        entry.answer.clone_from(&failure.answered);
        let counts = failure.class == ErrorClass::Transient
            && failure.retry_after.is_none()
            && !failure.not_sent
            && !self.circuit_is_open();
        entry.counted += u32::from(counts);
        let reason = if failure.ambiguous && entry.ambiguous {
            Reason::Ambiguous
        } else if entry.counted >= self.policy.retry.max_attempts.max(1) {
            Reason::Attempts
        } else if now.saturating_sub(entry.accepted) >= self.policy.retry.max_age {
            Reason::Age
        } else {
            entry.ambiguous |= failure.ambiguous;
            return Some(entry);
        };
        let mut outcome = Outcome::of(reason);
        outcome.error = Some(failure.text.as_str().into());
        self.end(entry, outcome, now);
        None
    }

    /// The attempt's deadline passed: its worker is left behind with what it
    /// holds, and what it was to deliver is abandoned.
    pub(super) fn leave_flight(&mut self, reason: Reason, now: Tick) {
        let flight = self.flight.take();
        let open = flight
            .iter()
            .flat_map(|flight| &flight.slots)
            .map(|slot| slot.as_ref().map_or(0, Entry::weight))
            .collect();
        self.left.push(Left {
            generation: self.generation,
            open,
        });
        let Some(flight) = flight else { return };
        for entry in flight.slots.into_iter().flatten() {
            self.end(entry, Outcome::of(reason), now);
        }
        let (back, put_back) = (flight.back, flight.put_back);
        self.land(flight.role, back, put_back, flight.reached, now);
    }

    /// A worker that was left behind tells of one member, or of all that it has
    /// not told of: only a success is counted, and each once.
    fn late(&mut self, generation: u64, index: Option<usize>, ok: bool) {
        let Some(left) = self.left.iter_mut().find(|l| l.generation == generation) else {
            return;
        };
        for (i, open) in left.open.iter_mut().enumerate() {
            if index.is_none_or(|index| index == i) {
                let news = std::mem::take(open);
                self.ledger.late_success(if ok { news } else { 0 });
            }
        }
    }

    /// Whether no worker is left behind in the sink.
    pub(crate) fn has_all_back(&self) -> bool {
        self.left.is_empty()
    }

    /// A worker that had been left behind has ended, its sink is dropped.
    pub(crate) fn came_back(&mut self, generation: u64, now: Tick) {
        let before = self.left.len();
        self.left.retain(|left| left.generation != generation);
        if self.left.len() < before && matches!(self.life, Life::Stuck) {
            self.life = Life::unopened(now);
            self.set_state(LaneState::Opening);
        }
    }
}
