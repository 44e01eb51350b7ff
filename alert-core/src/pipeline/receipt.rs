use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::outcomes::{Answer, Outcomes};
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

#[derive(Debug, Default)]
pub(crate) struct Book {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Known once the alert is routed.
    answers: Option<Vec<Answer>>,
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
        self.answer_beside(outcome, None);
    }

    /// Answers for the sink, whose fallback, if that is told, has the alert
    /// already.
    pub(crate) fn answer_beside(&self, outcome: Outcome, fallback: Option<&Arc<str>>) {
        let mut state = self.book.lock();
        state.answer(self.index, outcome, fallback);
        self.book.tell_if_complete(&state);
    }

    /// Answers for the sink and opens a place for its fallback, in one step, so
    /// that the receipt is not complete in between.
    pub(crate) fn hand_over(&self, outcome: Outcome, fallback: &Arc<str>) -> Slip {
        let mut state = self.book.lock();
        state.answer(self.index, outcome, Some(fallback));
        Slip {
            book: self.book.clone(),
            index: state.open_slot(fallback.clone(), true),
        }
    }
}

impl State {
    fn answer(&mut self, index: usize, outcome: Outcome, fallback: Option<&Arc<str>>) {
        let slot = self.answers.as_mut().and_then(|all| all.get_mut(index));
        if let Some(slot) = slot.filter(|slot| slot.outcome.is_none()) {
            slot.outcome = Some(outcome);
            slot.fallback = fallback.cloned();
            self.open -= 1;
        }
    }

    fn open_slot(&mut self, sink: Arc<str>, as_fallback: bool) -> usize {
        let answers = self.answers.get_or_insert_default();
        answers.push(Answer {
            sink,
            as_fallback,
            outcome: None,
            fallback: None,
        });
        self.open += 1;
        answers.len() - 1
    }

    fn is_complete(&self) -> bool {
        self.answers.is_some() && self.open == 0
    }
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_if_complete(&self, state: &State) {
        if state.is_complete() {
            self.changed.notify_all();
        }
    }

    /// Makes a slip for each of these sinks.
    pub(crate) fn routed<'a>(
        self: &Arc<Self>,
        sinks: impl Iterator<Item = &'a Arc<str>>,
    ) -> Vec<Slip> {
        let mut state = self.lock();
        state.answers.get_or_insert_default();
        let slips = sinks.map(|name| Slip {
            book: self.clone(),
            index: state.open_slot(name.clone(), false),
        });
        let slips = slips.collect();
        self.tell_if_complete(&state);
        slips
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
                .wait_timeout_while(state, within, |state| !state.is_complete());
            waited.unwrap_or_else(PoisonError::into_inner).0
        } else {
            state
        };
        Outcomes {
            complete: state.is_complete(),
            answers: state.answers.clone().unwrap_or_default(),
        }
    }

    /// What is known now. Does not block.
    pub fn peek(&self) -> Outcomes {
        self.wait(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_not_complete_before_the_fallback_has_answered() {
        let (receipt, book) = Receipt::new();
        let (ops, log): (Arc<str>, Arc<str>) = ("ops".into(), "log".into());
        let slips = book.routed([&ops].into_iter());
        let fallback = slips[0].hand_over(Outcome::of(Reason::Refused), &log);
        let told = receipt.peek();
        assert!(!told.is_complete());
        assert_eq!(told.get("log"), None);
        slips[0].answer(Outcome::of(Reason::Delivered));
        fallback.answer(Outcome::of(Reason::Delivered));
        let told = receipt.peek();
        assert!(told.is_complete());
        let listed: Vec<_> = told
            .iter()
            .map(|answer| (answer.sink(), answer.is_as_fallback(), answer.fallback()))
            .collect();
        assert_eq!(listed, [("ops", false, Some("log")), ("log", true, None)]);
        assert_eq!(told.get("ops").unwrap().reason(), Reason::Refused);
    }

    #[test]
    fn an_alert_that_goes_nowhere_has_a_complete_receipt() {
        let (receipt, book) = Receipt::new();
        assert!(!receipt.peek().is_complete());
        assert!(book.routed([].into_iter()).is_empty());
        assert!(receipt.peek().is_complete());
    }
}
