use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alert_core::AlertId;
use alert_testkit::Outage;

/// The destination: records in memory, that can be away or silent.
#[derive(Debug, Clone, Default)]
pub(crate) struct World(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) records: Vec<(AlertId, String)>,
    pub(crate) down: bool,
    pub(crate) was_down: bool,
    pub(crate) silent: bool,
    /// The rig is gone: whoever hangs ends.
    pub(crate) over: bool,
}

impl World {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    /// Waits while this holds; returns whether it still does in the end.
    pub(crate) fn wait_while(&self, at_most: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let state = self.lock();
        let waited = self
            .0
            .1
            .wait_timeout_while(state, at_most, |state| holds(state) && !state.over);
        waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    pub(crate) fn go_down(&self) -> Down {
        self.change(|state| (state.down, state.was_down) = (true, true));
        Down(self.clone())
    }

    pub(crate) fn fall_silent(&self) -> Silent {
        self.change(|state| state.silent = true);
        Silent(self.clone())
    }
}

pub(crate) struct Down(World);

impl Outage for Down {
    fn end(self) {
        self.0.change(|state| state.down = false);
    }
}

pub(crate) struct Silent(World);

impl Outage for Silent {
    fn end(self) {
        self.0.change(|state| state.silent = false);
    }
}
