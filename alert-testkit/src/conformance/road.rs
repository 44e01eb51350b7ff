//! A sink in a pipeline of its own, as its users have it.

use std::time::Duration;

use alert_core::delivery::{Circuit, Delivery, Retry};
use alert_core::{Outcome, Pipeline, PipelineBuilder, Receipt, SinkConfig, SinkEntry};

use crate::SAFETY;

pub(super) const NAME: &str = "conformance";

/// A pipeline that tries each alert this often, and is patient otherwise.
pub(super) fn road(config: impl SinkConfig, max_attempts: u32) -> PipelineBuilder {
    let mut delivery = Delivery::default();
    let for_ever = Duration::from_secs(365 * 24 * 3600);
    // A hand clock may pass hours while the sink is at work.
    delivery.attempt_timeout = for_ever;
    delivery.retry = Retry {
        max_attempts,
        max_age: for_ever,
        ..Retry::default()
    };
    delivery.circuit = Circuit {
        after: u32::MAX,
        ..Circuit::default()
    };
    delivery.notice_after = for_ever;
    Pipeline::builder().entry(SinkEntry::config(NAME, config).delivery(delivery))
}

/// What became of an alert.
#[track_caller]
pub(super) fn end_of(receipt: &Receipt) -> Outcome {
    match receipt.wait(SAFETY).get(NAME) {
        Some(outcome) => outcome.clone(),
        None => panic!("an alert came to no end within {SAFETY:?}"),
    }
}
