use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::received::Received;
use crate::SAFETY;

/// What came to a server.
#[derive(Debug, Default)]
pub(super) struct Book {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Received>,
    unreadable: Vec<String>,
    in_flight: usize,
    most_in_flight: usize,
}

/// A request that has no answer yet.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Book>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.change(|state| state.in_flight -= 1);
    }
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    pub(super) fn note(self: &Arc<Self>, received: Received) -> InFlight {
        self.change(|state| {
            state.received.push(received);
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
        });
        InFlight(self.clone())
    }

    pub(super) fn note_unreadable(&self, connection: usize, what: &str) {
        let line = format!("connection {connection}: {what}");
        self.change(|state| state.unreadable.push(line));
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    pub(super) fn unreadable(&self) -> Vec<String> {
        self.lock().unreadable.clone()
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.lock().most_in_flight
    }

    #[track_caller]
    pub(super) fn wait_for(&self, requests: usize) -> Vec<Received> {
        let by = Instant::now() + SAFETY;
        let mut state = self.lock();
        while state.received.len() < requests {
            let left = by.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{} of {requests} requests came within {SAFETY:?}; unreadable: {:?}",
                state.received.len(),
                state.unreadable
            );
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.received.clone()
    }
}
