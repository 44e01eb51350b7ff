//! The intake itself, run through every interleaving that a few switches between threads can make.
#![allow(missing_docs)]

/// The model checker's primitives, under the names that the file expects.
mod sync {
    pub(crate) use crossbeam_utils::CachePadded;
    pub(crate) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::collections::VecDeque;

    /// A queue that promises what the lock-free one does and no more: pushes and pops of one ring are ordered, but
    /// who asks how much is in it only sees what came before.
    pub(crate) struct ArrayQueue<T> {
        items: loom::sync::Mutex<VecDeque<T>>,
        len: AtomicUsize,
        most: usize,
    }

    impl<T> ArrayQueue<T> {
        pub(crate) fn new(most: usize) -> Self {
            Self {
                items: loom::sync::Mutex::new(VecDeque::new()),
                len: AtomicUsize::new(0),
                most,
            }
        }

        fn with<R>(&self, change: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
            let mut items = self.items.lock().expect("nobody panics with it");
            let result = change(&mut items);
            self.len.store(items.len(), Ordering::Release);
            result
        }

        pub(crate) fn force_push(&self, item: T) -> Option<T> {
            self.with(|items| {
                let oldest = if items.len() == self.most {
                    items.pop_front()
                } else {
                    None
                };
                items.push_back(item);
                oldest
            })
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.with(VecDeque::pop_front)
        }

        pub(crate) fn len(&self) -> usize {
            self.len.load(Ordering::Acquire)
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.len() == 0
        }

        pub(crate) fn is_full(&self) -> bool {
            self.len() == self.most
        }
    }
}

#[allow(dead_code, reason = "not every door is modelled")]
#[path = "../src/pipeline/intake.rs"]
mod intake;

use intake::{Drain, Intake};
use loom::thread;
use std::sync::Arc;

/// What a thread pushes, in order: its severities. An item is the thread's name and its number there.
type Plan = &'static [usize];
type Item = (char, usize);

fn model(preemptions: usize, check: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(check);
}

fn emit(intake: &Arc<Intake<Item>>, name: char, plan: Plan) -> thread::JoinHandle<Vec<Item>> {
    let intake = intake.clone();
    thread::spawn(move || {
        let mut shed = Vec::new();
        for (number, severity) in plan.iter().enumerate() {
            intake.push(*severity, 1, (name, number), |item| shed.push(item));
        }
        shed
    })
}

fn assert_in_order(out: &[Item]) {
    for name in ['a', 'b'] {
        let numbers: Vec<_> = out
            .iter()
            .filter(|item| item.0 == name)
            .map(|item| item.1)
            .collect();
        assert!(
            numbers.is_sorted(),
            "{name} came out as {numbers:?} of {out:?}"
        );
    }
}

/// Two threads emit while the dispatcher takes what it finds, then takes the rest: all is there, in order per thread.
fn keeps_the_order(preemptions: usize, a: Plan, b: Plan) {
    model(preemptions, move || {
        let intake = Arc::new(Intake::new(8, 8));
        let threads = [emit(&intake, 'a', a), emit(&intake, 'b', b)];
        let (mut drain, mut out) = (Drain::new(), Vec::new());
        for _ in 0..2 {
            out.extend(drain.next_before(u64::MAX, &intake));
        }
        for thread in threads {
            assert!(
                thread.join().expect("it does not panic").is_empty(),
                "there is room for all"
            );
        }
        assert_eq!(
            out.len() + intake.len(),
            a.len() + b.len(),
            "the dispatcher's hand counts as waiting"
        );
        out.extend(std::iter::from_fn(|| drain.next_before(u64::MAX, &intake)));
        let out: Vec<_> = out.into_iter().map(|(_, _, item)| item).collect();
        assert_eq!((out.len(), intake.len()), (a.len() + b.len(), 0));
        assert_in_order(&out);
    });
}

#[test]
fn each_threads_order_is_kept_across_rings() {
    keeps_the_order(3, &[0, 1], &[1, 0]);
    keeps_the_order(3, &[2, 0], &[0]);
}

#[test]
fn each_threads_order_is_kept_over_three_rings() {
    keeps_the_order(2, &[0, 2, 1], &[1]);
}

#[test]
fn what_is_shed_is_counted_and_its_bytes_come_back() {
    model(4, || {
        // Three bytes, and two entries a ring: the ring of severity 0 overflows while it is drained.
        let intake = Arc::new(Intake::new(2, 3));
        let threads = [emit(&intake, 'a', &[0, 0]), emit(&intake, 'b', &[0])];
        let mut drain = Drain::new();
        let mut out: Vec<_> = drain.next_before(u64::MAX, &intake).into_iter().collect();
        let mut shed = Vec::new();
        for thread in threads {
            shed.extend(thread.join().expect("it does not panic"));
        }
        out.extend(std::iter::from_fn(|| drain.next_before(u64::MAX, &intake)));
        assert_eq!(out.len() + shed.len(), 3, "{out:?} {shed:?}");
        assert_eq!(intake.shed(0), shed.len() as u64);
        assert!(
            intake.has_room(0, 3) && !intake.has_room(0, 4),
            "all its bytes are free again"
        );
    });
}

#[test]
fn racing_pushes_beyond_the_bytes_leave_no_more_than_fits() {
    model(3, || {
        let intake = Arc::new(Intake::<Item>::new(8, 1));
        let threads = [emit(&intake, 'a', &[0]), emit(&intake, 'b', &[0])];
        let shed: usize = threads
            .map(|t| t.join().expect("it does not panic").len())
            .iter()
            .sum();
        assert_eq!(intake.len() + shed, 2);
        intake.push(0, 1, ('c', 0), |_| ());
        assert_eq!(intake.len(), 1, "the next push has put right what raced");
    });
}

#[test]
fn a_barrier_is_passed_only_by_what_came_before_it() {
    model(3, || {
        let intake = Arc::new(Intake::new(8, 8));
        let other = emit(&intake, 'b', &[0, 1]);
        intake.push(0, 1, ('a', 0), |_| ());
        let (barrier, mut drain) = (intake.tickets(), Drain::new());
        let out: Vec<_> = std::iter::from_fn(|| drain.next_before(barrier, &intake)).collect();
        assert!(
            out.iter().any(|(_, _, item)| *item == ('a', 0)),
            "{barrier} {out:?}"
        );
        other.join().expect("it does not panic");
    });
}
