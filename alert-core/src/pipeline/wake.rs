//! Who is woken when. Waking a sleeping thread costs the waker up to a hundred times what a push costs, so a thread
//! that emits wakes the dispatcher only out of deep sleep, and an urgent emit also out of a poll.

use std::time::Duration;

use super::sync::{AtomicU8, CachePadded, OnceLock, Ordering, Thread, fence, thread};

/// The consumer is at work and looks for more before it sleeps: nobody needs to wake it.
const RUN: u8 = 0;
const POLL: u8 = 1;
const DEEP: u8 = 2;

/// How deep the consumer sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// It comes back by itself within milliseconds: only what is urgent wakes it.
    Poll = POLL as isize,
    /// Whatever arrives wakes it.
    Deep = DEEP as isize,
}

/// The agreement between any number of threads that bring work and the one thread that does it.
pub(crate) struct Wake {
    state: CachePadded<AtomicU8>,
    sleeper: OnceLock<Thread>,
}

impl Wake {
    pub(crate) fn new() -> Self {
        Self {
            state: CachePadded::new(AtomicU8::new(RUN)),
            sleeper: OnceLock::new(),
        }
    }

    /// Says that there is work; call it after the work is where the consumer looks. Tells whether this call woke the
    /// consumer. Never blocks; costs one fence unless it wakes.
    pub(crate) fn notify(&self, urgent: bool) -> bool {
        // Pairs with the fence in `sleep`: of two fences one is first, so either this thread sees the announced sleep
        // or the consumer sees the work. Without both, a wake-up is lost.
        fence(Ordering::SeqCst);
        let seen = self.state.load(Ordering::Relaxed);
        if seen == RUN || (seen == POLL && !urgent) {
            return false;
        }
        // Of many threads that see the same sleep one pays for the wake-up. Losing to the consumer is harmless too: it
        // has changed its state since, and looks for work before it sleeps again. Acquire: the sleeper is set.
        let won = self
            .state
            .compare_exchange(seen, RUN, Ordering::Acquire, Ordering::Relaxed)
            .is_ok();
        match self.sleeper.get() {
            Some(sleeper) if won => {
                sleeper.unpark();
                true
            }
            _ => false,
        }
    }

    /// The consumer's side, always the same thread: announces the sleep, looks for work once more and, if there is
    /// none, parks with `park` (`thread::park`, or `thread::park_timeout` for as long as [`Pace`] says). May return
    /// early; before the first sleep nothing that is notified can be missed.
    pub(crate) fn sleep(&self, depth: Depth, has_work: impl FnOnce() -> bool, park: impl FnOnce()) {
        self.sleeper.get_or_init(thread::current);
        self.state.store(depth as u8, Ordering::Release);
        fence(Ordering::SeqCst);
        if !has_work() {
            park();
        }
        self.state.store(RUN, Ordering::Relaxed);
    }
}

const FIRST_POLL: Duration = Duration::from_millis(1);
const LONGEST_POLL: Duration = Duration::from_millis(10);
/// How long after the last work the consumer stays near.
const NEAR: Duration = Duration::from_millis(500);

/// One sleep: how deep, and for how long at most (`None`: until something is due).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) depth: Depth,
    pub(crate) at_most: Option<Duration>,
}

/// How the consumer rests between work: it polls, from 1 ms growing to 10 ms, for half a second after the last work,
/// then sleeps deep. Times are durations since any fixed start.
#[derive(Debug)]
pub(crate) struct Pace {
    near_until: Duration,
    poll: Duration,
}

impl Pace {
    /// Nothing has been worked on: the first rest is deep.
    pub(crate) fn new() -> Self {
        Self {
            near_until: Duration::ZERO,
            poll: FIRST_POLL,
        }
    }

    /// There was work at `now`.
    pub(crate) fn worked(&mut self, now: Duration) {
        *self = Self {
            near_until: now.saturating_add(NEAR),
            poll: FIRST_POLL,
        };
    }

    /// There is nothing to do at `now`.
    pub(crate) fn rest(&mut self, now: Duration) -> Rest {
        if now >= self.near_until {
            return Rest {
                depth: Depth::Deep,
                at_most: None,
            };
        }
        let poll = self.poll;
        self.poll = (poll * 3 / 2).min(LONGEST_POLL);
        Rest {
            depth: Depth::Poll,
            at_most: Some(poll),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn after_work_it_polls_ever_more_slowly_for_half_a_second_then_sleeps_deep() {
        let (mut pace, mut now, mut polls) = (Pace::new(), ms(7_000), Vec::new());
        pace.worked(now);
        let deep = loop {
            match pace.rest(now) {
                Rest {
                    depth: Depth::Poll,
                    at_most: Some(poll),
                } => polls.push(poll),
                deep => break deep,
            }
            now += polls[polls.len() - 1];
        };
        assert_eq!(
            deep,
            Rest {
                depth: Depth::Deep,
                at_most: None
            }
        );
        assert_eq!(
            (polls[0], polls[1], polls[polls.len() - 1]),
            (ms(1), Duration::from_micros(1_500), ms(10))
        );
        assert!(polls.is_sorted());
        assert!(now >= ms(7_500) && now < ms(7_510), "{now:?}");
        pace.worked(now);
        assert_eq!(
            pace.rest(now),
            Rest {
                depth: Depth::Poll,
                at_most: Some(ms(1))
            },
            "work starts it anew"
        );
    }
}
