use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::pipeline::{Outcome, Reason};

/// What became of one tracked alert, at each sink by name.
///
/// It is answered for every sink: also when the alert was shed, or the pipeline
/// had closed. Dropping it costs the alert nothing.
#[derive(Debug)]
#[must_use = "wait on it, or emit without tracking"]
pub struct Receipt {
    book: Arc<Book>,
    pid: u32,
}

/// The outcomes of a tracked alert so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    entries: Vec<(Arc<str>, Option<Outcome>)>,
    complete: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Book {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Known once the alert is routed.
    entries: Option<Vec<(Arc<str>, Option<Outcome>)>>,
    open: usize,
}

/// One sink's place in a receipt.
#[derive(Debug, Clone)]
pub(crate) struct Slip {
    book: Arc<Book>,
    index: usize,
}

impl Slip {
    /// Answers for the sink; the first word wins.
    pub(crate) fn answer(&self, outcome: Outcome) {
        let mut state = self.book.lock();
        let Some((_, slot)) = state
            .entries
            .as_mut()
            .and_then(|entries| entries.get_mut(self.index))
        else {
            return;
        };
        if slot.is_none() {
            *slot = Some(outcome);
            state.open -= 1;
            if state.open == 0 {
                self.book.changed.notify_all();
            }
        }
    }
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a slip for each of these sinks.
    pub(crate) fn routed<'a>(
        self: &Arc<Self>,
        sinks: impl Iterator<Item = &'a Arc<str>>,
    ) -> Vec<Slip> {
        let entries: Vec<_> = sinks.map(|name| (name.clone(), None)).collect();
        let many = entries.len();
        let mut state = self.lock();
        state.open = many;
        state.entries = Some(entries);
        if many == 0 {
            self.changed.notify_all();
        }
        drop(state);
        let slip = |index| Slip {
            book: self.clone(),
            index,
        };
        (0..many).map(slip).collect()
    }

    /// Answers for all these sinks at once: the alert reached none.
    pub(crate) fn turned_away<'a>(
        self: &Arc<Self>,
        sinks: impl Iterator<Item = &'a Arc<str>>,
        reason: Reason,
    ) {
        for slip in self.routed(sinks) {
            slip.answer(Outcome::of(reason));
        }
    }
}

impl Receipt {
    pub(crate) fn new() -> (Self, Arc<Book>) {
        let book = Arc::new(Book::default());
        let receipt = Self {
            book: book.clone(),
            pid: std::process::id(),
        };
        (receipt, book)
    }

    /// Waits until every sink has answered, at most this long. Blocks; returns
    /// what is known then. In a forked child, where nothing is delivered, it
    /// returns at once.
    pub fn wait(&self, within: Duration) -> Outcomes {
        let state = self.book.lock();
        let state = if std::process::id() == self.pid {
            let waited = self
                .book
                .changed
                .wait_timeout_while(state, within, |state| {
                    state.entries.is_none() || state.open > 0
                });
            waited.unwrap_or_else(PoisonError::into_inner).0
        } else {
            state
        };
        Outcomes {
            complete: state.entries.is_some() && state.open == 0,
            entries: state.entries.clone().unwrap_or_default(),
        }
    }

    /// What is known now. Does not block.
    pub fn peek(&self) -> Outcomes {
        self.wait(Duration::ZERO)
    }
}

impl Outcomes {
    /// Whether every sink has answered.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What became of the alert at this sink; `None` while it is on its way,
    /// or if there is no such sink.
    pub fn get(&self, sink: &str) -> Option<&Outcome> {
        let entry = self.entries.iter().find(|(name, _)| **name == *sink)?;
        entry.1.as_ref()
    }

    /// Every sink in the pipeline's order, each with its outcome if known.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Option<&Outcome>)> {
        self.entries
            .iter()
            .map(|(name, outcome)| (&**name, outcome.as_ref()))
    }

    /// Whether at least one sink has it.
    pub fn any_delivered(&self) -> bool {
        self.iter()
            .any(|(_, outcome)| outcome.is_some_and(Outcome::is_delivered))
    }
}
