use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use alert_core::Clock;

type Wake = Arc<dyn Fn() + Send + Sync>;

/// A clock that only the test moves. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<(Mutex<Instant>, Mutex<Vec<Wake>>)>);

impl HandClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new((Mutex::new(Instant::now()), Mutex::default())))
    }

    pub(crate) fn advance(&self, time: Duration) {
        *self.0.0.lock().unwrap() += time;
        let wakes = self.0.1.lock().unwrap().clone();
        for wake in wakes {
            wake();
        }
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        *self.0.0.lock().unwrap()
    }

    fn on_move(&self, wake: Wake) {
        self.0.1.lock().unwrap().push(wake);
    }
}
