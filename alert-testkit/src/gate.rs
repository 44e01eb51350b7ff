use std::sync::Arc;

use crate::SAFETY;
use crate::watched::Watched;

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
pub struct Doorway(Arc<Watched<State>>);

/// The test's side; its end opens the way.
#[derive(Debug)]
struct Hand(Arc<Watched<State>>);

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
        let came = self.hand.0.wait(SAFETY, |state| state.arrived >= guests);
        if let Err(state) = came {
            panic!(
                "{} of {guests} came to the gate within {SAFETY:?}",
                state.arrived
            );
        }
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
        self.0.change(|state| state.arrived += 1);
        let mut through = false;
        let _over = self.0.wait(SAFETY, |state| {
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
