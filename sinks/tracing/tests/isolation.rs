//! What a subscriber does stays in its own lane.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use alert_core::{Alert, Emitter, Pipeline, SinkEntry};
use alert_sink_tracing::TracingConfig;
use alert_testkit::{Gate, Recording};
use common::Listener;
use tracing::subscriber::with_default;

const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_subscriber_that_feeds_alerts_back_does_not_grow() {
    let back: Arc<OnceLock<Emitter>> = Arc::default();
    let emitter = back.clone();
    let listener = Listener::to("feedback").then(move |_| {
        if let Some(emitter) = emitter.get() {
            emitter.emit(Alert::critical("fed back").build());
        }
    });
    let pipeline = with_default(listener.clone(), || {
        let config = TracingConfig::new().target("feedback");
        Pipeline::builder().sink("tracing", config).build()
    });
    assert!(back.set(pipeline.emitter()).is_ok());
    let receipts: Vec<_> = (0..10)
        .map(|_| pipeline.emit_tracked(Alert::info("once")))
        .collect();
    for receipt in receipts {
        assert!(receipt.wait(LONG).get("tracing").unwrap().is_delivered());
    }
    assert!(pipeline.close(LONG));
    let stats = pipeline.stats();
    assert_eq!(listener.heard().len(), 10);
    assert_eq!((stats.process.emitted, stats.process.feedback), (20, 10));
}

#[test]
fn a_subscriber_that_blocks_holds_up_its_own_lane_alone() {
    let gate = Gate::new();
    let way = gate.doorway();
    let listener = Listener::to("blocked").then(move |_| {
        way.enter();
    });
    let other = Recording::new();
    let pipeline = with_default(listener.clone(), || {
        Pipeline::builder()
            .entry(SinkEntry::config(
                "tracing",
                TracingConfig::new().target("blocked"),
            ))
            .entry(other.entry("other"))
            .build()
    });
    for n in 0..3 {
        pipeline.emit(Alert::info(n.to_string()));
    }
    gate.wait_for(1);
    other.wait_for(3);
    assert_eq!(other.titles(), ["0", "1", "2"]);
    let start = Instant::now();
    let within = Duration::from_millis(300);
    pipeline.close(within);
    // The promise is 200 ms more; a busy machine may add to that.
    assert!(
        start.elapsed() < within + Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    gate.open();
}

#[test]
fn a_subscriber_that_panicked_is_given_the_alert_again() {
    let once = AtomicBool::new(true);
    let listener = Listener::to("panics").then(move |_| {
        assert!(
            !once.swap(false, Ordering::SeqCst),
            "the subscriber's own fault"
        );
    });
    let pipeline = with_default(listener.clone(), || {
        let config = TracingConfig::new().target("panics");
        Pipeline::builder().sink("tracing", config).build()
    });
    let receipt = pipeline.emit_tracked(Alert::info("again"));
    assert!(receipt.wait(LONG).get("tracing").unwrap().is_delivered());
    assert_eq!(listener.heard().len(), 2);
    assert!(pipeline.close(LONG));
}
