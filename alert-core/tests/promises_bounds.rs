//! G4: memory is bounded, and what has no room is shed by severity and counted.

mod doubles;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use alert_core::delivery::{Delivery, Queue};
use alert_core::{
    Alert, Attempt, Delivered, Pipeline, Reason, Severity, Sink, SinkEntry, SinkError, Verdict,
};
use doubles::{Gate, Gated, LIMIT, Record, assert_ended, secs};

fn gated(name: &str, gate: &Gate, record: &Record) -> SinkEntry {
    let (gate, record) = (gate.clone(), record.clone());
    SinkEntry::opener(name, move |_| Ok(Gated(gate.clone(), record.clone())))
}

fn room(alerts: usize, bytes: usize) -> Delivery {
    let mut delivery = Delivery::default();
    delivery.queue = Queue { alerts, bytes };
    delivery.attempt_timeout = secs(600);
    delivery
}

#[test]
fn a_flood_against_a_stuck_sink_stays_bounded_and_no_critical_alert_is_shed() {
    const ROOM: usize = 100;
    let (gate, stuck, healthy) = (Gate::new(), Record::new(), Record::new());
    let _end = gate.opened_at_end();
    let pipeline = Pipeline::builder()
        .entry(gated("stuck", &gate, &stuck).delivery(room(ROOM, 1 << 20)))
        .entry(healthy.sink("healthy"))
        .build();
    for n in 0..200_000 {
        let severity = match n % 4_000 {
            0 => Severity::Critical,
            n if n % 2 == 0 => Severity::Warning,
            _ => Severity::Info,
        };
        pipeline.emit(Alert::builder(severity, "flood"));
        if n % 1_000 == 0 {
            let stats = pipeline.stats();
            assert!(stats.sink("stuck").unwrap().ledger.pending() <= ROOM as u64);
        }
    }
    let receipt = pipeline.emit_tracked(Alert::critical("the last"));
    gate.open();
    assert!(
        receipt
            .wait(LIMIT)
            .get("stuck")
            .is_some_and(|outcome| outcome.is_delivered())
    );
    assert!(pipeline.close(LIMIT));

    let stats = assert_ended(&pipeline);
    assert_eq!(stats.process.shed_intake[Severity::Critical.index()], 0);
    let criticals = |record: &Record| {
        let all = record.all();
        all.iter()
            .filter(|r| r.alert.severity() == Severity::Critical)
            .count()
    };
    assert_eq!((criticals(&stuck), criticals(&healthy)), (51, 51));
    let ledger = &stats.sink("stuck").unwrap().ledger;
    assert_eq!(
        ledger.count(Verdict::Shed),
        ledger.by_reason(Reason::QueueAlerts)
    );
    assert_eq!(
        ledger.offered(),
        ledger.delivered() + ledger.count(Verdict::Shed)
    );
    // Told in-band: every loss by an alert that got through, or still untold.
    let told: u64 = stuck
        .all()
        .iter()
        .map(|received| received.lost.total())
        .sum();
    let untold = stats.sink("stuck").unwrap().untold.total();
    let shed_intake: u64 = stats.process.shed_intake.iter().sum();
    assert_eq!(told + untold, ledger.count(Verdict::Shed) + shed_intake);
}

