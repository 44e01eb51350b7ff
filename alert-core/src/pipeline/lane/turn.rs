//! Whose turn it is: the queue's, that of a head aside, or that of the alert
//! whose trial tells a stuck head from a dead service.

use super::entry::{Entry, Item, Tick};
use super::lane::Lane;
use crate::alert::Fingerprint;
use crate::policy::jittered;
use crate::sink::{ErrorClass, Failure};

/// After how many failures of its own a head is stuck.
const STUCK: u32 = 2;

/// What an attempt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Queue,
    /// One alert alone, while the head that failed before it stands by.
    Trial,
    /// A head aside.
    Aside,
}

impl<T: Item> Entry<T> {
    /// Takes note of a failure that may be its own. A probe's is the service's.
    pub(super) fn blame(&mut self, failure: &Failure, probing: bool) {
        let own = !probing
            && failure.class == ErrorClass::Transient
            && failure.retry_after.is_none()
            && !failure.not_sent
            && !failure.ambiguous;
        if own {
            self.failed = self.failed.saturating_add(1);
            self.error = Some(failure.text.as_str().into());
        }
    }

    /// The same of a failure that it shares with others; whether it is to
    /// travel alone from now on.
    pub(super) fn blame_among_others(&mut self, failure: &Failure) -> bool {
        if self.ambiguous {
            return false;
        }
        self.blame(failure, false);
        let splits = self.failed >= STUCK;
        if splits {
            self.alone = true;
            self.failed = STUCK - 1;
        }
        splits
    }
}

impl<T: Item> Lane<T> {
    /// When the next attempt may begin; `None` if nothing waits.
    pub(super) fn ready_at(&self) -> Option<Tick> {
        let queue = self.head().map(|_| self.lingers_until());
        let aside = self.aside.due().filter(|_| self.aside_may_go());
        let first = [queue, aside].into_iter().flatten().min()?;
        Some(first.max(self.not_before))
    }

    /// An unanswered batch goes first, and nothing overtakes at an open circuit.
    fn aside_may_go(&self) -> bool {
        self.frozen.is_empty() && (self.queue.front().is_none() || !self.circuit_is_open())
    }

    /// Takes what the next attempt is made of.
    pub(super) fn take_turn(&mut self, now: Tick) -> (Role, Vec<Entry<T>>) {
        let (role, mut entries) = if let Some(head) = self.take_aside(now) {
            (Role::Aside, vec![head])
        } else if let Some(next) = self.begin_trial() {
            (Role::Trial, vec![next])
        } else {
            (Role::Queue, self.compose())
        };
        self.aside_went_last = role == Role::Aside;
        for entry in &mut entries {
            if entry.tries == 0 {
                entry.firing = self.opens.untold(entry);
            }
            entry.tries = entry.tries.saturating_add(1);
        }
        (role, entries)
    }

    fn take_aside(&mut self, now: Tick) -> Option<Entry<T>> {
        let queue_is_next =
            self.aside_went_last && self.queue.front().is_some() && now >= self.lingers_until();
        if !self.aside_may_go() || queue_is_next {
            return None;
        }
        self.aside.take_due(now)
    }

    /// If the head is stuck: lets it stand by, and takes the next one.
    fn begin_trial(&mut self) -> Option<Entry<T>> {
        if self.aside.is_full() {
            return None;
        }
        let head = match &self.frozen[..] {
            [] => self.queue.front(),
            [only] => Some(only),
            _ => None,
        };
        head.filter(|head| head.failed >= STUCK)?;
        let mut head = self.frozen.pop().or_else(|| self.queue.pop_front())?;
        // An unanswered one is sent again as it was.
        head.alone |= head.ambiguous;
        self.aside.put_on_trial(head);
        self.send_behind();
        let next = self.queue.pop_front();
        if next.is_none() {
            self.call_off_trial();
        }
        next
    }

    fn call_off_trial(&mut self) {
        let back = self.aside.call_off_trial();
        self.requeue(back);
    }

    /// What has come to the front and has an older one of its key aside waits
    /// behind that.
    pub(super) fn send_behind(&mut self) {
        while let Some(key) = self.follows()
            && let Some(entry) = self.queue.pop_front()
        {
            self.aside.put_behind(key, entry);
        }
    }

    fn follows(&self) -> Option<Fingerprint> {
        if self.aside.is_empty() {
            return None;
        }
        let front = &self.queue.front()?.item;
        let key = front.key()?;
        let follows =
            self.aside.has(key) || self.opens.may_overtake(front) && self.aside.has_gathered(key);
        follows.then_some(key)
    }

    pub(super) fn requeue(&mut self, entries: Vec<Entry<T>>) {
        for entry in entries.into_iter().rev() {
            self.queue.put_back(entry);
        }
    }

    // ---- how an attempt ends ----

    /// Members that were not taken go back to where they came from, or come to
    /// their end.
    pub(super) fn land(
        &mut self,
        role: Role,
        mut again: Vec<(Entry<T>, Failure)>,
        mut put_back: Vec<Entry<T>>,
        reached: bool,
        now: Tick,
    ) {
        match role {
            Role::Queue => self.take_back(again, put_back, now),
            Role::Trial => {
                // If it fails too, it is the service that fails: neither of
                // the two is to blame.
                let down = again.iter().any(|(_, failure)| {
                    failure.class != ErrorClass::Unusable && failure.retry_after.is_none()
                });
                if down {
                    self.aside.clear_from_blame();
                    for (entry, _) in &mut again {
                        entry.failed = 0;
                    }
                }
                self.take_back(again, put_back, now);
                if reached {
                    let due = self.due_after(now);
                    self.aside.step_aside(due);
                } else {
                    self.call_off_trial();
                }
            }
            Role::Aside => {
                let back = again.pop();
                let back = back.and_then(|(entry, failure)| {
                    let mut entry = self.unless_over(entry, &failure, now)?;
                    entry.error = Some(failure.text.as_str().into());
                    Some(entry)
                });
                // One that was not come to, by a worker that was left behind.
                match back.or_else(|| put_back.pop()) {
                    Some(entry) => {
                        let due = self.due_after(now);
                        self.aside.put_back(entry, due);
                    }
                    None => {
                        let behind = self.aside.let_go();
                        self.requeue(behind);
                    }
                }
            }
        }
    }

    /// A backoff of its own; as slow as a probe while the circuit is open.
    fn due_after(&mut self, now: Tick) -> impl FnOnce(u32) -> Tick + use<T> {
        let retry = self.policy.retry;
        let probe = if self.circuit_is_open() {
            self.policy.circuit.wait
        } else {
            Tick::ZERO
        };
        let mut random = self.random.fork();
        move |failures| {
            let pause = jittered(retry.first, retry.cap, failures, &mut random);
            now.saturating_add(pause.max(probe))
        }
    }
}
