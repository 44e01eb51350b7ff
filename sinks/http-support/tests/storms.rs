//! Services that are down, or up and down, for long. Time passes by hand.

mod common;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use alert_core::delivery::Delivery;
use alert_core::{Alert, LaneState, Limits, Pipeline, Reason};
use alert_testkit::http::{HttpServer, Reply};
use alert_testkit::{HandClock, SAFETY, TestPipeline};
use common::pager::{entry, numbers_of};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: u64 = 3_600;

/// Answers so while it is down, and says the number of the request.
fn down(reply: Reply) -> (HttpServer, Arc<AtomicUsize>) {
    let asked = AtomicUsize::new(0);
    let up = Arc::new(AtomicUsize::new(0));
    let is_up = up.clone();
    let server = HttpServer::answering(move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
        match is_up.load(Ordering::SeqCst) {
            0 => reply.clone().body(format!("request {number}.")),
            _ => Reply::status(204),
        }
    });
    (server, up)
}

/// A pipeline whose attempts time never ends: by a clock in the hand they take hours.
fn on(
    clock: &HandClock,
    server: &HttpServer,
    in_flight: usize,
    change: impl FnOnce(&mut Delivery),
) -> TestPipeline {
    let limits = Limits::none().in_flight(in_flight);
    let entry = entry(server, limits, |delivery| {
        *delivery = Delivery::default();
        delivery.attempt_timeout = SECOND * 100_000;
        delivery.retry.max_age = SECOND * 100_000;
        delivery.in_flight = in_flight;
        change(delivery);
    });
    TestPipeline::on(clock, Pipeline::builder().entry(entry))
}

/// Whether what was asked is answered, and the lane knows.
fn is_quiet(pipeline: &TestPipeline, server: &HttpServer) -> bool {
    let stats = pipeline.stats();
    let sink = stats.sink("pager").unwrap();
    let asked = server.received().len();
    let said = format!("request {asked}.");
    asked == 0
        || sink.ledger.pending() == 0
        || sink
            .last_error
            .as_ref()
            .is_some_and(|error| error.contains(&said))
}

/// Lets so much time pass, a second at a time, in which each may be used.
fn pass(clock: &HandClock, seconds: u64, mut quiet: impl FnMut() -> bool) {
    for _ in 0..seconds {
        clock.advance(SECOND);
        let start = Instant::now();
        for turn in 0.. {
            if turn > 20 && quiet() {
                break;
            }
            assert!(start.elapsed() < SAFETY, "it never becomes quiet");
            thread::yield_now();
        }
    }
}

fn recover(clock: &HandClock, pipeline: &TestPipeline) {
    let start = Instant::now();
    while pipeline.stats().sink("pager").unwrap().ledger.delivered() < 100 {
        assert!(start.elapsed() < SAFETY, "it does not recover");
        clock.advance(SECOND);
        thread::yield_now();
    }
}

/// How often the first one was asked for in vain; then all hundred came, in order.
fn asked_before_all_came(server: &HttpServer) -> usize {
    let said: Vec<usize> = server.received().iter().flat_map(numbers_of).collect();
    let (before, all) = said.split_at(said.len() - 100);
    assert_eq!(all, (0..100).collect::<Vec<_>>());
    assert!(before.iter().all(|number| *number == 0), "{before:?}");
    before.len()
}

#[test]
fn an_hour_of_429_costs_one_request_for_each_pause_that_it_asks_for_and_loses_nothing() {
    let clock = HandClock::new();
    let reply = Reply::status(429).header("retry-after", "60");
    for in_flight in [1, 4] {
        let (server, up) = down(reply.clone());
        let pipeline = on(&clock, &server, in_flight, |delivery| {
            delivery.retry.max_attempts = 2
        });
        for number in 0..100 {
            pipeline.emit(Alert::critical(number.to_string()).dedup_key("one"));
        }
        server.wait_for(1);
        pass(&clock, HOUR, || is_quiet(&pipeline, &server));
        up.store(1, Ordering::SeqCst);
        recover(&clock, &pipeline);
        let asked = asked_before_all_came(&server);
        assert!((40..=62).contains(&asked), "{asked}");
        assert!(pipeline.close(SAFETY));
        pipeline.check();
    }
}

#[test]
fn an_hour_of_5xx_costs_a_probe_for_each_wait_of_the_circuit_and_then_the_oldest_go_first() {
    let clock = HandClock::new();
    for reply in [Reply::status(500), Reply::status(503), Reply::status(502)] {
        let (server, up) = down(reply);
        let pipeline = on(&clock, &server, 1, |_| {});
        for number in 0..100 {
            pipeline.emit(Alert::critical(number.to_string()).dedup_key("one"));
        }
        server.wait_for(1);
        pass(&clock, HOUR, || is_quiet(&pipeline, &server));
        let state = pipeline.stats().sink("pager").unwrap().state.clone();
        assert!(matches!(state, LaneState::CircuitOpen(_)), "{state:?}");
        up.store(1, Ordering::SeqCst);
        recover(&clock, &pipeline);
        // Some before the circuit opens, then one each 30 s at most.
        let asked = asked_before_all_came(&server);
        assert!((60..=3 + 121).contains(&asked), "{asked}");
        assert!(pipeline.close(SAFETY));
        pipeline.check();
    }
}

#[test]
fn an_alert_whose_time_ends_before_the_pause_that_was_told_is_given_up_unasked() {
    let clock = HandClock::new();
    let (server, up) = down(Reply::status(429).header("retry-after", "3600"));
    let pipeline = on(&clock, &server, 1, |delivery| {
        delivery.retry.max_age = SECOND * 600;
    });
    let receipt = pipeline.emit_tracked(Alert::critical("0"));
    server.wait_for(1);
    pass(&clock, 599, || is_quiet(&pipeline, &server));
    assert_eq!(pipeline.stats().sink("pager").unwrap().ledger.pending(), 1);
    up.store(1, Ordering::SeqCst);
    pass(&clock, 2, || is_quiet(&pipeline, &server));
    let outcomes = receipt.wait(SAFETY);
    let outcome = outcomes.get("pager").unwrap();
    assert_eq!(outcome.reason(), Reason::Age, "{outcome:?}");
    assert!(outcome.error().unwrap().contains("429"));
    assert_eq!(server.received().len(), 1);
    assert!(pipeline.close(SAFETY));
}

#[test]
fn of_a_service_that_is_up_and_down_nothing_is_taken_twice_and_nothing_lost() {
    let clock = HandClock::new();
    for in_flight in [1, 4] {
        let taken = Arc::new(Mutex::new(HashMap::<usize, u32>::new()));
        let (asked, counts) = (AtomicUsize::new(0), taken.clone());
        let server = HttpServer::answering(move |request| {
            // Three up, seven down.
            match asked.fetch_add(1, Ordering::SeqCst) % 10 {
                0..3 => {
                    for number in numbers_of(request) {
                        *counts.lock().unwrap().entry(number).or_default() += 1;
                    }
                    Reply::status(204)
                }
                3..6 => Reply::status(503),
                6 => Reply::status(429).header("retry-after", "5"),
                _ => Reply::status(500),
            }
        });
        let pipeline = on(&clock, &server, in_flight, |delivery| {
            delivery.retry.max_attempts = 1_000;
        });
        for number in 0..100 {
            pipeline.emit(Alert::critical(number.to_string()));
        }
        recover(&clock, &pipeline);
        let taken = taken.lock().unwrap();
        assert_eq!(taken.len(), 100);
        assert!(taken.values().all(|times| *times == 1), "{taken:?}");
        assert!(pipeline.close(SAFETY));
        pipeline.check();
    }
}
