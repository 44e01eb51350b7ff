//! What comes to its end without an attempt: shed, too old, halted, closed.

use super::entry::{Entry, Item, Tick};
use super::lane::Lane;
use crate::alert::Severity;
use crate::pipeline::{Outcome, Reason};

impl<T: Item> Lane<T> {
    /// What may be shed for an alert of this severity.
    pub(super) fn may_go(&self, severity: Severity) -> (usize, usize) {
        let (queue, aside) = (self.queue.up_to(severity), self.aside.up_to(severity));
        (queue.0 + aside.0, queue.1 + aside.1)
    }

    /// The oldest of the lowest severity that waits, here or aside.
    pub(super) fn take_oldest_of_lowest(&mut self) -> Option<Entry<T>> {
        let queue = self.queue.oldest_of_lowest();
        match self.aside.oldest_of_lowest() {
            Some(aside) if queue.is_none_or(|queue| aside < queue) => {
                let (entry, behind) = self.aside.take_oldest_of_lowest()?;
                self.requeue(behind);
                Some(entry)
            }
            _ => self.queue.pop_oldest_of_lowest(),
        }
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

    /// When the first of those that could be next is given up for its age.
    pub(super) fn too_old_at(&self) -> Tick {
        let head = self.head().map(|head| self.given_up_at(head));
        let max_age = self.policy.retry.max_age;
        let aside = self.aside.oldest_accepted();
        let aside = aside.map(|accepted| accepted.saturating_add(max_age));
        [head, aside]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(Tick::MAX)
    }

    /// Gives up what has waited for `max_age`.
    pub(super) fn expire(&mut self, now: Tick) {
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
        self.expire_aside(now);
        self.send_behind();
        while self
            .queue
            .front()
            .is_some_and(|entry| now >= self.given_up_at(entry))
        {
            if let Some(entry) = self.queue.pop_front() {
                self.end(entry, Outcome::of(Reason::Age), now);
            }
            self.send_behind();
        }
    }

    /// Ends everything that waits.
    pub(super) fn end_waiting(&mut self, reason: Reason, now: Tick) {
        for entry in std::mem::take(&mut self.frozen) {
            self.end(entry, Outcome::of(reason), now);
        }
        self.end_aside(reason, now);
        while let Some(entry) = self.queue.pop_front() {
            self.end(entry, Outcome::of(reason), now);
        }
        if let Some(entry) = self.gather.end_now(self.policy.retry.max_age, now) {
            self.end(entry, Outcome::of(reason), now);
        }
    }

    /// Gives up the heads aside that have waited for `max_age`.
    fn expire_aside(&mut self, now: Tick) {
        let max_age = self.policy.retry.max_age;
        self.end_heads_aside(Reason::Age, now, |head, _| {
            now >= head.accepted.saturating_add(max_age)
        });
    }

    /// A close waits for no head whose turn comes too late.
    pub(super) fn end_aside_due_after(&mut self, by: Tick, now: Tick) {
        self.end_heads_aside(Reason::Close, now, |_, due| due.is_some_and(|due| due > by));
    }

    fn end_heads_aside(
        &mut self,
        reason: Reason,
        now: Tick,
        ends: impl Fn(&Entry<T>, Option<Tick>) -> bool,
    ) {
        while let Some((head, behind)) = self.aside.take_if(&ends) {
            self.end_with_its_error(head, reason, now);
            self.requeue(behind);
        }
    }

    /// Ends everything that waits aside.
    fn end_aside(&mut self, reason: Reason, now: Tick) {
        for entry in self.aside.drain() {
            self.end_with_its_error(entry, reason, now);
        }
    }

    /// The lane may be well, so that its error says nothing about this one.
    fn end_with_its_error(&mut self, entry: Entry<T>, reason: Reason, now: Tick) {
        let mut outcome = Outcome::of(reason);
        outcome.error.clone_from(&entry.error);
        self.end(entry, outcome, now);
    }
}
