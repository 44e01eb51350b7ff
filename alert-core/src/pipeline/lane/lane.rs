use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::entry::{Entry, Event, Item, Member, Next, Tick, Work};
use super::flight::{Flight, Left};
use super::life::Life;
use super::opens::{Opens, Together};
use crate::alert::{Fingerprint, Severity};
use crate::observe::LaneState;
use crate::pipeline::ledger::Ledger;
use crate::pipeline::queue::{Queue, Queued};
use crate::pipeline::{Outcome, Reason};
use crate::policy::{Delivery, Standing};
use crate::sink::{Handle, Limits, Losses, Suppressed};

/// How many handles of keyed messages a lane remembers.
const HANDLES: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not zero");
/// A longer handle is not remembered: a later alert then adds instead of
/// editing.
const HANDLE_BYTES: usize = 1024;
/// How many bytes of alerts one batch gathers at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Lane<T> {
    pub(super) policy: Delivery,
    pub(super) limits: Limits,
    pub(super) ledger: Ledger,
    pub(super) queue: Queue<Entry<T>>,
    /// A batch that ended without an answer, kept as it was composed.
    pub(super) frozen: Vec<Entry<T>>,
    pub(super) flight: Option<Flight<T>>,
    /// Workers that were left behind in the sink, each with what it may still
    /// deliver.
    pub(super) left: Vec<Left>,
    pub(super) generation: u64,
    pub(super) life: Life,
    next_seq: u64,
    /// Failures in a row, for the circuit.
    pub(super) failures: u32,
    /// Pauses in a row, for the backoff.
    pub(super) pauses: u32,
    /// Openings in a row after which nothing was delivered.
    pub(super) reopens: u32,
    pub(super) not_before: Tick,
    last_start: Option<Tick>,
    pub(super) failing_since: Option<Tick>,
    /// The failure began with the sink and not with an alert, so that an opening
    /// ends it.
    pub(super) open_failed: bool,
    pub(super) noticed: bool,
    pub(super) last_error: Option<Arc<str>>,
    pub(super) state: LaneState,
    pub(super) lost: Losses,
    handles: LruCache<Fingerprint, Handle>,
    pub(super) opens: Opens,
    /// Everything below this sequence number was asked to be flushed.
    pub(super) flush_goal: u64,
    pub(super) flush_done: u64,
    /// Delivered since the sink's last flush.
    pub(super) dirty: bool,
    pub(super) closing: Option<Tick>,
    pub(super) random: fastrand::Rng,
    pub(super) events: Vec<Event<T>>,
}

