use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A state that some threads change and others wait for.
#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    state: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it, and has whoever waits look again.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits until `done`. `Err` with the state as it is where the time is over first.
    pub(crate) fn wait(
        &self,
        at_most: Duration,
        mut done: impl FnMut(&mut T) -> bool,
    ) -> Result<MutexGuard<'_, T>, MutexGuard<'_, T>> {
        let by = Instant::now() + at_most;
        let mut state = self.lock();
        while !done(&mut state) {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(state);
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state)
    }
}
