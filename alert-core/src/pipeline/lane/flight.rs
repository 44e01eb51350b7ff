//! How an attempt ends: settled one by one, as a whole, by a panic, or by its
//! deadline.

use super::entry::{End, Entry, Item, Tick};
use super::lane::Lane;
use super::life::{Life, Patience};
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
    open: usize,
    bytes: usize,
    pub(super) deadline: Tick,
    /// What the first member tells, taken off once it is delivered.
    told: Losses,
    /// Members that the sink asked to have retried one by one.
    back: Vec<(Entry<T>, Failure)>,
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
    pub(super) fn new(entries: Vec<Entry<T>>, deadline: Tick, told: Losses) -> Self {
        Self {
            open: entries.len(),
            bytes: entries.iter().map(Queued::size).sum(),
            slots: entries.into_iter().map(Some).collect(),
            deadline,
            told,
            back: Vec::new(),
            reached: false,
        }
    }

    /// Alerts and bytes that count towards the lane's room.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.open + self.back.len(), self.bytes)
    }

    pub(super) fn oldest_seq(&self) -> Option<u64> {
        let back = self.back.iter().map(|(entry, _)| entry.seq);
        self.slots
            .iter()
            .flatten()
            .map(|entry| entry.seq)
            .chain(back)
            .min()
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
        let Some(flight) = &mut self.flight else {
            return;
        };
        let Some(entry) = flight.take(index) else {
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
                self.rejected(entry, &failure.text, now);
            }
            Err(failure) => flight.back.push((entry, failure)),
        }
        self.hold_as_asked(hint, now);
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
        self.end(entry, outcome, now);
    }

    fn rejected(&mut self, entry: Entry<T>, text: &str, now: Tick) {
        let mut outcome = Outcome::of(Reason::Refused);
        outcome.error = Some(text.into());
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
        let mut singles = Vec::new();
        let mut reached = flight.reached;
        let mut panicked = None;
        if let End::Failed(failure) = &end {
            self.hold_as_asked(failure.retry_after, now);
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
                        singles.push(entry);
                    } else {
                        self.rejected(entry, &failure.text, now);
                    }
                }
            }
            End::Failed(failure) => {
                again.extend(rest.into_iter().map(|(_, entry)| (entry, failure.clone())));
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
        self.take_back(again, singles, now);
        match (panicked, worst) {
            (Some(failure), _) => {
                self.failed(&failure, reached, now);
                self.reopen(failure, Patience::While, now);
            }
            (None, Some(failure)) => self.failed(&failure, reached, now),
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

    fn failed(&mut self, failure: &Failure, reached: bool, now: Tick) {
        let text: std::sync::Arc<str> = failure.text.as_str().into();
        self.failing_since.get_or_insert(now);
        self.last_error = Some(text.clone());
        self.pauses = self.pauses.saturating_add(1);
        if failure.class == ErrorClass::Unusable {
            return self.reopen(failure.clone(), Patience::None, now);
        }
        // A service that answers "later" is alive; so is one that took others.
        if failure.retry_after.is_none() && !reached {
            self.failures = self.failures.saturating_add(1);
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
    fn take_back(
        &mut self,
        again: Vec<(Entry<T>, Failure)>,
        mut waiting: Vec<Entry<T>>,
        now: Tick,
    ) {
        let probing = self.circuit_is_open();
        let mut frozen = Vec::new();
        for (mut entry, failure) in again {
            let counts = failure.class == ErrorClass::Transient
                && failure.retry_after.is_none()
                && !failure.not_sent
                && !probing;
            entry.counted += u32::from(counts);
            let reason = if failure.ambiguous && entry.ambiguous {
                Some(Reason::Ambiguous)
            } else if entry.counted >= self.policy.retry.max_attempts.max(1) {
                Some(Reason::Attempts)
            } else if now.saturating_sub(entry.accepted) >= self.policy.retry.max_age {
                Some(Reason::Age)
            } else {
                None
            };
            if let Some(reason) = reason {
                let mut outcome = Outcome::of(reason);
                outcome.error = Some(failure.text.as_str().into());
                self.end(entry, outcome, now);
            } else if failure.ambiguous || entry.ambiguous {
                entry.ambiguous = true;
                frozen.push(entry);
            } else {
                waiting.push(entry);
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
            self.queue.push_front(entry);
        }
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
        self.take_back(flight.back, Vec::new(), now);
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
