//! What a failure means is the sink's word, unless the delivery policy names
//! its code.

mod doubles;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use alert_core::delivery::Delivery;
use alert_core::{
    Alert, Attempt, Batch, Delivered, ErrorClass, Limits, Pipeline, Plan, Reason, Sink, SinkEntry,
    SinkError,
};
use doubles::{LIMIT, assert_ended, ms};

/// Fails so many times, then takes what it is given.
struct Fails {
    left: Arc<AtomicU32>,
    how: fn() -> SinkError,
    /// Settles each member, or speaks for all.
    singly: bool,
}

impl Fails {
    fn once_less(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        let left = &self.left;
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }
}

impl Sink for Fails {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        match self.once_less() {
            true => Err((self.how)()),
            false => Ok(Delivered::new()),
        }
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        if !self.singly {
            return if self.once_less() {
                Err((self.how)())
            } else {
                Ok(())
            };
        }
        for (index, (alert, attempt)) in batch.iter().enumerate() {
            let outcome = self.deliver(alert, attempt);
            batch.settle(index, outcome);
        }
        Ok(())
    }
}

/// A pipeline of one sink that fails so many times, in a lane that reads the
/// code `code` as this class.
fn pipeline(times: u32, class: ErrorClass, how: fn() -> SinkError, singly: bool) -> Pipeline {
    let left = Arc::new(AtomicU32::new(times));
    let plan = Plan::opener("fails", Limits::none(), move |_| {
        let left = left.clone();
        Ok(Fails { left, how, singly })
    });
    let mut delivery = Delivery::default();
    delivery.retry.first = ms(1);
    delivery.retry.cap = ms(1);
    delivery.circuit.wait = ms(1);
    delivery.class.insert("code".to_owned(), class);
    let entry = SinkEntry::new("sink", plan).delivery(delivery);
    Pipeline::builder().entry(entry).build()
}

fn reason(pipeline: &Pipeline) -> Reason {
    let outcomes = pipeline.emit_tracked(Alert::info("t")).wait(LIMIT);
    let reason = outcomes.get("sink").unwrap().reason();
    assert!(pipeline.close(LIMIT));
    assert_ended(pipeline);
    reason
}

#[test]
fn a_refusal_that_is_read_as_transient_is_tried_again() {
    let how = || SinkError::rejected("not found").code("code");
    for singly in [true, false] {
        let pipeline = pipeline(2, ErrorClass::Transient, how, singly);
        assert_eq!(reason(&pipeline), Reason::Delivered);
    }
}

#[test]
fn a_transient_failure_that_is_read_as_a_refusal_is_not_tried_again() {
    let how = || SinkError::transient("busy").retry_after(ms(1)).code("code");
    for singly in [true, false] {
        let pipeline = pipeline(1, ErrorClass::Rejected, how, singly);
        assert_eq!(reason(&pipeline), Reason::Refused);
    }
}

#[test]
fn an_end_that_may_have_been_processed_keeps_that_only_as_a_transient_one() {
    let ambiguous = || SinkError::transient("no answer").ambiguous().code("code");
    let refused = pipeline(1, ErrorClass::Rejected, ambiguous, false);
    assert_eq!(reason(&refused), Reason::Refused);
    let ambiguous = || SinkError::rejected("no answer").ambiguous().code("code");
    let twice = pipeline(2, ErrorClass::Transient, ambiguous, false);
    assert_eq!(reason(&twice), Reason::Ambiguous);
}

#[test]
fn a_halt_that_is_read_as_transient_halts_nothing() {
    let how = || SinkError::unusable("gone").until_changed().code("code");
    for singly in [true, false] {
        let pipeline = pipeline(1, ErrorClass::Transient, how, singly);
        assert_eq!(reason(&pipeline), Reason::Delivered);
    }
}

#[test]
fn what_is_read_as_unusable_opens_the_sink_anew_or_halts_it() {
    let how = || SinkError::rejected("gone").until_changed().code("code");
    let pipeline = pipeline(1, ErrorClass::Unusable, how, false);
    assert_eq!(reason(&pipeline), Reason::Halted);
}

#[test]
fn an_opening_that_would_halt_is_tried_again_where_its_code_is_read_otherwise() {
    let opened = Arc::new(AtomicU32::new(0));
    let plan = Plan::opener("opens", Limits::none(), move |_| {
        if opened.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err(SinkError::unusable("gone").until_changed().code("code"));
        }
        Ok(Fails {
            left: Arc::default(),
            how: || SinkError::rejected(""),
            singly: false,
        })
    });
    let mut delivery = Delivery::default();
    delivery
        .class
        .insert("code".to_owned(), ErrorClass::Transient);
    let entry = SinkEntry::new("sink", plan).delivery(delivery);
    let clock = doubles::HandClock::new();
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(entry)
        .build();
    let receipt = pipeline.emit_tracked(Alert::info("t"));
    let began = std::time::Instant::now();
    while pipeline.stats().sinks[0].state.as_str() == "opening" {
        assert!(began.elapsed() < LIMIT);
        std::thread::yield_now();
    }
    clock.advance(doubles::secs(8));
    assert_eq!(
        receipt.wait(LIMIT).get("sink").unwrap().reason(),
        Reason::Delivered
    );
}

#[test]
fn a_code_that_is_not_named_keeps_the_sinks_word() {
    let how = || SinkError::rejected("never").code("another");
    let pipeline = pipeline(1, ErrorClass::Transient, how, true);
    assert_eq!(reason(&pipeline), Reason::Refused);
}
