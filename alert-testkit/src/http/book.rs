use std::sync::Arc;

use super::received::Received;
use crate::SAFETY;
use crate::watched::Watched;

/// What came to a server.
#[derive(Debug, Default)]
pub(super) struct Book(Watched<State>);

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
        self.0.0.change(|state| state.in_flight -= 1);
    }
}

impl Book {
    /// Notes a request and has it take its turn, so that requests stand in the
    /// order of their turns.
    pub(super) fn note<T>(
        self: &Arc<Self>,
        received: Received,
        take_turn: impl FnOnce() -> T,
    ) -> (InFlight, T) {
        let turn = self.0.change(|state| {
            state.received.push(received);
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            take_turn()
        });
        (InFlight(self.clone()), turn)
    }

    pub(super) fn note_unreadable(&self, connection: usize, what: &str) {
        let line = format!("connection {connection}: {what}");
        self.0.change(|state| state.unreadable.push(line));
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.0.lock().received.clone()
    }

    pub(super) fn unreadable(&self) -> Vec<String> {
        self.0.lock().unreadable.clone()
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.0.lock().most_in_flight
    }

    #[track_caller]
    pub(super) fn wait_for(&self, requests: usize) -> Vec<Received> {
        match self
            .0
            .wait(SAFETY, |state| state.received.len() >= requests)
        {
            Ok(state) => state.received.clone(),
            Err(state) => panic!("{requests} requests did not come: {}", state.told()),
        }
    }

    #[track_caller]
    pub(super) fn wait_for_unreadable(&self, lines: usize) -> Vec<String> {
        match self.0.wait(SAFETY, |state| state.unreadable.len() >= lines) {
            Ok(state) => state.unreadable.clone(),
            Err(state) => panic!("{lines} unreadable requests did not come: {}", state.told()),
        }
    }
}

impl State {
    /// What there is, for whoever waited for more.
    fn told(&self) -> String {
        format!(
            "{} requests came within {SAFETY:?}, and what was unreadable: {:?}",
            self.received.len(),
            self.unreadable
        )
    }
}
