use std::sync::Arc;

use alert_core::{Alert, AlertId, LaneState, Observer, Outcome, Reloaded, Stats};

use crate::SAFETY;
use crate::watched::Watched;

/// An observer that keeps what it hears. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Observed(Arc<Watched<State>>);

#[derive(Debug, Default)]
struct State {
    outcomes: Vec<(String, AlertId, Outcome)>,
    lanes: Vec<(String, LaneState)>,
    reloads: Vec<Reloaded>,
    troubles: Vec<(String, String)>,
    books: Option<Stats>,
}

impl Observed {
    /// Has heard nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every outcome so far: sink, alert, what became of it.
    pub fn outcomes(&self) -> Vec<(String, AlertId, Outcome)> {
        self.0.lock().outcomes.clone()
    }

    /// Every lane state so far, with its sink.
    pub fn lanes(&self) -> Vec<(String, LaneState)> {
        self.0.lock().lanes.clone()
    }

    /// Every reload so far.
    pub fn reloads(&self) -> Vec<Reloaded> {
        self.0.lock().reloads.clone()
    }

    /// Every trouble so far, with the sink it is about.
    pub fn troubles(&self) -> Vec<(String, String)> {
        self.0.lock().troubles.clone()
    }

    /// The books as they were when it was last told that nothing waits, if it
    /// was.
    pub fn books(&self) -> Option<Stats> {
        self.0.lock().books.clone()
    }

    /// Waits until a lane of this name has told such a state, at any time so
    /// far. Blocks.
    ///
    /// # Panics
    /// If it has not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for_lane(&self, sink: &str, is_it: impl Fn(&LaneState) -> bool) {
        self.wait(|state| {
            state
                .lanes
                .iter()
                .any(|(name, lane)| name == sink && is_it(lane))
        });
    }

    /// Waits until there are this many outcomes. Blocks.
    ///
    /// # Panics
    /// If there are not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for_outcomes(&self, outcomes: usize) {
        self.wait(|state| state.outcomes.len() >= outcomes);
    }

    #[track_caller]
    fn wait(&self, done: impl Fn(&State) -> bool) {
        if let Err(state) = self.0.wait(SAFETY, |state| done(state)) {
            panic!("it was not heard within {SAFETY:?}: {state:?}");
        }
    }
}

impl Observer for Observed {
    fn outcome(&mut self, sink: &str, alert: &Alert, outcome: &Outcome) {
        let heard = (sink.to_owned(), alert.id(), outcome.clone());
        self.0.change(|state| state.outcomes.push(heard));
    }

    fn lane(&mut self, sink: &str, state: &LaneState) {
        let heard = (sink.to_owned(), state.clone());
        self.0.change(|state| state.lanes.push(heard));
    }

    fn told(&mut self, stats: &Stats) {
        let books = stats.clone();
        self.0.change(|state| state.books = Some(books));
    }

    fn reloaded(&mut self, reloaded: &Reloaded) {
        let heard = reloaded.clone();
        self.0.change(|state| state.reloads.push(heard));
    }

    fn trouble(&mut self, sink: &str, text: &str) {
        let heard = (sink.to_owned(), text.to_owned());
        self.0.change(|state| state.troubles.push(heard));
    }
}