#[test]
fn a_lane_is_bounded_in_bytes_too() {
    const ROOM: usize = 50_000;
    let (gate, record) = (Gate::new(), Record::new());
    let _end = gate.opened_at_end();
    let pipeline = Pipeline::builder()
        .entry(gated("stuck", &gate, &record).delivery(room(1_000_000, ROOM)))
        .build();
    let text = "x".repeat(10_000);
    let emit = |_| pipeline.emit_tracked(Alert::info("heavy").message(text.clone()));
    let in_flight = emit(0);
    gate.await_arrivals(1);
    let waiting: Vec<_> = (0..20).map(emit).collect();
    // Three fit beside the one in flight, the last three.
    for receipt in &waiting[..17] {
        let outcomes = receipt.wait(LIMIT);
        assert_eq!(outcomes.get("stuck").unwrap().reason(), Reason::QueueBytes);
    }
    assert_eq!(pipeline.stats().sinks[0].ledger.pending(), 4);
    gate.open();
    for receipt in waiting[17..].iter().chain([&in_flight]) {
        assert!(receipt.wait(LIMIT).any_delivered());
    }
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn what_is_heavier_than_the_intake_is_shed_there_and_its_receipt_answered() {
    let record = Record::new();
    let pipeline = Pipeline::builder()
        .intake(16, 1_000)
        .entry(record.sink("record"))
        .build();
    let receipt = pipeline.emit_tracked(Alert::critical("heavy").message("x".repeat(5_000)));
    let outcomes = receipt.wait(LIMIT);
    assert!(outcomes.is_complete());
    assert_eq!(outcomes.get("record").unwrap().reason(), Reason::Intake);
    assert_eq!(pipeline.stats().process.shed_intake, [0, 0, 1]);
    let next = pipeline.emit_tracked(Alert::info("light"));
    assert!(next.wait(LIMIT).any_delivered());
    let received = record.wait_for(1);
    assert_eq!(received[0].lost.shed_intake, 1, "told in-band");
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

/// A sink that lets other threads go first, so that its lane is always full.
struct Slow(Record);

impl Sink for Slow {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        for _ in 0..20 {
            thread::yield_now();
        }
        self.0.push(alert, attempt);
        Ok(Delivered::new())
    }
}

fn emit_within_loses_nothing(delivery: Delivery, intake: usize) {
    let record = Record::new();
    let slow = {
        let record = record.clone();
        SinkEntry::opener("slow", move |_| Ok(Slow(record.clone())))
    };
    let pipeline = Pipeline::builder()
        .intake(intake, 1 << 20)
        .entry(slow.delivery(delivery))
        .build();
    thread::scope(|scope| {
        for thread in 0..4 {
            let pipeline = &pipeline;
            scope.spawn(move || {
                for n in 0..500 {
                    let severity = Severity::ALL[n % 3];
                    let alert = Alert::builder(severity, format!("{thread}:{n}"));
                    assert!(
                        pipeline.emit_within(alert, LIMIT),
                        "there was no room in time"
                    );
                }
            });
        }
    });
    assert!(pipeline.close(LIMIT));
    let stats = assert_ended(&pipeline);
    assert_eq!(stats.process.shed_intake, [0; 3]);
    assert_eq!(
        stats.sinks[0].ledger.delivered(),
        2_000,
        "{:?}",
        stats.sinks[0].ledger
    );
}

#[test]
fn emit_within_loses_nothing_to_a_lane_that_is_full_of_alerts() {
    emit_within_loses_nothing(room(8, 1 << 20), 4_096);
    emit_within_loses_nothing(room(1, 1 << 20), 4_096);
}

#[test]
fn emit_within_loses_nothing_to_a_lane_that_is_full_of_bytes() {
    emit_within_loses_nothing(room(10_000, 4_000), 4_096);
}

#[test]
fn emit_within_loses_nothing_to_a_small_intake() {
    emit_within_loses_nothing(room(10_000, 1 << 20), 2);
}

#[test]
fn emit_within_gives_up_in_time_and_hands_over_all_the_same() {
    let (gate, record) = (Gate::new(), Record::new());
    let _end = gate.opened_at_end();
    let pipeline = Pipeline::builder()
        .entry(gated("stuck", &gate, &record).delivery(room(1, 1 << 20)))
        .build();
    assert!(pipeline.emit_within(Alert::info("held"), LIMIT));
    gate.await_arrivals(1);
    assert!(!pipeline.emit_within(Alert::critical("no room"), doubles::ms(5)));
    assert!(!pipeline.emit_within(Alert::critical("no time"), doubles::ms(0)));
    gate.open();
    assert!(pipeline.close(LIMIT));
    let stats = assert_ended(&pipeline);
    assert_eq!(stats.sinks[0].ledger.offered(), 3);
}

#[test]
fn a_flush_and_a_close_come_through_a_flood() {
    let record = Record::new();
    let pipeline = Pipeline::builder().entry(record.sink("record")).build();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    pipeline.emit(Alert::info("flood"));
                }
            });
        }
        for _ in 0..5 {
            assert!(pipeline.flush(LIMIT));
        }
        assert!(pipeline.close(LIMIT));
        stop.store(true, Ordering::Relaxed);
    });
    assert_ended(&pipeline);
}
