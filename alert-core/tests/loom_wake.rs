//! The wake-up policy itself, run through every interleaving: no wake-up is lost, and nobody pays for one in vain.
#![allow(missing_docs)]

/// The model checker's primitives, under the names that the file expects.
mod sync {
    pub(crate) use crossbeam_utils::CachePadded;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, Ordering, fence};
    pub(crate) use loom::thread::{self, Thread};

    /// Initialised for another thread only if that thread synchronised with the one that did it, as in `std`.
    pub(crate) struct OnceLock<T> {
        set: AtomicBool,
        value: std::sync::OnceLock<T>,
    }

    impl<T> OnceLock<T> {
        pub(crate) fn new() -> Self {
            Self {
                set: AtomicBool::new(false),
                value: std::sync::OnceLock::new(),
            }
        }

        pub(crate) fn get_or_init(&self, value: impl FnOnce() -> T) -> &T {
            let value = self.value.get_or_init(value);
            self.set.store(true, Ordering::Release);
            value
        }

        pub(crate) fn get(&self) -> Option<&T> {
            // Relaxed: the caller must bring its own ordering, so that the model shows if it does not.
            if self.set.load(Ordering::Relaxed) {
                self.value.get()
            } else {
                None
            }
        }
    }
}

#[allow(dead_code, reason = "the pacing has no threads to model")]
#[path = "../src/pipeline/wake.rs"]
mod wake;

use std::sync::Arc;
use sync::{AtomicBool, AtomicU8, Ordering, thread};
use wake::{Depth, Wake};

fn model(check: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(check);
}

/// A number of threads that each bring one piece of work and say so; the model fails if the consumer sleeps for ever.
fn every_piece_is_worked_on(bringers: u8, depth: Depth, urgent: bool) {
    model(move || {
        let (wake, brought) = (Arc::new(Wake::new()), Arc::new(AtomicU8::new(0)));
        for _ in 0..bringers {
            let (wake, brought) = (wake.clone(), brought.clone());
            thread::spawn(move || {
                brought.fetch_add(1, Ordering::Relaxed);
                wake.notify(urgent);
            });
        }
        while brought.load(Ordering::Relaxed) < bringers {
            wake.sleep(
                depth,
                || brought.load(Ordering::Relaxed) == bringers,
                thread::park,
            );
        }
    });
}

#[test]
fn a_deep_sleeper_misses_no_work() {
    every_piece_is_worked_on(1, Depth::Deep, false);
    every_piece_is_worked_on(2, Depth::Deep, false);
}

#[test]
fn a_polling_consumer_misses_nothing_urgent() {
    every_piece_is_worked_on(1, Depth::Poll, true);
    every_piece_is_worked_on(2, Depth::Poll, true);
}

#[test]
fn an_urgent_call_ends_a_poll_that_turned_deep_behind_its_back() {
    model(|| {
        let (wake, brought) = (Arc::new(Wake::new()), Arc::new(AtomicBool::new(false)));
        let bringer = (wake.clone(), brought.clone());
        thread::spawn(move || {
            bringer.1.store(true, Ordering::Relaxed);
            bringer.0.notify(true);
        });
        wake.sleep(Depth::Poll, || brought.load(Ordering::Relaxed), || ());
        while !brought.load(Ordering::Relaxed) {
            wake.sleep(
                Depth::Deep,
                || brought.load(Ordering::Relaxed),
                thread::park,
            );
        }
    });
}

#[test]
fn only_one_of_many_pays_for_a_sleep_and_nobody_for_a_poll_that_can_wait() {
    model(|| {
        let (wake, brought) = (Arc::new(Wake::new()), Arc::new(AtomicBool::new(false)));
        let consumer = (wake.clone(), brought.clone());
        // The checker cannot unpark a thread that joins another, so the sleeper is not the one that joins.
        let sleeper = thread::spawn(move || {
            let (wake, brought) = consumer;
            assert!(
                !wake.notify(true),
                "before the first sleep there is nobody to wake"
            );
            wake.sleep(Depth::Poll, || false, || assert!(!wake.notify(false)));
            wake.sleep(
                Depth::Deep,
                || brought.load(Ordering::Relaxed),
                thread::park,
            );
        });
        let bringers = [(); 2].map(|()| {
            let (wake, brought) = (wake.clone(), brought.clone());
            thread::spawn(move || {
                brought.store(true, Ordering::Relaxed);
                u8::from(wake.notify(false))
            })
        });
        let paid: u8 = bringers
            .into_iter()
            .map(|bringer| bringer.join().expect("it does not panic"))
            .sum();
        sleeper.join().expect("it does not panic");
        assert!(paid <= 1, "{paid} paid");
        assert!(!wake.notify(true), "it is awake");
    });
}
