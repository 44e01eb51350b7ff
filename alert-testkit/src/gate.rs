use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::SAFETY;

/// Holds threads until a test lets them go.
///
/// The test keeps the gate; what is to be held gets a [`Doorway`]. When the
/// last gate is dropped, at the end of the test, the way is open for good, so
/// that no thread stays behind blocked.
///
/// ```
/// use alert_testkit::Gate;
///
/// let gate = Gate::new();
/// let way = gate.doorway();
/// let guest = std::thread::spawn(move || way.enter());
/// gate.wait_for(1); // somebody stands there
/// gate.open();
/// assert!(guest.join().unwrap());
/// ```
#[derive(Debug, Clone)]
#[must_use = "dropping it opens the way"]
pub struct Gate {
    hand: Arc<Hand>,
}

/// The way through a [`Gate`].
#[derive(Debug, Clone)]
pub struct Doorway(Arc<Inner>);

/// The test's side; its end opens the way.
#[derive(Debug)]
struct Hand(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    /// How many may pass although it is closed.
    passes: usize,
    arrived: usize,
}

impl State {
    fn lets_through(&mut self) -> bool {
        if !self.open && self.passes > 0 {
            self.passes -= 1;
            return true;
        }
        self.open
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until `done`, at most the safety limit; returns whether it was.
    fn wait(
        &self,
        mut state: MutexGuard<'_, State>,
        mut done: impl FnMut(&mut State) -> bool,
    ) -> bool {
        let by = Instant::now() + SAFETY;
        loop {
            if done(&mut state) {
                return true;
            }
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Gate {
    /// A closed gate.
    #[expect(
        clippy::new_without_default,
        reason = "`Gate::default()` would not say that it is closed"
    )]
    pub fn new() -> Self {
        Self {
            hand: Arc::new(Hand(Arc::default())),
        }
    }

    /// The way through it.
    pub fn doorway(&self) -> Doorway {
        Doorway(self.hand.0.clone())
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        self.hand.0.change(|state| state.open = true);
    }

    /// Holds whoever comes from now on.
    pub fn shut(&self) {
        self.hand.0.change(|state| state.open = false);
    }

    /// Lets this many through, and then no more.
    pub fn pass(&self, guests: usize) {
        self.hand.0.change(|state| state.passes += guests);
    }

    /// How many have come so far, those who went through included.
    pub fn arrived(&self) -> usize {
        self.hand.0.lock().arrived
    }

    /// Waits until this many have come, counted from the beginning. Blocks.
    ///
    /// # Panics
    /// If they have not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for(&self, guests: usize) {
        let inner = &self.hand.0;
        let came = inner.wait(inner.lock(), |state| state.arrived >= guests);
        assert!(
            came,
            "{} of {guests} came to the gate within {SAFETY:?}",
            self.arrived()
        );
    }
}

impl Doorway {
    /// Waits for the way to be free, at most [`SAFETY`]. Blocks; returns
    /// whether it was.
    pub fn enter(&self) -> bool {
        self.enter_unless(|| false)
    }

    /// As [`Doorway::enter`], and turns back (`false`) once it is `over`. Who
    /// ends it knocks, so that whoever stands here looks again.
    pub(crate) fn enter_unless(&self, over: impl Fn() -> bool) -> bool {
        let mut state = self.0.lock();
        state.arrived += 1;
        self.0.changed.notify_all();
        let mut through = false;
        self.0.wait(state, |state| {
            through = state.lets_through();
            through || over()
        });
        through
    }

    /// Makes whoever stands here look again.
    #[cfg(feature = "http")]
    pub(crate) fn knock(&self) {
        self.0.change(|_| ());
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.0.change(|state| state.open = true);
    }
}
