//! A flood becomes one message a window, by a clock in the test's hand; a sink
//! may render it itself; receipts and the books know every alert of it.

mod doubles;

use std::sync::{Arc, Mutex};

use alert_core::delivery::{Delivery, DigestPolicy};
use alert_core::{Alert, Attempt, Delivered, Digest, Pipeline, Sink, SinkEntry, SinkError};
use doubles::{HandClock, LIMIT, Record, assert_ended, secs};

fn digest(after: u32) -> Delivery {
    let mut delivery = Delivery::default();
    delivery.digest = Some(DigestPolicy {
        after,
        every: secs(60),
    });
    delivery.attempt_timeout = secs(1_000_000);
    delivery
}

/// Waits until so many alerts have reached the lanes.
fn await_routed(pipeline: &Pipeline, many: u64) {
    let began = std::time::Instant::now();
    while pipeline.stats().process.routed < many {
        assert!(began.elapsed() < LIMIT);
        std::thread::yield_now();
    }
}

#[test]
fn a_flood_is_one_message_at_the_windows_end_and_critical_ones_pass_by() {
    let (clock, record) = (HandClock::new(), Record::new());
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(record.sink("ops").delivery(digest(2)))
        .build();
    for _ in 0..39 {
        pipeline.emit(Alert::warning("disk full").source("billing"));
    }
    let receipt = pipeline.emit_tracked(Alert::info("slow").source("web"));
    pipeline.emit(Alert::critical("on fire"));
    await_routed(&pipeline, 41);
    record.wait_for(3);
    assert_eq!(record.titles(), ["disk full", "disk full", "on fire"]);
    assert!(!receipt.peek().is_complete());
    clock.advance(secs(60));
    let all = record.wait_for(4);
    let last = &all[3].alert;
    assert!(
        last.title().starts_with("38 alerts within "),
        "{}",
        last.title()
    );
    assert!(last.title().ends_with(": disk full (37), slow (1)"));
    assert!(
        last.message()
            .contains("\n37 × warning: disk full (billing)\n")
    );
    assert_eq!(all[3].late_by, secs(0));
    assert!(receipt.wait(LIMIT).any_delivered());
    assert!(pipeline.close(LIMIT));
    let stats = assert_ended(&pipeline);
    assert_eq!(stats.sinks[0].ledger.delivered(), 41);
}

/// Keeps the digests that it is given.
struct Own(Arc<Mutex<Vec<Digest>>>);

impl Sink for Own {
    fn deliver(&mut self, _: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0.lock().unwrap().extend(attempt.digest().cloned());
        Ok(Delivered::new())
    }
}

#[test]
fn a_sink_may_render_a_digest_itself_and_a_flush_does_not_wait_for_the_window() {
    let clock = HandClock::new();
    let digests = Arc::<Mutex<Vec<Digest>>>::default();
    let given = Arc::clone(&digests);
    let pipeline = Pipeline::builder()
        .clock(clock)
        .entry(SinkEntry::opener("own", move |_| Ok(Own(given.clone()))).delivery(digest(1)))
        .build();
    for _ in 0..10 {
        pipeline.emit(Alert::info("x"));
    }
    assert!(pipeline.flush(LIMIT));
    let counts: Vec<u64> = digests.lock().unwrap().iter().map(Digest::count).collect();
    assert_eq!(counts, [9]);
    pipeline.emit(Alert::info("y"));
    pipeline.emit(Alert::info("y"));
    assert!(pipeline.close(LIMIT));
    assert_eq!(digests.lock().unwrap().len(), 2);
    assert_eq!(assert_ended(&pipeline).sinks[0].ledger.delivered(), 12);
}
