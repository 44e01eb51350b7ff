use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::aside::Aside;
use super::entry::{Entry, Event, Item, Member, Next, Tick, Work};
use super::flight::{Flight, Left};
use super::gather::Gather;
use super::life::Life;
use super::opens::{Opens, Together};
use super::turn::Role;
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
/// How many rounds of requests a sink with several in flight is handed at once,
/// so that it need not wait for the slowest of each round.
const ROUNDS: usize = 4;

#[derive(Debug)]
pub(crate) struct Lane<T> {
    pub(super) policy: Delivery,
    pub(super) limits: Limits,
    pub(super) ledger: Ledger,
    pub(super) queue: Queue<Entry<T>>,
    pub(super) gather: Gather<T>,
    /// A batch that ended without an answer, kept as it was composed.
    pub(super) frozen: Vec<Entry<T>>,
    /// Heads that stepped aside, with what waits behind them.
    pub(super) aside: Aside<T>,
    /// The last attempt was of a head aside: the queue is next.
    pub(super) aside_went_last: bool,
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
    /// The plan is another than that of the sink that is open.
    pub(super) renewed: bool,
    pub(super) random: fastrand::Rng,
    pub(super) events: Vec<Event<T>>,
}

impl<T: Item> Lane<T> {
    pub(crate) fn new(policy: Delivery, limits: Limits, seed: u64) -> Self {
        Self {
            gather: Gather::new(&policy),
            policy,
            limits,
            ledger: Ledger::default(),
            queue: Queue::new(),
            frozen: Vec::new(),
            aside: Aside::new(),
            aside_went_last: false,
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
            renewed: false,
            random: fastrand::Rng::with_seed(seed),
            events: Vec::new(),
        }
    }

