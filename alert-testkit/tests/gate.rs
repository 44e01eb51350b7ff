//! A gate holds, counts and lets go.

use std::thread;

use alert_core::Clock;
use alert_testkit::{Gate, HandClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

#[test]
fn a_gate_lets_through_as_many_as_it_was_told() {
    let gate = Gate::new();
    let through = Arc::new(AtomicU32::new(0));
    let guests: Vec<_> = (0..3)
        .map(|_| {
            let (way, through) = (gate.doorway(), through.clone());
            thread::spawn(move || {
                assert!(way.enter());
                through.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    gate.wait_for(3);
    assert_eq!(through.load(Ordering::SeqCst), 0, "it was closed");
    gate.pass(1);
    while !guests.iter().any(|guest| guest.is_finished()) {
        thread::yield_now();
    }
    assert_eq!(through.load(Ordering::SeqCst), 1);
    gate.open();
    for guest in guests {
        guest.join().unwrap();
    }
    assert_eq!((through.load(Ordering::SeqCst), gate.arrived()), (3, 3));
    gate.shut();
    let way = gate.doorway();
    let late = thread::spawn(move || way.enter());
    gate.wait_for(4);
    assert!(!late.is_finished());
    gate.pass(1);
    assert!(late.join().unwrap());
}

#[test]
fn the_end_of_the_last_gate_opens_the_way() {
    let gate = Gate::new();
    let way = gate.doorway();
    let guest = thread::spawn(move || way.enter());
    gate.wait_for(1);
    let other = gate.clone();
    drop(gate);
    assert!(!guest.is_finished(), "somebody has the gate still");
    drop(other);
    assert!(guest.join().unwrap());
}

#[test]
fn a_hand_clock_moves_only_by_hand_and_wakes_who_asked() {
    let clock = HandClock::new();
    let woken = Arc::new(AtomicU32::new(0));
    clock.on_move(Arc::new({
        let (woken, clock) = (woken.clone(), clock.clone());
        // Reading the time in a wake must not lock up.
        move || {
            let _ = clock.now();
            woken.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let start = clock.now();
    assert_eq!(clock.clone().now(), start);
    clock.advance(Duration::from_secs(100 * 365 * 24 * 3600));
    assert_eq!(clock.now() - start, clock.passed());
    assert_eq!(woken.load(Ordering::SeqCst), 1);
}
