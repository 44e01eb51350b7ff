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

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits until `done`, at most the safety limit.
    fn wait(&self, done: impl Fn(&State) -> bool) -> Result<MutexGuard<'_, State>, String> {
        let by = Instant::now() + SAFETY;
        let mut state = self.lock();
        while !done(&state) {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!(
                    "{} requests came within {SAFETY:?}, and what was unreadable: {:?}",
                    state.received.len(),
                    state.unreadable
                ));
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state)
    }

    /// Notes a request and has it take its turn, so that requests stand in the
    /// order of their turns.
    pub(super) fn note<T>(
        self: &Arc<Self>,
        received: Received,
        take_turn: impl FnOnce() -> T,
    ) -> (InFlight, T) {
        let turn = self.change(|state| {
            state.received.push(received);
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            take_turn()
        });
        (InFlight(self.clone()), turn)
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
        match self.wait(|state| state.received.len() >= requests) {
            Ok(state) => state.received.clone(),
            Err(there) => panic!("{requests} requests did not come: {there}"),
        }
    }

    #[track_caller]
    pub(super) fn wait_for_unreadable(&self, lines: usize) -> Vec<String> {
        match self.wait(|state| state.unreadable.len() >= lines) {
            Ok(state) => state.unreadable.clone(),
            Err(there) => panic!("{lines} unreadable requests did not come: {there}"),
        }
    }
}
