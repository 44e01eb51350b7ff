//! How a flood becomes few messages: in each window the first alerts go at
//! once, the rest are gathered, and its end makes one digest of them.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{Entry, Item, Tick};
use crate::alert::{Digest, Severity};
use crate::pipeline::Outcome;
use crate::pipeline::queue::Queued;
use crate::policy::{Delivery, DigestPolicy};

/// How many alerts of a window are kept; further ones are only counted.
pub(crate) const MEMBERS: usize = 1_000;
/// How many bytes of them, and at most a quarter of what may wait in the lane,
/// so that a digest finds room there.
pub(crate) const MEMBERS_BYTES: usize = 1024 * 1024;

/// What a lane gathers. Its memory does not count towards the lane's room: a
/// flood is counted where it would otherwise be shed.
#[derive(Debug)]
pub(super) struct Gather<T> {
    policy: Option<DigestPolicy>,
    most_bytes: usize,
    /// `None` while the lane is quiet.
    window: Option<Window>,
    crowd: Option<Crowd<T>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    until: Tick,
    /// How many more go at once.
    passes: u32,
    /// How many came, critical ones apart.
    seen: u64,
}

/// What a window has gathered so far; never nothing.
#[derive(Debug)]
struct Crowd<T> {
    digest: Digest,
    members: Vec<Entry<T>>,
    bytes: usize,
}

/// What a digest's entry carries beside the one alert that tells of it all:
/// enough to be offered elsewhere as it is.
#[derive(Debug)]
pub(crate) struct Gathered<T> {
    pub(crate) digest: Arc<Digest>,
    /// The alerts that were kept, in order; the digest may count more.
    pub(crate) members: Vec<Entry<T>>,
    /// Of the members and the digest.
    bytes: usize,
    /// When the window ended; lateness counts from then.
    at: Tick,
}

impl<T: Item> Gather<T> {
    pub(super) fn new(policy: &Delivery) -> Self {
        Self {
            policy: policy.digest.filter(|digest| !digest.every.is_zero()),
            most_bytes: MEMBERS_BYTES.min(policy.queue.bytes / 4),
            window: None,
            crowd: None,
        }
    }

    /// Takes an alert in, or gives it back to go at once. A window that is due
    /// has been ended before. Those that are not kept are shown to `counted`.
    pub(super) fn take(
        &mut self,
        entry: Entry<T>,
        now: Tick,
        counted: impl FnOnce(&Entry<T>),
    ) -> Option<Entry<T>> {
        let Some(policy) = self.policy else {
            return Some(entry);
        };
        if entry.item.severity() == Severity::Critical {
            return Some(entry);
        }
        let window = self.window.get_or_insert(Window {
            until: now.saturating_add(policy.every),
            passes: policy.after,
            seen: 0,
        });
        window.seen += 1;
        if window.passes > 0 {
            window.passes -= 1;
            return Some(entry);
        }
        let Some(crowd) = &mut self.crowd else {
            self.crowd = Some(Crowd::new(entry));
            return None;
        };
        let fits = crowd.members.len() < MEMBERS
            && crowd.bytes.saturating_add(entry.size()) <= self.most_bytes;
        if !fits && entry.item.is_tracked() {
            // Its receipt wants an answer, and there is no room to keep it.
            return Some(entry);
        }
        if !fits {
            counted(&entry);
        }
        crowd.add(entry, fits);
        None
    }

    /// Until when something that is gathered waits.
    pub(super) fn until(&self) -> Option<Tick> {
        self.crowd.as_ref()?;
        self.window.map(|window| window.until)
    }

    /// Ends the window if its time has come; what it gathered.
    pub(super) fn due(&mut self, max_age: Duration, now: Tick) -> Option<Entry<T>> {
        let until = self.window?.until;
        if now < until {
            return None;
        }
        self.end(until, max_age, now)
    }

    /// Ends the window before its time; what it gathered.
    pub(super) fn end_now(&mut self, max_age: Duration, now: Tick) -> Option<Entry<T>> {
        self.end(now, max_age, now)
    }