    pub(crate) fn policy(&self) -> &Delivery {
        &self.policy
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

    /// How many entries and bytes are waiting or being delivered; a digest is
    /// one, and what is still being gathered has room of its own.
    pub(crate) fn held(&self) -> (usize, usize) {
        let frozen = self.frozen.iter().map(Queued::size).sum::<usize>();
        let flying = self.flight.as_ref().map_or((0, 0), Flight::held);
        let aside = self.aside.held();
        (
            self.queue.len() + self.frozen.len() + flying.0 + aside.0,
            self.queue.bytes() + frozen + flying.1 + aside.1,
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

    /// Takes an alert in.
    pub(crate) fn offer(&mut self, item: T, stands_for: Option<Box<Suppressed>>, now: Tick) {
        let mut entry = Entry::new(item, now);
        entry.seq = self.take_seq();
        entry.life = self.opens.enter(&entry.item, entry.seq);
        entry.stands_for = stands_for;
        self.ledger.enter();
        self.take_in(entry, now);
    }

    fn take_in(&mut self, entry: Entry<T>, now: Tick) {
        if let Some(reason) = self.refuses() {
            return self.end(entry, Outcome::of(reason), now);
        }
        self.end_due_window(now);
        let at_once = match self.closing {
            None if entry.gathered.is_none() => self.gather.take(entry, now),
            _ => Some(entry),
        };
        if let Some(mut entry) = at_once {
            // What it must not pass by goes before it.
            if self.opens.may_overtake(&entry.item) {
                if self.gather.holds(entry.item.key()) {
                    self.end_window(now);
                }
                entry.seq = self.take_seq();
            }
            self.enqueue(entry, now);
        }
    }

    /// Queues an entry. Without room the oldest of the lowest severity that
    /// waits is shed: as many as it takes, or this one alone if no shedding of
    /// its like and lower ones would make room.
    fn enqueue(&mut self, entry: Entry<T>, now: Tick) {
        let size = entry.size();
        while let Some(reason) = self.lacks_room(self.held(), size) {
            let (alerts, bytes) = self.held();
            let may_go = self.may_go(entry.item.severity());
            let lightest = (alerts - may_go.0, bytes - may_go.1);
            let oldest = match self.lacks_room(lightest, size) {
                Some(_) => None,
                None => self.take_oldest_of_lowest(),
            };
            match oldest {
                Some(out) => self.end(out, Outcome::of(reason), now),
                None => return self.end(entry, Outcome::of(reason), now),
            }
        }
        self.queue.push_back(entry);
        self.while_closing(now);
    }

    /// Takes in what another lane lost: past the gates, which are not this
    /// lane's to ask, and as a digest if it was one.
    pub(crate) fn take_over(&mut self, lost: Entry<T>, now: Tick) {
        let mut entry = Entry::new(lost.item, now);
        entry.gathered = lost.gathered;
        entry.seq = self.take_seq();
        self.opens.enter_all(&mut entry);
        self.ledger.take_over(entry.weight());
        self.take_in(entry, now);
    }

    fn end_due_window(&mut self, now: Tick) {
        let entry = self.gather.due(self.policy.retry.max_age, now);
        self.enqueue_gathered(entry, now);
    }

    /// What is being gathered waits no longer.
    pub(super) fn end_window(&mut self, now: Tick) {
        let entry = self.gather.end_now(self.policy.retry.max_age, now);
        self.enqueue_gathered(entry, now);
    }

    /// Behind what passed it by while it waited.
    fn enqueue_gathered(&mut self, entry: Option<Entry<T>>, now: Tick) {
        if let Some(mut entry) = entry {
            entry.seq = self.take_seq();
            self.enqueue(entry, now);
        }
    }

    fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
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
    pub(super) fn end(&mut self, entry: Entry<T>, mut outcome: Outcome, now: Tick) {
        let weight = entry.weight();
        self.ledger.end(outcome.reason, weight);
        self.opens.ended(&entry, outcome.reason);
        outcome.attempts = entry.tries;
        outcome.took = now.saturating_sub(entry.accepted);
        if outcome.error.is_none()
            && !outcome.is_delivered()
            && !matches!(outcome.reason, Reason::QueueAlerts | Reason::Deadline)
        {
            outcome.error.clone_from(&self.last_error);
        }
        // It may end between two attempts.
        if outcome.answer.is_none() && !outcome.is_delivered() {
            outcome.answer.clone_from(&entry.answer);
        }
        let lost = match outcome.reason.verdict() {
            crate::pipeline::Verdict::Shed => Some(&mut self.lost.shed),
            crate::pipeline::Verdict::Rejected => Some(&mut self.lost.rejected),
            crate::pipeline::Verdict::GaveUp => Some(&mut self.lost.gave_up),
            crate::pipeline::Verdict::Abandoned => Some(&mut self.lost.abandoned),
            _ => None,
        };
        if let Some(lost) = lost {
            *lost += weight;
            // Its stand-in is lost too: what it stood for is told as a number.
            self.lost.suppressed += entry.held_back();
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
        self.end_due_window(now);
        self.expire(now);
        self.note_flushed();
        if let Some(next) = self.next_of_renewal(now) {
            return next;
        }
        if let Some(next) = self.next_of_life(now) {
            return next;
        }
        // The sink is open.
        if self.flush_goal > self.flush_done && self.oldest_seq() >= self.flush_goal {
            return self.start_flush(now);
        }
        let Some(from) = self.ready_at() else {
            return match self.closing {
                Some(_) if self.dirty => self.start_flush(now),
                Some(_) => self.finish_life(),
                None => Next::Wait(self.gather.until()),
            };
        };
        if now < from {
            let window = self.gather.until().unwrap_or(from);
            return Next::Wait(Some(from.min(self.too_old_at()).min(window)));
        }
        self.start(now)
    }

    pub(super) fn head(&self) -> Option<&Entry<T>> {
        self.frozen.first().or_else(|| self.queue.front())
    }

    /// The lowest sequence number that has not come to its end.
    pub(super) fn oldest_seq(&self) -> u64 {
        let flying = self.flight.as_ref().and_then(Flight::oldest_seq);
        let frozen = self.frozen.first().map(|entry| entry.seq);
        let waiting = self.queue.front().map(|entry| entry.seq);
        [flying, frozen, waiting, self.aside.oldest_seq()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.next_seq)
    }

    /// Until when a batch waits to fill. A quiet lane's first alert goes at
    /// once; so does a full batch, a critical alert and anything at flush or
    /// close.
    pub(super) fn lingers_until(&self) -> Tick {
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

    fn in_flight(&self) -> usize {
        self.policy.in_flight.min(self.limits.in_flight).max(1)
    }

    /// How many alerts one attempt holds at most.
    fn attempt_max(&self) -> usize {
        match self.in_flight() {
            1 => self.batch_max(),
            several => self
                .batch_max()
                .saturating_mul(several)
                .saturating_mul(ROUNDS),
        }
    }

    pub(super) fn circuit_is_open(&self) -> bool {
        self.failures >= self.policy.circuit.after.max(1)
    }

    fn start(&mut self, now: Tick) -> Next<T> {
        let (role, entries) = self.take_turn(now);
        // A retry beside the queue does not make the queue wait.
        if role != Role::Aside {
            self.last_start = Some(now);
        }
        let deadline = now.saturating_add(self.policy.attempt_timeout);
        let members = entries
            .iter()
            .map(|entry| Member {
                item: entry.item.clone(),
                number: entry.tries,
                late_by: now.saturating_sub(entry.late_from()),
                stands_for: entry.stands_for.clone(),
                previous: self.previous(&entry.item),
                firing: entry.firing.clone(),
                digest: entry.gathered.as_ref().map(|g| g.digest.clone()),
            })
            .collect();
        self.flight = Some(Flight::new(entries, role, deadline, self.lost));
        Next::Deliver(Work {
            members,
            lost: self.lost,
            deadline,
            request_size: self.batch_max(),
            in_flight: self.in_flight(),
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

    pub(super) fn forget_handles(&mut self) {
        self.handles.clear();
    }

    /// Takes the next batch from the front.
    pub(super) fn compose(&mut self) -> Vec<Entry<T>> {
        if !self.frozen.is_empty() {
            return std::mem::take(&mut self.frozen);
        }
        let max = if self.circuit_is_open() {
            1
        } else {
            self.attempt_max()
        };
        let mut batch = Vec::with_capacity(max.min(self.queue.len()));
        let mut bytes = 0_usize;
        let mut together = Together::default();
        while batch.len() < max
            && let Some(head) = self.queue.front()
        {
            let single = head.alone || (self.limits.edits && head.item.key().is_some());
            let apart = max > 1 && !together.takes(head);
            bytes = bytes.saturating_add(head.size());
            if !batch.is_empty() && (single || apart || bytes > BATCH_BYTES) {
                break;
            }
            batch.extend(self.queue.pop_front());
            self.send_behind();
            if single {
                break;
            }
        }
        batch
    }
}