impl<T: Item> Lane<T> {
    pub(crate) fn new(policy: Delivery, limits: Limits, seed: u64) -> Self {
        Self {
            policy,
            limits,
            ledger: Ledger::default(),
            queue: Queue::new(),
            frozen: Vec::new(),
            flight: None,
            left: Vec::new(),
            generation: 1,
            life: Life::unopened(Tick::ZERO),
            next_seq: 0,
            failures: 0,
            pauses: 0,
            reopens: 0,
            not_before: Tick::ZERO,
            last_start: None,
            failing_since: None,
            open_failed: false,
            noticed: false,
            last_error: None,
            state: LaneState::Opening,
            lost: Losses::none(),
            handles: LruCache::new(HANDLES),
            opens: Opens::new(),
            flush_goal: 0,
            flush_done: 0,
            dirty: false,
            closing: None,
            random: fastrand::Rng::with_seed(seed),
            events: Vec::new(),
        }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn state(&self) -> &LaneState {
        &self.state
    }

    pub(crate) fn last_error(&self) -> Option<&Arc<str>> {
        self.last_error.as_ref()
    }

    pub(crate) fn lost(&self) -> &Losses {
        &self.lost
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes what happened since the last call.
    pub(crate) fn take_events(&mut self) -> Vec<Event<T>> {
        std::mem::take(&mut self.events)
    }

    /// How many alerts and bytes are waiting or being delivered.
    pub(crate) fn held(&self) -> (usize, usize) {
        let frozen = self.frozen.iter().map(Queued::size).sum::<usize>();
        let flying = self.flight.as_ref().map_or((0, 0), Flight::held);
        (
            self.queue.len() + self.frozen.len() + flying.0,
            self.queue.bytes() + frozen + flying.1,
        )
    }

    /// A gate stopped an alert.
    pub(crate) fn stopped(&mut self, reason: Reason) {
        self.ledger.stop(reason);
    }

    /// A gate suppressed an alert: its resolved one may have to tell of it.
    pub(crate) fn suppressed(&mut self, item: &T, reason: Reason) {
        self.ledger.stop(reason);
        self.opens.suppressed(item, reason, self.next_seq);
    }

    /// What the gates must know of an alert that is to be offered.
    pub(crate) fn standing(&self, item: &T) -> Standing {
        self.opens.standing(item)
    }

    /// Alerts were shed before they reached any lane.
    pub(crate) fn intake_shed(&mut self, alerts: u64) {
        self.lost.shed_intake += alerts;
    }

    /// Takes an alert in. Without room the oldest of the lowest severity that
    /// waits is shed: as many as it takes, or this one alone if no shedding of
    /// its like and lower ones would make room.
    pub(crate) fn offer(&mut self, item: T, stands_for: Option<Box<Suppressed>>, now: Tick) {
        let life = self.opens.enter(&item, self.next_seq);
        let entry = Entry {
            item,
            seq: self.next_seq,
            accepted: now,
            counted: 0,
            tries: 0,
            stands_for,
            alone: false,
            ambiguous: false,
            life,
            firing: None,
        };
        self.next_seq += 1;
        self.ledger.enter();
        if let Some(reason) = self.refuses() {
            return self.end(entry, Outcome::of(reason), now);
        }
        let size = entry.size();
        while let Some(reason) = self.lacks_room(self.held(), size) {
            let (alerts, bytes) = self.held();
            let may_go = self.queue.up_to(entry.item.severity());
            let lightest = (alerts - may_go.0, bytes - may_go.1);
            let oldest = match self.lacks_room(lightest, size) {
                Some(_) => None,
                None => self.queue.pop_oldest_of_lowest(),
            };
            match oldest {
                Some(out) => self.end(out, Outcome::of(reason), now),
                None => return self.end(entry, Outcome::of(reason), now),
            }
        }
        self.queue.push_back(entry);
        self.while_closing(now);
    }

    fn lacks_room(&self, (alerts, bytes): (usize, usize), size: usize) -> Option<Reason> {
        if alerts >= self.policy.queue.alerts.max(1) {
            Some(Reason::QueueAlerts)
        } else if bytes.saturating_add(size) > self.policy.queue.bytes {
            Some(Reason::QueueBytes)
        } else {
            None
        }
    }

    /// For how many more alerts and bytes there is room without shedding. A
    /// lane that takes nothing in is no reason to wait.
    pub(crate) fn room(&self) -> (usize, usize) {
        if self.refuses().is_some() {
            return (usize::MAX, usize::MAX);
        }
        let (alerts, bytes) = self.held();
        (
            self.policy.queue.alerts.max(1).saturating_sub(alerts),
            self.policy.queue.bytes.saturating_sub(bytes),
        )
    }

    /// Ends an entry: moves it in the ledger, remembers a loss, tells others.
    pub(super) fn end(&mut self, mut entry: Entry<T>, mut outcome: Outcome, now: Tick) {
        self.ledger.end(outcome.reason);
        self.opens
            .ended(&entry.item, entry.seq, entry.life, outcome.reason);
        outcome.attempts = entry.tries;
        outcome.took = now.saturating_sub(entry.accepted);
        if outcome.error.is_none()
            && !outcome.is_delivered()
            && outcome.reason != Reason::QueueAlerts
        {
            outcome.error.clone_from(&self.last_error);
        }
        let lost = match outcome.reason.verdict() {
            crate::pipeline::Verdict::Shed => Some(&mut self.lost.shed),
            crate::pipeline::Verdict::Rejected => Some(&mut self.lost.rejected),
            crate::pipeline::Verdict::GaveUp => Some(&mut self.lost.gave_up),
            crate::pipeline::Verdict::Abandoned => Some(&mut self.lost.abandoned),
            _ => None,
        };
        if let Some(lost) = lost {
            *lost += 1;
            // Its stand-in is lost too: what it stood for is told as a number.
            if let Some(held) = entry.stands_for.take() {
                self.lost.suppressed += held.count();
            }
        }
        self.events.push(Event::Settled(entry, outcome));
    }

    pub(super) fn past_youngest(&self) -> u64 {
        self.next_seq
    }

    /// What the worker of this generation is to do.
    pub(crate) fn next(&mut self, generation: u64, now: Tick) -> Next<T> {
        if generation != self.generation || matches!(self.life, Life::Done) {
            return Next::Done;
        }
        self.expire(now);
        self.note_flushed();
        if let Some(next) = self.next_of_life(now) {
            return next;
        }
        // The sink is open.
        if self.flush_goal > self.flush_done && self.oldest_seq() >= self.flush_goal {
            return self.start_flush(now);
        }
        let Some(head) = self.head() else {
            return match self.closing {
                Some(_) if self.dirty => self.start_flush(now),
                Some(_) => self.finish_life(),
                None => Next::Wait(None),
            };
        };
        let from = self.not_before.max(self.lingers_until());
        if now < from {
            return Next::Wait(Some(from.min(self.given_up_at(head))));
        }
        self.start(now)
    }

    pub(super) fn head(&self) -> Option<&Entry<T>> {
        self.frozen.first().or_else(|| self.queue.front())
    }

    /// When an entry is given up for its age. A healthy lane that is merely
    /// behind still delivers what waited.
    pub(super) fn given_up_at(&self, entry: &Entry<T>) -> Tick {
        if self.failing_since.is_some() || entry.tries > 0 {
            entry.accepted.saturating_add(self.policy.retry.max_age)
        } else {
            Tick::MAX
        }
    }

    /// The lowest sequence number that has not come to its end.
    pub(super) fn oldest_seq(&self) -> u64 {
        let flying = self.flight.as_ref().and_then(Flight::oldest_seq);
        let frozen = self.frozen.first().map(|entry| entry.seq);
        let waiting = self.queue.front().map(|entry| entry.seq);
        [flying, frozen, waiting]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.next_seq)
    }

    /// Until when a batch waits to fill. A quiet lane's first alert goes at
    /// once; so does a full batch, a critical alert and anything at flush or
    /// close.
    fn lingers_until(&self) -> Tick {
        let linger = self.policy.batch.linger;
        let pressed = self.closing.is_some()
            || self.flush_goal > self.flush_done
            || !self.frozen.is_empty()
            || self.queue.len() >= self.batch_max()
            || self.queue.bytes() >= BATCH_BYTES
            || self.queue.has(Severity::Critical);
        match self.last_start {
            Some(start) if !pressed => start.saturating_add(linger),
            _ => Tick::ZERO,
        }
    }

    fn batch_max(&self) -> usize {
        self.policy.batch.max.min(self.limits.batch).max(1)
    }

    pub(super) fn circuit_is_open(&self) -> bool {
        self.failures >= self.policy.circuit.after.max(1)
    }

    fn start(&mut self, now: Tick) -> Next<T> {
        self.last_start = Some(now);
        let entries = self.compose();
        let deadline = now.saturating_add(self.policy.attempt_timeout);
        let members = entries
            .iter()
            .map(|entry| Member {
                item: entry.item.clone(),
                number: entry.tries,
                late_by: now.saturating_sub(entry.accepted),
                stands_for: entry.stands_for.clone(),
                previous: self.previous(&entry.item),
                firing: entry.firing.clone(),
            })
            .collect();
        self.flight = Some(Flight::new(entries, deadline, self.lost));
        Next::Deliver(Work {
            members,
            lost: self.lost,
            deadline,
        })
    }

    fn previous(&mut self, item: &T) -> Option<Handle> {
        if self.handles.is_empty() {
            return None;
        }
        self.handles.get(&item.key()?).cloned()
    }

    pub(super) fn remember(&mut self, item: &T, handle: &Handle) {
        if let Some(key) = item.key()
            && handle.as_str().len() <= HANDLE_BYTES
        {
            self.handles.put(key, handle.clone());
        }
    }

    /// Takes the next batch from the front.
    fn compose(&mut self) -> Vec<Entry<T>> {
        let mut batch = if self.frozen.is_empty() {
            let max = if self.circuit_is_open() {
                1
            } else {
                self.batch_max()
            };
            let mut batch = Vec::with_capacity(max.min(self.queue.len()));
            let mut bytes = 0_usize;
            let mut together = Together::default();
            while batch.len() < max
                && let Some(head) = self.queue.front()
            {
                let single = head.alone || (self.limits.edits && head.item.key().is_some());
                let follows = max > 1 && !together.takes(&head.item);
                bytes = bytes.saturating_add(head.size());
                if !batch.is_empty() && (single || follows || bytes > BATCH_BYTES) {
                    break;
                }
                batch.extend(self.queue.pop_front());
                if single {
                    break;
                }
            }
            batch
        } else {
            std::mem::take(&mut self.frozen)
        };
        for entry in &mut batch {
            if entry.tries == 0 {
                entry.firing = self.opens.untold(&entry.item, entry.seq);
            }
            entry.tries = entry.tries.saturating_add(1);
        }
        batch
    }

    /// Gives up what has waited for `max_age`.
    fn expire(&mut self, now: Tick) {
        // A frozen batch is given up whole, so that it is never recomposed.
        if self
            .frozen
            .first()
            .is_some_and(|entry| now >= self.given_up_at(entry))
        {
            for entry in std::mem::take(&mut self.frozen) {
                self.end(entry, Outcome::of(Reason::Age), now);
            }
        }
        while self
            .queue
            .front()
            .is_some_and(|entry| now >= self.given_up_at(entry))
        {
            if let Some(entry) = self.queue.pop_front() {
                self.end(entry, Outcome::of(Reason::Age), now);
            }
        }
    }

    /// Ends everything that waits.
    pub(super) fn end_waiting(&mut self, reason: Reason, now: Tick) {
        for entry in std::mem::take(&mut self.frozen) {
            self.end(entry, Outcome::of(reason), now);
        }
        while let Some(entry) = self.queue.pop_front() {
            self.end(entry, Outcome::of(reason), now);
        }
    }
}
