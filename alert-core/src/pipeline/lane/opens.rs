//! What became of each key's firing alerts in this lane, so that a resolved
//! one goes where they went.
//!
//! In a digest both are members like others: each comes to its end with it, in
//! order, and a resolved one that is delivered so closes its key without a word
//! of its firing one, which is in the count of losses.

use std::cmp::Reverse;
use std::collections::HashMap;

use lru::LruCache;

use super::entry::{Entry, Item};
use crate::alert::{Fingerprint, Status, Timestamp};
use crate::pipeline::Reason;
use crate::policy::Standing;
use crate::sink::Firing;

/// How many keys with a firing alert that passed the gates are known. The one
/// that was quiet for longest makes room; its resolved alert is an ordinary one.
pub(super) const KEYS: usize = 4096;
/// How many keys are known besides of which every firing alert was held back:
/// a storm of those must not displace a key that somebody was told of.
pub(super) const HELD_BACK: usize = 1024;
/// How many waiting resolved alerts of one key are told apart; with more, what
/// fired between the youngest of them is told by one of them.
pub(super) const RESOLVED: usize = 4;

/// The keys that are open in this lane.
#[derive(Debug)]
pub(super) struct Opens {
    taken: LruCache<Fingerprint, Key>,
    held_back: LruCache<Fingerprint, Key>,
}

/// Everything is ordered by the lane's sequence numbers, so that what fires
/// again behind a waiting resolved alert is not taken for what that one ends.
#[derive(Debug, Default)]
struct Key {
    /// Resolved alerts that wait, oldest first.
    resolved: Vec<u64>,
    /// Not resolved yet, oldest first; one of `resolved` lies between any two.
    lives: Vec<Life>,
}

/// Firing alerts in a row.
#[derive(Debug)]
struct Life {
    from: u64,
    /// How many of them have not come to their end.
    waiting: u32,
    fate: Option<Fate>,
}

/// What became of a life: the best that any of its firing alerts met, with the
/// earliest of those that met it, since then it is wrong.
#[derive(Debug)]
struct Fate {
    met: Met,
    /// `None` where it was delivered.
    firing: Option<Box<Firing>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Met {
    HeldBack,
    Lost,
    Delivered,
}

impl Opens {
    pub(super) fn new() -> Self {
        // Bounded by hand: a bounded one would reserve all its room at once.
        Self {
            taken: LruCache::unbounded(),
            held_back: LruCache::unbounded(),
        }
    }

    /// What the gates must know of this alert.
    pub(super) fn standing(&self, item: &impl Item) -> Standing {
        let key = item.key().filter(|_| item.status() == Status::Resolved);
        let known = key.and_then(|key| self.peek(key));
        known.map_or(Standing::Ordinary, Key::standing)
    }

    /// The lane takes an alert in. Returns where in its key's life it stands.
    pub(super) fn enter(&mut self, item: &impl Item, seq: u64) -> u64 {
        let Some(key) = item.key() else { return seq };
        match item.status() {
            Status::Firing => {
                let life = self.take(key).present(seq);
                life.waiting += 1;
                life.from
            }
            Status::Resolved => {
                if let Some(known) = self.known(key) {
                    known.resolving(seq);
                }
                seq
            }
        }
    }

    /// The same of an alert, or a digest of several, that another lane lost.
    pub(super) fn enter_all<T: Item>(&mut self, entry: &mut Entry<T>) {
        let seq = entry.seq;
        match &mut entry.gathered {
            None => entry.life = self.enter(&entry.item, seq),
            Some(gathered) => {
                for member in &mut gathered.members {
                    member.life = self.enter(&member.item, seq);
                }
            }
        }
    }

    /// Whether one of its key waits that this one must not pass by: a firing
    /// one for a resolved alert, a resolved one for a firing alert.
    pub(super) fn may_overtake(&self, item: &impl Item) -> bool {
        let key = item.key().and_then(|key| self.peek(key));
        key.is_some_and(|known| match item.status() {
            Status::Firing => !known.resolved.is_empty(),
            Status::Resolved => known.lives.iter().any(|life| life.waiting > 0),
        })
    }

