//! Fallbacks while the pipeline changes, and many alerts that fail at once.

mod doubles;

use alert_core::delivery::Filter;
use alert_core::{Alert, Pipeline, Reason, SinkEntry};
use doubles::{Fate, Fated, Gate, LIMIT, Lines, Record, assert_balanced, ms};

fn only_as_fallback(entry: SinkEntry) -> SinkEntry {
    entry.filter(Filter::all().only_as_fallback())
}

#[test]
fn a_reload_brings_a_fallback_and_takes_it_away_again() {
    let (lines, ops, log) = (Lines::new(), Fated::always(Fate::Rejects), Record::new());
    let alone = || Pipeline::builder().entry(ops.sink("ops"));
    let backed = || Pipeline::builder().entry(ops.backed("ops", "log"));
    let pipeline = lines.listening(|| alone().build());
    let lost = |title: &'static str| {
        let outcomes = pipeline.emit_tracked(Alert::info(title)).wait(LIMIT);
        assert!(outcomes.is_complete());
        outcomes.is_lost("ops")
    };
    assert!(lost("a"));
    let with_log = backed().entry(only_as_fallback(log.sink("log")));
    pipeline.reload(with_log, LIMIT).unwrap();
    assert!(!lost("b"));
    pipeline.reload(backed(), LIMIT).unwrap();
    lines.wait_for(&["ops", "no sink is called log"]);
    assert!(lost("c"));
    assert_eq!(log.titles(), ["b"]);
    assert!(pipeline.close(LIMIT));
    assert_balanced(&pipeline.stats());
}

#[test]
fn what_a_removed_sink_does_not_deliver_in_its_time_goes_to_its_fallback() {
    let (ops, log) = (Fated::always(Fate::Hangs), Record::new());
    let _end = ops.gate.opened_at_end();
    let log_alone = || Pipeline::builder().entry(only_as_fallback(log.sink("log")));
    let pipeline = log_alone().entry(ops.backed("ops", "log")).build();
    let receipts: Vec<_> = (0..5)
        .map(|n| pipeline.emit_tracked(Alert::info(n.to_string())))
        .collect();
    ops.gate.await_arrivals(1);
    pipeline.reload(log_alone(), ms(20)).unwrap();
    for receipt in receipts {
        let outcomes = receipt.wait(LIMIT);
        assert_eq!(outcomes.get("ops").unwrap().reason(), Reason::Close);
        assert!(outcomes.get("log").unwrap().is_delivered(), "{outcomes:?}");
    }
    pipeline.close(ms(100));
    let stats = pipeline.stats();
    assert_balanced(&stats);
    assert_eq!(stats.retired.offered(), 5);
}

#[test]
fn all_that_waits_in_a_lane_that_halts_is_with_the_fallback_in_order() {
    const MANY: usize = 5_000;
    let log = Record::new();
    let gate = Gate::new();
    let entry = {
        let gate = gate.clone();
        SinkEntry::opener("ops", move |_| {
            gate.pass();
            Err::<Fated, _>(alert_core::SinkError::unusable("gone").until_changed())
        })
    };
    let pipeline = Pipeline::builder()
        .entry(entry.delivery(Fated::always(Fate::Delivers).policy(Some("log"))))
        .entry(only_as_fallback(log.sink("log")))
        .build();
    for n in 0..MANY {
        assert!(pipeline.emit_within(Alert::info(n.to_string()), LIMIT));
    }
    let last = pipeline.emit_tracked(Alert::info("last"));
    gate.await_arrivals(1);
    gate.open();
    assert!(!last.wait(LIMIT).is_lost("ops"));
    assert!(pipeline.flush(LIMIT));
    let mut titles = log.titles();
    assert_eq!(titles.pop().as_deref(), Some("last"));
    let expected: Vec<_> = (0..MANY).map(|n| n.to_string()).collect();
    assert_eq!(titles, expected);
    assert_eq!(
        log.causes()[0],
        "instead of ops: gave_up: sink halted: gone"
    );
    assert!(pipeline.close(LIMIT));
    assert_balanced(&pipeline.stats());
}
