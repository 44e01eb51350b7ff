use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::LIMIT;

/// What a thread waits at until the test opens it. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    open: bool,
    arrived: usize,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Blocks until the gate is open.
    pub(crate) fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.arrived += 1;
        changed.notify_all();
        while !state.open {
            state = changed.wait(state).unwrap();
        }
    }

    pub(crate) fn open(&self) {
        let (state, changed) = &*self.0;
        state.lock().unwrap_or_else(PoisonError::into_inner).open = true;
        changed.notify_all();
    }

    /// Waits until so many have arrived at the gate.
    pub(crate) fn await_arrivals(&self, many: usize) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        while state.arrived < many {
            let (next, timeout) = changed.wait_timeout(state, LIMIT).unwrap();
            assert!(!timeout.timed_out(), "{} of {many} arrived", next.arrived);
            state = next;
        }
    }

    /// A guard that opens the gate, so that no thread outlives its test.
    pub(crate) fn opened_at_end(&self) -> impl Drop + use<> {
        AtEnd(self.clone())
    }
}

struct AtEnd(Gate);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.open();
    }
}
