//! Heads that stepped aside, so that one alert that its service keeps failing
//! does not hold up those behind it.
//!
//! * What makes a head step aside is a failure that may be its own: transient,
//!   sent, answered, and no rate limit. A rate limit, a failure to connect, an
//!   unusable sink or a panic says nothing about the alert: the next would fare
//!   alike. An ambiguous end does not count either: its one retry comes first.
//!   Nor does the failure of a probe.
//! * After two such failures the next alert of another key is tried alone, as a
//!   trial (`turn`). If it reaches its service (delivered or refused), the head
//!   steps aside. If it fails too, the circuit opens at once, the head is the
//!   probe, nothing overtakes it, and neither is to blame any more. If it is
//!   told to come later, or finds the sink unusable, the trial is repeated.
//!   Without a next one the head is tried again as ever; where the circuit
//!   opens over that, the next one to come is the next probe, as a trial.
//! * A failure that several share says nothing of each: at the second one the
//!   batch is split, its members travel alone from then on, and the first of
//!   them that fails once more is the stuck one. The failure that splits does
//!   not count for the circuit. A batch that ended without an answer is never
//!   split: it steps aside only where it has one member.
//! * Each head aside has a backoff of its own; its failures are not the lane's.
//!   Where both are due, heads aside and the queue take turns, so that neither
//!   starves whatever the backoff is. While the circuit is open nothing
//!   overtakes the queue's head; a head aside is the probe only where nothing
//!   else waits.
//! * Later alerts of its key wait behind it, in order, from when they come to
//!   the queue's front; once it has come to its end they go back there. Those
//!   without a key have nothing behind them.
//! * The seventeenth does not step aside: the lane waits for it.

use super::entry::{Entry, Item, Tick};
use crate::alert::{Fingerprint, Severity};
use crate::pipeline::queue::{Queue, Queued};

/// How many heads may stand aside.
pub(super) const PLACES: usize = 16;

/// A bounded table of heads that stepped aside, or are about to.
#[derive(Debug)]
pub(super) struct Aside<T> {
    heads: Vec<Stuck<T>>,
}

#[derive(Debug)]
struct Stuck<T> {
    key: Option<Fingerprint>,
    /// `None` while it is being tried.
    head: Option<Entry<T>>,
    behind: Queue<Entry<T>>,
    /// `None` while the trial of another decides whether it steps aside.
    due: Option<Tick>,
    /// Failures in a row, for its backoff.
    pauses: u32,
}

