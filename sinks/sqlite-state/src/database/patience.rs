use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longer is nobody's patience; SQLite counts it in 31 bits of milliseconds.
const LONGEST: Duration = Duration::from_secs(3600);
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// How long other programs are still waited for, over all steps of one call.
#[derive(Debug)]
pub(super) struct Patience {
    until: Instant,
    within: Duration,
    pause: Duration,
}

impl Patience {
    pub(super) fn new(within: Duration) -> Self {
        let now = Instant::now();
        Self {
            within: within.min(LONGEST),
            until: now.checked_add(within.min(LONGEST)).unwrap_or(now),
            pause: FIRST_PAUSE,
        }
    }

    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Whether less than half of it is left.
    pub(super) fn is_half_over(&self) -> bool {
        self.left() <= self.within / 2
    }

    /// Waits a little, a little longer each time; false if patience is over.
    ///
    /// A lock of another process cannot be waited for with a time limit, it can only be asked for
    /// again. The condition is one that nobody else knows: parking would take a wake-up that is
    /// meant for somebody else.
    pub(super) fn pause(&mut self) -> bool {
        let left = self.left();
        if left.is_zero() {
            return false;
        }
        let (alone, nobody) = (Mutex::new(()), Condvar::new());
        let guard = alone.lock().unwrap_or_else(PoisonError::into_inner);
        drop(nobody.wait_timeout(guard, self.pause.min(left)));
        self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        true
    }
}
