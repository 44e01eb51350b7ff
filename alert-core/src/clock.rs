//! What time it is, for deadlines and pauses: monotonic, never the wall clock.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A monotonic clock. The pipeline reads time through it alone, so that a test
/// can hold the hand.
pub trait Clock: Send + Sync {
    /// The present instant; never goes back.
    fn now(&self) -> Instant;

    /// Registers what is to be called after the clock was moved by hand, so
    /// that sleeping threads look again. A real clock has no use for it.
    fn on_move(&self, _wake: Arc<dyn Fn() + Send + Sync>) {}
}

/// That long after. An instant cannot hold every duration; beyond what it can,
/// a century is for ever.
pub(crate) fn after(instant: Instant, duration: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    instant
        .checked_add(duration)
        .unwrap_or_else(|| instant + CENTURY)
}

/// The machine's monotonic clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl fmt::Debug for dyn Clock + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
