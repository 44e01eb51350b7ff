use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use alert_core::{Alert, AlertId, LaneState, Observer, Outcome};

use crate::SAFETY;

/// An observer that keeps what it hears. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Observed(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    outcomes: Vec<(String, AlertId, Outcome)>,
    lanes: Vec<(String, LaneState)>,
}

impl Observed {
    /// Has heard nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every outcome so far: sink, alert, what became of it.
    pub fn outcomes(&self) -> Vec<(String, AlertId, Outcome)> {
        self.lock().outcomes.clone()
    }

    /// Every lane state so far, with its sink.
    pub fn lanes(&self) -> Vec<(String, LaneState)> {
        self.lock().lanes.clone()
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
        let by = Instant::now() + SAFETY;
        let mut state = self.lock();
        while !done(&state) {
            let left = by.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "it was not heard within {SAFETY:?}: {state:?}"
            );
            let waited = self.0.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Observed {
    fn outcome(&mut self, sink: &str, alert: &Alert, outcome: &Outcome) {
        self.lock()
            .outcomes
            .push((sink.to_owned(), alert.id(), outcome.clone()));
        self.0.changed.notify_all();
    }

    fn lane(&mut self, sink: &str, state: &LaneState) {
        self.lock().lanes.push((sink.to_owned(), state.clone()));
        self.0.changed.notify_all();
    }
}