    /// A gate suppressed an alert; `next_seq` is what the lane counts next.
    pub(super) fn suppressed(&mut self, item: &impl Item, reason: Reason, next_seq: u64) {
        let firing = item.status() == Status::Firing;
        let Some(key) = item.key().filter(|_| firing) else {
            return;
        };
        let known = match self.taken.get_mut(&key) {
            Some(known) => known,
            None => bounded(&mut self.held_back, HELD_BACK, key, Key::default),
        };
        known.present(next_seq).meets(Met::HeldBack, item, reason);
    }

    /// What a resolved alert that is about to be sent tells beside itself.
    pub(super) fn untold<T: Item>(&mut self, entry: &Entry<T>) -> Option<Box<Firing>> {
        let (item, seq) = (&entry.item, entry.life);
        let key = item.key().filter(|_| item.status() == Status::Resolved)?;
        let lives = self.known(key)?.lives.iter();
        let fates = lives.take_while(|life| life.from <= seq);
        let fates = fates.filter_map(|life| life.fate.as_ref());
        let best = fates.max_by_key(|fate| (fate.met, Reverse(fate.at())));
        best?.firing.clone()
    }

    /// An alert that the lane took in has come to its end, or a digest of some.
    pub(super) fn ended<T: Item>(&mut self, entry: &Entry<T>, reason: Reason) {
        match &entry.gathered {
            None => self.ended_at(&entry.item, entry.life, reason),
            Some(gathered) => {
                for member in &gathered.members {
                    self.ended_at(&member.item, member.life, reason);
                }
            }
        }
    }

    fn ended_at(&mut self, item: &impl Item, at: u64, reason: Reason) {
        let Some(key) = item.key() else { return };
        let delivered = reason == Reason::Delivered;
        match item.status() {
            Status::Firing => {
                let known = self.take(key);
                let life = known.life(at);
                life.waiting = life.waiting.saturating_sub(1);
                let met = match delivered {
                    true => Met::Delivered,
                    false => Met::Lost,
                };
                life.meets(met, item, reason);
                known.join();
            }
            Status::Resolved => {
                let Some(known) = self.known(key) else { return };
                known.resolved.retain(|waiting| *waiting != at);
                if delivered {
                    known.lives.retain(|life| life.from > at);
                }
                known.join();
                if known.lives.is_empty() && known.resolved.is_empty() {
                    self.taken.pop(&key);
                    self.held_back.pop(&key);
                }
            }
        }
    }

    fn peek(&self, key: Fingerprint) -> Option<&Key> {
        let taken = self.taken.peek(&key);
        taken.or_else(|| self.held_back.peek(&key))
    }

    fn known(&mut self, key: Fingerprint) -> Option<&mut Key> {
        let taken = self.taken.get_mut(&key);
        taken.or_else(|| self.held_back.get_mut(&key))
    }

    /// The key among those with a firing alert that passed the gates.
    fn take(&mut self, key: Fingerprint) -> &mut Key {
        let before = self.held_back.pop(&key);
        bounded(&mut self.taken, KEYS, key, || before.unwrap_or_default())
    }

    /// How many keys are known: with a firing alert that passed the gates, and
    /// besides.
    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        (self.taken.len(), self.held_back.len())
    }
}

impl Key {
    fn standing(&self) -> Standing {
        // With a resolution on its way only what came after it counts.
        let from = self.resolved.last().map_or(0, |seq| seq.saturating_add(1));
        let lives = self.lives.iter().filter(|life| life.from >= from);
        lives.fold(Standing::Ordinary, |all, life| {
            match (all, life.waiting, life.fate.as_ref().map(|fate| fate.met)) {
                (all, 0, None) => all,
                (Standing::Ordinary | Standing::HeldBack, 0, Some(Met::HeldBack)) => {
                    Standing::HeldBack
                }
                _ => Standing::Open,
            }
        })
    }