    fn end(&mut self, at: Tick, max_age: Duration, now: Tick) -> Option<Entry<T>> {
        // A flood goes on into the next window; nothing of it goes at once
        // then. It is over once no more come than may go at once.
        self.window = match (self.window.take(), self.policy) {
            (Some(window), Some(policy)) if window.seen > u64::from(policy.after) => Some(Window {
                until: at.saturating_add(policy.every),
                passes: 0,
                seen: 0,
            })
            .filter(|next| next.until > now),
            _ => None,
        };
        self.crowd.take().map(|crowd| crowd.into_entry(at, max_age))
    }
}

impl<T: Item> Crowd<T> {
    /// The first is kept whatever it weighs, since alone it goes as itself.
    fn new(first: Entry<T>) -> Self {
        let mut digest = Digest::new(&first.item.alert());
        count_held(&mut digest, &first);
        Self {
            digest,
            bytes: first.size(),
            members: vec![first],
        }
    }

    fn add(&mut self, entry: Entry<T>, keep: bool) {
        self.digest.add(&entry.item.alert());
        count_held(&mut self.digest, &entry);
        if keep {
            self.bytes += entry.size();
            self.members.push(entry);
        }
    }

    fn into_entry(mut self, at: Tick, max_age: Duration) -> Entry<T> {
        if self.digest.count() == 1
            && let Some(only) = self.members.pop()
        {
            return only;
        }
        let first = self.members.first().map_or(at, |member| member.accepted);
        // Half of the time to try is left, however long the window was.
        let accepted = first.max(at.saturating_sub(max_age / 2));
        let members = self.members.iter().map(|member| &member.item);
        let mut entry = Entry::new(T::telling(&self.digest, members), accepted);
        entry.gathered = Some(Box::new(Gathered {
            bytes: self.bytes + self.digest.size(),
            digest: Arc::new(self.digest),
            members: self.members,
            at,
        }));
        entry
    }
}

/// What its member stood for is the digest's to tell.
fn count_held<T>(digest: &mut Digest, entry: &Entry<T>) {
    if let Some(held) = &entry.stands_for {
        digest.add_suppressed(held);
    }
}

impl<T> Gathered<T> {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl<T> Entry<T> {
    /// How many alerts it is in the books.
    pub(crate) fn weight(&self) -> u64 {
        let gathered = self.gathered.as_ref();
        gathered.map_or(1, |gathered| gathered.digest.count())
    }

    /// From when on it is late.
    pub(super) fn late_from(&self) -> Tick {
        self.gathered.as_ref().map_or(self.accepted, |g| g.at)
    }

    /// How many that were held back it, or what it gathered, stands for.
    pub(super) fn held_back(&self) -> u64 {
        let held = match &self.gathered {
            Some(gathered) => gathered.digest.suppressed(),
            None => self.stands_for.as_deref(),
        };
        held.map_or(0, |held| held.count())
    }

    /// The entries whose end it is: itself, or those that it gathered and kept.
    pub(super) fn members(&self) -> impl Iterator<Item = &Entry<T>> {
        let gathered = self.gathered.as_ref();
        let members = gathered.map_or(&[][..], |gathered| &gathered.members);
        members.iter().chain(gathered.is_none().then_some(self))
    }

    /// Their alerts.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = &T> {
        self.members().map(|member| &member.item)
    }

    /// Everything of which this outcome is to be told: the alerts that it
    /// gathered, each with its own time in the lane, and then its own.
    pub(crate) fn into_outcomes(self, outcome: Outcome) -> impl Iterator<Item = (T, Outcome)> {
        let ended = self.accepted.saturating_add(outcome.took);
        let members = self.gathered.map(|g| g.members).unwrap_or_default();
        let shared = outcome.clone();
        members
            .into_iter()
            .map(move |member| {
                let mut outcome = shared.clone();
                outcome.took = ended.saturating_sub(member.accepted);
                (member.item, outcome)
            })
            .chain([(self.item, outcome)])
    }
}
