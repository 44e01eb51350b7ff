//! The intake over real threads and the real rings, and against a model of what it may shed.
#![allow(missing_docs)]

#[allow(unused_imports, reason = "the wake-up policy is not in this program")]
#[path = "../src/pipeline/sync.rs"]
mod sync;

#[allow(dead_code, reason = "not every door is opened here")]
#[path = "../src/pipeline/intake.rs"]
mod intake;

use intake::{Drain, Intake, RINGS};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const EMITTERS: usize = 4;

/// Who pushed it, and as its how manieth.
type Item = (usize, usize);

/// Four threads emit a hundred thousand items each, over all severities, while the dispatcher drains. Gives what came
/// out and what was shed, in the order in which it did.
fn flood(intake: &Intake<Item>) -> (Vec<Item>, Vec<Item>) {
    let emit = |name: usize| {
        let mut shed = Vec::new();
        for number in 0..100_000 {
            let severity = (number * 7 + name) % 11 % RINGS;
            intake.push(severity, number % 5, (name, number), |item| shed.push(item));
        }
        shed
    };
    let left = AtomicUsize::new(EMITTERS);
    thread::scope(|scope| {
        let emitters: [_; EMITTERS] = std::array::from_fn(|name| {
            let (left, emit) = (&left, &emit);
            scope.spawn(move || {
                let shed = emit(name);
                left.fetch_sub(1, Ordering::Release);
                shed
            })
        });
        let (mut drain, mut out) = (Drain::new(), Vec::new());
        loop {
            let last = left.load(Ordering::Acquire) == 0;
            out.extend(
                std::iter::from_fn(|| drain.next_before(u64::MAX, intake)).map(|(_, _, item)| item),
            );
            if last {
                break;
            }
            thread::yield_now();
        }
        let shed = emitters
            .into_iter()
            .flat_map(|emitter| emitter.join().expect("emitters do not panic"));
        (out, shed.collect())
    })
}

fn assert_each_thread_in_order(out: &[Item]) {
    for name in 0..EMITTERS {
        assert!(
            out.iter().filter(|item| item.0 == name).is_sorted(),
            "thread {name} came out of order"
        );
    }
}

#[test]
fn with_room_for_all_every_item_comes_out_once_and_in_order_per_thread() {
    let intake = Intake::new(EMITTERS * 100_000, 16 << 20);
    let (out, shed) = flood(&intake);
    assert_eq!(
        (out.len(), shed.len(), intake.len()),
        (EMITTERS * 100_000, 0, 0)
    );
    assert_each_thread_in_order(&out);
}

#[test]
fn a_flood_beyond_the_room_loses_nothing_uncounted_and_no_order() {
    for (entries, bytes) in [(64, 16 << 20), (4_096, 100)] {
        let intake = Intake::new(entries, bytes);
        let (out, shed) = flood(&intake);
        let counted: u64 = (0..RINGS).map(|severity| intake.shed(severity)).sum();
        assert_eq!(counted, shed.len() as u64);
        assert_each_thread_in_order(&out);
        let mut all = [out, shed].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(
            all.len(),
            EMITTERS * 100_000,
            "each came out or was shed, once"
        );
        assert!(
            (0..RINGS).all(|severity| intake.has_room(severity, bytes)),
            "all bytes came back"
        );
    }
}

#[derive(Debug, Clone)]
enum Step {
    Push(usize, usize),
    Next,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..RINGS, 0..12_usize).prop_map(|(severity, weight)| Step::Push(severity, weight)),
        2 => Just(Step::Next),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    /// With one thread the whole behaviour is determined: the model is three queues and a hand.
    #[test]
    fn it_sheds_the_oldest_of_its_own_severity_and_only_for_want_of_room(steps in steps()) {
        const ENTRIES: usize = 4;
        const BYTES: usize = 10;
        let (intake, mut drain) = (Intake::new(ENTRIES, BYTES), Drain::new());
        let mut rings: [VecDeque<(usize, usize)>; RINGS] = Default::default();
        let mut hand: [Option<usize>; RINGS] = [None; RINGS];
        let fits = |ring: &VecDeque<(usize, usize)>, weight| {
            ring.len() < ENTRIES && ring.iter().map(|entry| entry.1).sum::<usize>() + weight <= BYTES
        };
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Push(severity, weight) => {
                    prop_assert_eq!(intake.has_room(severity, weight), fits(&rings[severity], weight));
                    let (mut shed, mut expected) = (Vec::new(), Vec::new());
                    intake.push(severity, weight, number, |item| shed.push(item));
                    if weight > BYTES {
                        expected.push(number);
                    } else {
                        while !fits(&rings[severity], weight) {
                            expected.extend(rings[severity].pop_front().map(|entry| entry.0));
                        }
                        rings[severity].push_back((number, weight));
                    }
                    prop_assert_eq!(shed, expected);
                }
                Step::Next => {
                    for (hand, ring) in hand.iter_mut().zip(&mut rings) {
                        *hand = hand.or_else(|| ring.pop_front().map(|entry| entry.0));
                    }
                    let first = (0..RINGS).filter(|i| hand[*i].is_some()).min_by_key(|i| hand[*i]);
                    let expected = first.and_then(|i| hand[i].take().map(|number| (i, number)));
                    prop_assert_eq!(drain.next_before(u64::MAX, &intake).map(|(_, severity, item)| (severity, item)), expected);
                }
            }
            let waits = rings.iter().map(VecDeque::len).sum::<usize>() + hand.iter().flatten().count();
            prop_assert_eq!((intake.len(), intake.is_empty()), (waits, waits == 0));
        }
    }
}

#[test]
fn what_came_before_a_barrier_comes_out_before_it_however_much_follows() {
    let (intake, mut drain) = (Intake::new(8, 8), Drain::new());
    let push = |severity, item| intake.push(severity, 1, item, |_| panic!("there is room"));
    push(0, "before");
    push(2, "before too");
    let barrier = intake.tickets();
    push(1, "after");
    let mut next = || drain.next_before(barrier, &intake).map(|(_, _, item)| item);
    assert_eq!(
        [next(), next(), next()],
        [Some("before"), Some("before too"), None]
    );
    assert_eq!(intake.len(), 1, "what stays in the hand still waits");
    assert_eq!(
        drain
            .next_before(u64::MAX, &intake)
            .map(|(_, severity, item)| (severity, item)),
        Some((1, "after"))
    );
}

#[test]
fn a_sweep_takes_what_no_dispatcher_will_look_at() {
    let intake = Intake::new(8, 8);
    for severity in [2, 0, 2] {
        intake.push(severity, 8 / 2, severity, |_| panic!("there is room"));
    }
    let mut swept = Vec::new();
    intake.sweep(|severity, item| swept.push((severity, item)));
    assert_eq!(swept, [(0, 0), (2, 2), (2, 2)]);
    assert!(
        intake.is_empty()
            && intake.has_room(2, 8)
            && (0..RINGS).all(|severity| intake.shed(severity) == 0)
    );
}