    fn resolving(&mut self, seq: u64) {
        self.resolved.truncate(RESOLVED - 1);
        self.resolved.push(seq);
        self.join();
    }

    /// The life that a firing alert of this number belongs to.
    fn present(&mut self, seq: u64) -> &mut Life {
        let from = match self.lives.last() {
            Some(last) if !self.are_apart(last.from, seq) => last.from,
            _ => seq,
        };
        self.life(from)
    }

    /// The life that began there, or that it has become part of.
    fn life(&mut self, from: u64) -> &mut Life {
        let after = self.lives.partition_point(|life| life.from <= from);
        if after > 0 && !self.are_apart(self.lives[after - 1].from, from) {
            return &mut self.lives[after - 1];
        }
        let life = Life {
            from,
            waiting: 0,
            fate: None,
        };
        self.lives.insert(after, life);
        &mut self.lives[after]
    }

    fn are_apart(&self, one: u64, next: u64) -> bool {
        self.resolved.iter().any(|seq| (one..next).contains(seq))
    }

    /// Makes one of lives that nothing lies between any more.
    fn join(&mut self) {
        let mut at = 1;
        while at < self.lives.len() {
            if self.are_apart(self.lives[at - 1].from, self.lives[at].from) {
                at += 1;
                continue;
            }
            let next = self.lives.remove(at);
            self.lives[at - 1].joins(next);
        }
    }
}

impl Life {
    /// One of its firing alerts met this. A storm of them costs no more than a
    /// look.
    fn meets(&mut self, met: Met, item: &impl Item, reason: Reason) {
        if self.rises_to(met, item.raised()) {
            let firing = (met != Met::Delivered).then(|| told(item, reason));
            self.fate = Some(Fate { met, firing });
        }
    }

    fn joins(&mut self, next: Life) {
        self.waiting = self.waiting.saturating_add(next.waiting);
        if let Some(fate) = next.fate
            && self.rises_to(fate.met, fate.at())
        {
            self.fate = Some(fate);
        }
    }

    fn rises_to(&self, met: Met, at: Timestamp) -> bool {
        let fate = self.fate.as_ref();
        fate.is_none_or(|fate| met > fate.met || met == fate.met && at < fate.at())
    }
}

impl Fate {
    fn at(&self) -> Timestamp {
        let firing = self.firing.as_deref();
        firing.map_or(Timestamp::from_micros(0), Firing::at)
    }
}

/// The keys of a batch that is being gathered. What a resolved alert tells is
/// not known before those of its key have ended, and whatever fires after it
/// must not arrive before it.
#[derive(Debug, Default)]
pub(super) struct Together(HashMap<Fingerprint, Status>);

impl Together {
    /// Adds an alert, or all of a digest, unless one of its key is there that it
    /// must not share a batch with.
    pub(super) fn takes<T: Item>(&mut self, entry: &Entry<T>) -> bool {
        let both = (Status::Firing, Status::Firing);
        let alerts = || {
            entry
                .alerts()
                .filter_map(|item| Some((item.key()?, item.status())))
        };
        let may = |(key, status)| {
            self.0
                .get(&key)
                .is_none_or(|before| (*before, status) == both)
        };
        let takes = alerts().all(may);
        self.0.extend(alerts());
        takes
    }
}

fn told(item: &impl Item, reason: Reason) -> Box<Firing> {
    let (verdict, reason) = (reason.verdict().as_str(), reason.as_str());
    Box::new(item.firing(format!("{verdict}: {reason}")))
}

/// The key's place in the table, made if it has none.
fn bounded(
    table: &mut LruCache<Fingerprint, Key>,
    most: usize,
    key: Fingerprint,
    make: impl FnOnce() -> Key,
) -> &mut Key {
    if table.len() >= most && !table.contains(&key) {
        table.pop_lru();
    }
    table.get_or_insert_mut(key, make)
}
