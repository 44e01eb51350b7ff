//! Workers that are stuck are left behind, replaced a bounded number of times,
//! and end when their sinks let them go; nothing outlives its pipeline.

mod doubles;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use alert_core::{
    Alert, Attempt, Delivered, Pipeline, Reason, Sink, SinkEntry, SinkError, SinkStats,
};
use doubles::{
    Behaviour, Gate, Gated, HandClock, LIMIT, Record, Stage, assert_ended, ms, quiet_panics, secs,
};

/// A sink that is another each time it is opened, each with its own gate.
fn gated(gates: &Arc<Vec<Gate>>, record: &Record) -> SinkEntry {
    let (gates, record, opened) = (gates.clone(), record.clone(), AtomicUsize::new(0));
    SinkEntry::opener("gated", move |_| {
        let gate = &gates[opened.fetch_add(1, Ordering::Relaxed)];
        Ok(Gated(gate.clone(), record.clone()))
    })
}

fn sink_of(pipeline: &Pipeline) -> SinkStats {
    pipeline.stats().sinks[0].clone()
}

fn wait_until(pipeline: &Pipeline, holds: impl Fn(&SinkStats) -> bool) {
    let began = Instant::now();
    while !holds(&sink_of(pipeline)) {
        assert!(began.elapsed() < LIMIT, "{:?}", sink_of(pipeline));
        thread::yield_now();
    }
}

#[test]
fn stuck_workers_are_bounded_and_one_that_comes_back_ends_the_halt() {
    let gates: Arc<Vec<Gate>> = Arc::new((0..5).map(|_| Gate::new()).collect());
    let _ends: Vec<_> = gates.iter().map(Gate::opened_at_end).collect();
    let (clock, record) = (HandClock::new(), Record::new());
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(gated(&gates, &record))
        .build();
    for (n, gate) in gates[..4].iter().enumerate() {
        let receipt = pipeline.emit_tracked(Alert::info(format!("{n}")));
        gate.await_arrivals(1);
        clock.advance(secs(11));
        let outcomes = receipt.wait(LIMIT);
        assert_eq!(outcomes.get("gated").unwrap().reason(), Reason::Deadline);
        // The pause before the next opening.
        clock.advance(secs(8));
    }
    assert_eq!(sink_of(&pipeline).state.as_str(), "halted");
    let refused = pipeline.emit_tracked(Alert::info("refused")).wait(LIMIT);
    assert_eq!(refused.get("gated").unwrap().reason(), Reason::Halted);

    gates[4].open();
    gates[1].open();
    wait_until(&pipeline, |sink| sink.state.as_str() != "halted");
    let receipt = pipeline.emit_tracked(Alert::info("next"));
    assert!(receipt.wait(LIMIT).any_delivered());
    assert_eq!(record.titles(), ["1", "next"]);
    let ledger = sink_of(&pipeline).ledger;
    assert_eq!((ledger.late(), ledger.delivered()), (1, 1));
    assert_eq!(
        record.all()[1].lost.total(),
        5,
        "what was lost is told in-band"
    );
    assert!(!pipeline.close(ms(500)), "three are still stuck");
    assert_ended(&pipeline);
}

#[test]
fn a_sink_that_panicked_is_opened_anew_from_its_plan() {
    quiet_panics();
    let (clock, opened, record) = (
        HandClock::new(),
        Arc::new(AtomicUsize::new(0)),
        Record::new(),
    );
    struct PanicsFirst(usize, Record);
    impl Sink for PanicsFirst {
        fn deliver(&mut self, alert: &Alert, at: &Attempt<'_>) -> Result<Delivered, SinkError> {
            assert!(self.0 > 0, "expected: the first one panics");
            self.1.push(alert, at);
            Ok(Delivered::new())
        }
    }
    let entry = {
        let (opened, record) = (opened.clone(), record.clone());
        SinkEntry::opener("panics", move |_| {
            Ok(PanicsFirst(
                opened.fetch_add(1, Ordering::Relaxed),
                record.clone(),
            ))
        })
    };
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(entry)
        .build();
    let receipt = pipeline.emit_tracked(Alert::info("x"));
    wait_until(&pipeline, |sink| sink.state.as_str() == "unusable");
    clock.advance(secs(1));
    let outcomes = receipt.wait(LIMIT);
    assert_eq!(outcomes.get("panics").unwrap().attempts(), 2);
    assert_eq!(
        (record.all()[0].number, opened.load(Ordering::Relaxed)),
        (2, 2)
    );
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

/// How many threads of this process belong to pipelines' sinks of that name.
fn threads_of(sink: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("this is Linux");
    let names = tasks.filter_map(|task| {
        let path = task.ok()?.path();
        std::fs::read_to_string(path.join("comm")).ok()
    });
    names
        .filter(|name| name.trim_end() == format!("alert-{sink}"))
        .count()
}

#[test]
fn no_worker_outlives_its_pipeline_and_its_sink() {
    quiet_panics();
    if !Path::new("/proc/self/task").exists() {
        return; // Nothing here tells which threads there are.
    }
    for round in 0..20 {
        let stage = Stage::default();
        let builder = Behaviour::ALL
            .iter()
            .fold(Pipeline::builder(), |builder, behaviour| {
                // Linux cuts a thread's name to 15 bytes: all of these share one.
                let name = format!("leaktest  {behaviour:?}");
                builder.entry(behaviour.sink(&name, &stage))
            });
        let pipeline = builder.build();
        for _ in 0..5 {
            pipeline.emit(Alert::warning("x"));
        }
        stage.record.wait_for(5);
        assert!(threads_of("leaktest") > 0);
        pipeline.close(ms(20));
        assert_ended(&pipeline);
        stage.gate.open();
        drop(pipeline);
        let began = Instant::now();
        while threads_of("leaktest") > 0 {
            assert!(
                began.elapsed() < LIMIT,
                "round {round}: {} left",
                threads_of("leaktest")
            );
            thread::yield_now();
        }
    }
}
