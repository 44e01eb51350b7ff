//! A pipeline under test checks its books when the test ends.

use std::panic::{AssertUnwindSafe, catch_unwind};

use alert_core::{Alert, Pipeline};
use alert_testkit::{Gate, Place, Stuck, TestPipeline, strategy};
use alert_testkit::{HandClock, Recording, Scripted};
use proptest::prelude::*;

#[test]
fn an_alert_that_is_pending_fails_the_check() {
    let gate = Gate::new();
    let stuck = Stuck::at(Place::Deliver, &gate);
    let pipeline = TestPipeline::start(Pipeline::builder().entry(stuck.entry("stuck")));
    pipeline.emit(Alert::info("x"));
    gate.wait_for(1);
    // The process ledger is exact only when nothing is moving.
    while pipeline.stats().process.routed == 0 {
        std::thread::yield_now();
    }
    let failed = catch_unwind(AssertUnwindSafe(|| pipeline.check())).unwrap_err();
    let text = failed
        .downcast_ref::<String>()
        .expect("an assertion panics with a text");
    assert!(text.contains("pending at stuck"), "{text}");
    gate.open();
}

#[test]
fn a_pipeline_that_is_left_open_is_closed_and_checked() {
    let seen = Recording::new();
    let pipeline = TestPipeline::start(Pipeline::builder().entry(seen.entry("a")));
    let emitter = pipeline.emitter();
    for n in 0..100 {
        pipeline.emit(Alert::info(format!("{n}")));
    }
    drop(pipeline);
    assert!(emitter.is_closed());
    assert_eq!((seen.len(), seen.dropped()), (100, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is raised and however the sink answers, the books balance and
    /// the neighbour has everything in order.
    #[test]
    fn whatever_one_sink_does_its_neighbour_gets_everything(
        alerts in prop::collection::vec(strategy::alert(), 0..40),
        delivery in strategy::delivery(),
        script in strategy::script(),
    ) {
        let clock = HandClock::new();
        let (double, seen) = (Scripted::new(script), Recording::new());
        let pipeline = TestPipeline::on(
            &clock,
            Pipeline::builder()
                .entry(double.entry("odd").delivery(delivery))
                .entry(seen.entry("plain")),
        );
        for alert in &alerts {
            // Tracked ones go at once, also while the clock stands.
            let _ = pipeline.emit_tracked(alert.clone());
        }
        let ids: Vec<_> = alerts.iter().map(Alert::id).collect();
        let seen_ids = loop {
            let list = seen.list();
            // The pipeline's own notice about the neighbour comes in between.
            let own = list.iter().filter(|seen| seen.alert.source() != "alert.pipeline");
            let own: Vec<_> = own.map(|seen| seen.alert.id()).collect();
            if own.len() >= ids.len() {
                break own;
            }
            seen.wait_for(list.len() + 1);
        };
        prop_assert_eq!(seen_ids, ids);
        drop(pipeline);
        let taken = double.taken().ids();
        let mut once = taken.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), taken.len(), "an alert was taken twice");
    }
}
