use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::writer::Writer;
use super::{assert_stored, folder, is_set_aside};

const FOR: Duration = Duration::from_secs(9);
const TIMES: u32 = 250;

/// `ALERT_KILLS=1000 cargo test -p alert-sink-sqlite-state --test faults any_kill` kills so often,
/// however long that takes.
fn asked_for() -> Option<u32> {
    std::env::var("ALERT_KILLS").ok()?.parse().ok()
}

/// Different numbers in each run of a process, the same in each run of the test.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn what_was_acknowledged_survives_any_kill() {
    let (folder, path) = folder();
    let mut acknowledged = BTreeSet::new();
    let mut random = 0x9e37_79b9_7f4a_7c15;
    let began = Instant::now();
    let asked_for = asked_for();
    for round in 0..asked_for.unwrap_or(TIMES) {
        let mut writer = Writer::start(&path, usize::MAX, &[]);
        for _ in 0..next(&mut random) % 12 {
            acknowledged.extend(writer.hear().unwrap().unwrap());
        }
        for _ in 0..next(&mut random) % 200_000 {
            std::hint::spin_loop();
        }
        writer.kill();
        // What it said before it died counts.
        while let Some(batch) = writer.hear() {
            acknowledged.extend(batch.unwrap());
        }
        if round % 50 == 0 {
            assert_stored(&path, &acknowledged);
        }
        // A busy machine does fewer, but does some.
        if asked_for.is_none() && round >= 30 && began.elapsed() > FOR {
            break;
        }
    }
    assert_stored(&path, &acknowledged);
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
    assert!(!is_set_aside(folder.path()));
}

#[test]
fn a_kill_while_the_first_ones_open_it_leaves_nothing_half_done() {
    let mut random = 0x2545_f491_4f6c_dd1d;
    for _ in 0..40 {
        let (folder, path) = folder();
        let mut writers = [(); 2].map(|()| Writer::start(&path, 5, &[]));
        // Some two milliseconds after it began, on most machines.
        for _ in 0..next(&mut random) % 3_000_000 {
            std::hint::spin_loop();
        }
        writers[0].kill();
        let mut acknowledged = BTreeSet::new();
        while let Some(batch) = writers[1].hear() {
            acknowledged.extend(batch.unwrap());
        }
        assert_eq!(acknowledged.len(), 15);
        while let Some(batch) = writers[0].hear() {
            acknowledged.extend(batch.unwrap());
        }
        assert_stored(&path, &acknowledged);
        assert!(!is_set_aside(folder.path()));
    }
}
