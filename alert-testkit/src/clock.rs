use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use alert_core::Clock;

type Wake = Arc<dyn Fn() + Send + Sync>;

/// A clock that stands until the test moves it. Clones show the same time.
///
/// A sink that is at work when the time passes its attempt's deadline is left
/// behind. So wait for the receipt (a recording shows an alert a moment before
/// its sink has returned), or give the sinks a long `attempt_timeout`.
///
/// ```
/// use alert_core::Clock;
/// use alert_testkit::HandClock;
/// use std::time::Duration;
///
/// let clock = HandClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now() - before, Duration::from_secs(3600));
/// ```
#[derive(Clone)]
pub struct HandClock {
    start: Instant,
    hand: Arc<Mutex<Hand>>,
}

#[derive(Default)]
struct Hand {
    passed: Duration,
    wakes: Vec<Wake>,
}

impl HandClock {
    /// A clock that stands at the present instant.
    #[expect(clippy::new_without_default, reason = "a clock has no default time")]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            hand: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the time on and wakes everybody who sleeps by this clock. What
    /// they do then happens on their threads: wait for its effect.
    ///
    /// # Panics
    /// If an instant cannot hold the time; a century is always possible.
    pub fn advance(&self, by: Duration) {
        let wakes = {
            let mut hand = self.lock();
            hand.passed = hand.passed.saturating_add(by);
            assert!(
                self.start.checked_add(hand.passed).is_some(),
                "the clock cannot show that time"
            );
            hand.wakes.clone()
        };
        for wake in wakes {
            wake();
        }
    }

    /// How far it was moved so far.
    pub fn passed(&self) -> Duration {
        self.lock().passed
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        self.start + self.lock().passed
    }

    fn on_move(&self, wake: Wake) {
        self.lock().wakes.push(wake);
    }
}

impl fmt::Debug for HandClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandClock")
            .field("passed", &self.passed())
            .finish_non_exhaustive()
    }
}