impl<T: Item> Aside<T> {
    pub(super) fn new() -> Self {
        Self { heads: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.heads.len() >= PLACES
    }

    /// How many alerts and bytes wait here; what is being tried waits not.
    pub(super) fn held(&self) -> (usize, usize) {
        self.sum(|head| head, |behind| (behind.len(), behind.bytes()))
    }

    /// The same of this severity and lower ones.
    pub(super) fn up_to(&self, severity: Severity) -> (usize, usize) {
        self.sum(
            |head| head.filter(|head| head.severity() <= severity),
            |behind| behind.up_to(severity),
        )
    }

    fn sum<'a>(
        &'a self,
        head: impl Fn(Option<&'a Entry<T>>) -> Option<&'a Entry<T>>,
        behind: impl Fn(&Queue<Entry<T>>) -> (usize, usize),
    ) -> (usize, usize) {
        self.heads.iter().fold((0, 0), |(alerts, bytes), stuck| {
            let head = head(stuck.head.as_ref()).map_or((0, 0), |head| (1, head.size()));
            let behind = behind(&stuck.behind);
            (alerts + head.0 + behind.0, bytes + head.1 + behind.1)
        })
    }

    pub(super) fn oldest_seq(&self) -> Option<u64> {
        let heads = self.heads.iter().filter_map(|stuck| stuck.head.as_ref());
        let behind = self.heads.iter().filter_map(|stuck| stuck.behind.front());
        heads.chain(behind).map(Queued::seq).min()
    }

    /// When the oldest head was accepted. What waits behind one is younger.
    pub(super) fn oldest_accepted(&self) -> Option<Tick> {
        let heads = self.heads.iter().filter_map(|stuck| stuck.head.as_ref());
        heads.map(|head| head.accepted).min()
    }

    /// When the next head is to be tried.
    pub(super) fn due(&self) -> Option<Tick> {
        let waiting = self.heads.iter().filter(|stuck| stuck.head.is_some());
        waiting.filter_map(|stuck| stuck.due).min()
    }

    /// Of each that waits here: its sequence number and due time.
    #[cfg(test)]
    pub(super) fn dues(&self) -> Vec<(u64, Option<Tick>)> {
        let waiting = |stuck: &Stuck<T>| Some((stuck.head.as_ref()?.seq, stuck.due));
        self.heads.iter().filter_map(waiting).collect()
    }

    // ---- stepping aside and coming back ----

    /// A head stands here until a trial has told what it is that fails.
    pub(super) fn put_on_trial(&mut self, head: Entry<T>) {
        self.heads.push(Stuck {
            key: head.item.key(),
            pauses: head.failed,
            head: Some(head),
            behind: Queue::new(),
            due: None,
        });
    }

    fn place_on_trial(&self) -> Option<usize> {
        self.heads.iter().position(|stuck| stuck.due.is_none())
    }

    /// The other one passed: the head steps aside.
    pub(super) fn step_aside(&mut self, due: impl FnOnce(u32) -> Tick) {
        if let Some(place) = self.place_on_trial() {
            let stuck = &mut self.heads[place];
            stuck.due = Some(due(stuck.pauses));
        }
    }

    /// The other one failed too: it was not the head's fault.
    pub(super) fn clear_from_blame(&mut self) {
        if let Some(place) = self.place_on_trial()
            && let Some(head) = &mut self.heads[place].head
        {
            head.failed = 0;
        }
    }

    /// The other one did not pass: the head and what came behind it.
    pub(super) fn call_off_trial(&mut self) -> Vec<Entry<T>> {
        let place = self.place_on_trial();
        place.map_or(Vec::new(), |place| self.heads.remove(place).into_all())
    }

    /// The head that is due first, to be tried.
    pub(super) fn take_due(&mut self, now: Tick) -> Option<Entry<T>> {
        let due = self.due().filter(|due| *due <= now)?;
        let mut heads = self.heads.iter_mut();
        let first = heads.find(|stuck| stuck.head.is_some() && stuck.due == Some(due));
        first?.head.take()
    }

    fn place_being_tried(&self) -> Option<usize> {
        self.heads.iter().position(|stuck| stuck.head.is_none())
    }

    /// It was tried and failed again.
    pub(super) fn put_back(&mut self, head: Entry<T>, due: impl FnOnce(u32) -> Tick) {
        if let Some(place) = self.place_being_tried() {
            let stuck = &mut self.heads[place];
            stuck.pauses = stuck.pauses.saturating_add(1);
            stuck.due = Some(due(stuck.pauses));
            stuck.head = Some(head);
        }
    }

    /// It was tried and came to its end: what waited behind it.
    pub(super) fn let_go(&mut self) -> Vec<Entry<T>> {
        let place = self.place_being_tried();
        place.map_or(Vec::new(), |place| self.heads.remove(place).into_all())
    }

    // ---- what waits behind ----

    /// Whether alerts of this key wait behind a head.
    pub(super) fn has(&self, key: Fingerprint) -> bool {
        self.heads.iter().any(|stuck| stuck.key == Some(key))
    }

    pub(super) fn put_behind(&mut self, key: Fingerprint, entry: Entry<T>) {
        if let Some(stuck) = self.heads.iter_mut().find(|s| s.key == Some(key)) {
            stuck.behind.push_back(entry);
        }
    }

    // ---- ends without a try ----

    /// Takes a waiting head of which this holds, and what waits behind it. A
    /// head on trial has no due time.
    pub(super) fn take_if(
        &mut self,
        holds: impl Fn(&Entry<T>, Option<Tick>) -> bool,
    ) -> Option<(Entry<T>, Vec<Entry<T>>)> {
        let place = self.heads.iter().position(|stuck| {
            let head = stuck.head.as_ref();
            head.is_some_and(|head| holds(head, stuck.due))
        })?;
        let mut stuck = self.heads.remove(place);
        let head = stuck.head.take()?;
        Some((head, stuck.into_all()))
    }

    /// The severity and sequence number of [`Aside::take_oldest_of_lowest`].
    pub(super) fn oldest_of_lowest(&self) -> Option<(Severity, u64)> {
        let lowest = self.heads.iter().map(Stuck::oldest_of_lowest);
        lowest.flatten().min()
    }

    /// The oldest of the lowest severity that waits here; after a head, what
    /// waited behind it.
    pub(super) fn take_oldest_of_lowest(&mut self) -> Option<(Entry<T>, Vec<Entry<T>>)> {
        let lowest = self.oldest_of_lowest()?;
        if let Some(found) = self.take_if(|head, _| head.seq == lowest.1) {
            return Some(found);
        }
        let mut heads = self.heads.iter_mut();
        let stuck = heads.find(|stuck| stuck.behind.oldest_of_lowest() == Some(lowest))?;
        Some((stuck.behind.pop_oldest_of_lowest()?, Vec::new()))
    }

    /// Takes all that waits; the place of what is being tried stays.
    pub(super) fn drain(&mut self) -> Vec<Entry<T>> {
        let mut all = Vec::new();
        self.heads.retain_mut(|stuck| {
            let stays = stuck.head.is_none();
            all.extend(stuck.head.take());
            all.extend(std::iter::from_fn(|| stuck.behind.pop_front()));
            stays
        });
        all
    }
}

impl<T: Item> Stuck<T> {
    fn oldest_of_lowest(&self) -> Option<(Severity, u64)> {
        let head = self.head.as_ref().map(|head| (head.severity(), head.seq));
        [head, self.behind.oldest_of_lowest()]
            .into_iter()
            .flatten()
            .min()
    }

    fn into_all(mut self) -> Vec<Entry<T>> {
        let behind = std::iter::from_fn(|| self.behind.pop_front());
        self.head.into_iter().chain(behind).collect()
    }
}
