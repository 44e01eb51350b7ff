//! A sink of a few lines in a pipeline.

mod common;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use alert_core::delivery::Delivery;
use alert_core::{Alert, Limits, Pipeline};
use alert_testkit::http::{HttpServer, Received, Reply};
use alert_testkit::{SAFETY, TestPipeline};
use common::pager::{entry, numbers_of};

fn pipeline(
    server: &HttpServer,
    limits: Limits,
    change: impl FnOnce(&mut Delivery),
) -> TestPipeline {
    TestPipeline::start(Pipeline::builder().entry(entry(server, limits, change)))
}

fn numbers(received: &[Received]) -> Vec<usize> {
    received.iter().flat_map(numbers_of).collect()
}

#[test]
fn a_storm_arrives_whole_and_in_order_per_key_over_few_connections() {
    const STORM: usize = 2_000;
    for (size, in_flight) in [(1, 16), (7, 4), (50, 1)] {
        let server = HttpServer::start([Reply::status(204)]);
        let limits = Limits::none().batch(size).in_flight(in_flight);
        let pipeline = pipeline(&server, limits, |_| {});
        for number in 0..STORM {
            let key = format!("key {}", number % 5);
            pipeline.emit(Alert::info(number.to_string()).dedup_key(key));
        }
        assert!(pipeline.flush(SAFETY));
        let said = numbers(&server.received());
        let mut last = HashMap::new();
        for number in &said {
            let before = last.insert(number % 5, *number);
            assert!(before.is_none_or(|before| before < *number));
        }
        assert_eq!(said.len(), STORM);
        assert!(
            server.connections() <= in_flight,
            "{}",
            server.connections()
        );
        assert!(pipeline.close(SAFETY));
        pipeline.check();
    }
}

#[test]
fn what_breaks_on_the_way_is_repeated_until_it_is_there_and_only_what_is_ambiguous_twice() {
    let bad = [
        Reply::status(503),
        Reply::status(429),
        Reply::status(500),
        Reply::reset_after_request(),
        Reply::status(502),
    ];
    let server = HttpServer::start(bad.into_iter().chain([Reply::status(204)]));
    let limits = Limits::none().in_flight(4);
    let pipeline = pipeline(&server, limits, |delivery| {
        delivery.retry.max_attempts = 50;
    });
    for number in 0..100 {
        pipeline.emit(Alert::info(number.to_string()));
    }
    assert!(pipeline.flush(SAFETY));
    let mut said = numbers(&server.received());
    assert_eq!(said.len(), 105);
    said.sort_unstable();
    said.dedup();
    assert_eq!(said, (0..100).collect::<Vec<_>>());
    assert!(pipeline.close(SAFETY));
    pipeline.check();
}

#[test]
fn one_alert_that_makes_a_service_fail_does_not_take_its_neighbours_down() {
    let server = HttpServer::answering(|request| {
        let poisoned = request.text().split(' ').any(|number| number == "13");
        Reply::status(if poisoned { 500 } else { 204 })
    });
    for in_flight in [1, 3] {
        let limits = Limits::none().batch(5).in_flight(in_flight);
        let pipeline = pipeline(&server, limits, |_| {});
        let receipts: Vec<_> = (0..40)
            .map(|number| pipeline.emit_tracked(Alert::info(number.to_string())))
            .collect();
        assert!(pipeline.flush(SAFETY));
        for (number, receipt) in receipts.iter().enumerate() {
            let passed = receipt.wait(SAFETY).any_delivered();
            assert_eq!(passed, number != 13, "{number}");
        }
        assert!(pipeline.close(SAFETY));
        pipeline.check();
    }
}

#[test]
fn a_close_is_bounded_whatever_the_service_does() {
    for reply in [
        Reply::hang_before_headers(),
        Reply::hang_within_body(),
        Reply::hang_before_reading(),
    ] {
        let server = HttpServer::start([reply]);
        let limits = Limits::none().in_flight(4);
        let pipeline = pipeline(&server, limits, |_| {});
        for number in 0..20 {
            pipeline.emit(Alert::info(number.to_string()));
        }
        server.wait_for_connections(1);
        let start = Instant::now();
        pipeline.close(Duration::from_millis(300));
        // 500 ms are promised; the rest is for a busy machine.
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
        pipeline.check();
    }
}
