//! G2 and G3: whatever its neighbours do, a healthy sink receives every alert
//! once and in order, and every alert is in some count.

mod doubles;

use std::thread;
use std::time::Instant;

use alert_core::{Alert, Pipeline, Severity};
use doubles::{Behaviour, LIMIT, LOADED, Record, Stage, assert_ended, ms, quiet_panics};
use proptest::prelude::*;

/// Emits from several threads, in order on each.
fn emit(pipeline: &Pipeline, threads: usize, each: usize) {
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for n in 0..each {
                    let severity = Severity::ALL[(thread + n) % 3];
                    pipeline.emit(Alert::builder(severity, format!("{thread}:{n}")));
                }
            });
        }
    });
}

/// Everything once, and in order per emitting thread.
fn assert_all_in_order(record: &Record, threads: usize, each: usize) {
    let titles = record.wait_for(threads * each);
    let titles: Vec<_> = titles
        .iter()
        .map(|received| received.alert.title())
        .collect();
    assert_eq!(titles.len(), threads * each, "each once");
    for thread in 0..threads {
        let prefix = format!("{thread}:");
        let own = titles
            .iter()
            .filter_map(|title| title.strip_prefix(&prefix));
        let expected: Vec<String> = (0..each).map(|n| n.to_string()).collect();
        assert_eq!(own.collect::<Vec<_>>(), expected);
    }
}

fn run(behaviours: &[Behaviour], threads: usize, each: usize) {
    quiet_panics();
    let all = Stage::default();
    let _end = all.gate.opened_at_end();
    let mut builder = Pipeline::builder();
    let mut stages = Vec::new();
    for (index, behaviour) in behaviours.iter().enumerate() {
        let stage = Stage {
            record: Record::new(),
            ..all.clone()
        };
        builder = builder.entry(behaviour.sink(&format!("{index}-{behaviour:?}"), &stage));
        stages.push(stage);
    }
    let healthy = Record::new();
    let pipeline = builder.entry(healthy.sink("healthy")).build();
    let set = all.emitter.set(pipeline.emitter());
    assert!(set.is_ok());

    emit(&pipeline, threads, each);
    assert_all_in_order(&healthy, threads, each);
    for (behaviour, stage) in behaviours.iter().zip(&stages) {
        if behaviour.delivers_all() {
            assert_all_in_order(&stage.record, threads, each);
        }
    }

    let began = Instant::now();
    pipeline.close(ms(300));
    let took = began.elapsed();
    assert!(took < ms(300) + LOADED, "{behaviours:?} took {took:?}");

    // On a machine that was too busy to run it in time, the dispatcher ends the books later.
    while pipeline
        .stats()
        .sinks
        .iter()
        .any(|sink| sink.ledger.pending() > 0)
    {
        assert!(began.elapsed() < LIMIT, "{behaviours:?} do not end");
        thread::yield_now();
    }
    let stats = assert_ended(&pipeline);
    let emitted = (threads * each) as u64;
    assert_eq!(stats.process.routed, emitted);
    let ledger = &stats.sink("healthy").unwrap().ledger;
    assert_eq!((ledger.offered(), ledger.delivered()), (emitted, emitted));
    for (index, behaviour) in behaviours.iter().enumerate() {
        let ledger = &stats.sinks[index].ledger;
        if behaviour.delivers_all() {
            assert_eq!(ledger.delivered(), emitted, "{behaviour:?}");
        }
        if *behaviour == Behaviour::Feeds {
            assert!(stats.process.feedback >= emitted);
        }
    }
    assert_eq!(healthy.all().len() as u64, emitted, "and no feedback");
}

#[test]
fn a_healthy_sink_is_untouched_by_every_behaviour_of_its_neighbours_at_once() {
    run(&Behaviour::ALL, 2, 40);
}

#[test]
fn a_healthy_sink_is_untouched_by_any_single_neighbour() {
    for behaviour in Behaviour::ALL {
        run(&[behaviour], 1, 10);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_healthy_sink_is_untouched_by_any_neighbours(
        behaviours in prop::collection::vec(prop::sample::select(&Behaviour::ALL[..]), 0..6),
        threads in 1..4_usize,
        each in 0..50_usize,
    ) {
        run(&behaviours, threads, each);
    }
}
