//! The way of alerts through a pipeline to an endpoint that misbehaves.

mod common;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use alert_core::delivery::Delivery;
use alert_core::{Alert, Pipeline, Receipt, SinkEntry, Verdict};
use alert_sink_generic_webhook::{Format, WebhookConfig};
use alert_testkit::http::{HttpServer, Received, Reply};
use alert_testkit::{HandClock, SAFETY, TestPipeline};
use common::{SIGNING, alerts, config};

/// A pipeline with this sink, whose pauses pass as the clock in the test's hand says.
struct Road {
    clock: HandClock,
    pipeline: TestPipeline,
}

impl Road {
    fn to(config: WebhookConfig, change: impl FnOnce(&mut Delivery)) -> Self {
        let clock = HandClock::new();
        let mut delivery = Delivery::default();
        // The hand's clock may pass hours while a request is on its way.
        delivery.attempt_timeout = Duration::from_secs(365 * 24 * 3600);
        delivery.retry.max_age = Duration::from_secs(365 * 24 * 3600);
        delivery.notice_after = Duration::from_secs(365 * 24 * 3600);
        change(&mut delivery);
        let entry = SinkEntry::config("hook", config).delivery(delivery);
        let pipeline = TestPipeline::on(&clock, Pipeline::builder().entry(entry));
        Self { clock, pipeline }
    }

    fn emit(&self, alerts: &[Alert]) -> Vec<Receipt> {
        let emit = |alert: &Alert| self.pipeline.emit_tracked(alert.clone());
        alerts.iter().map(emit).collect()
    }

    /// Waits until the lane knows of a failed attempt.
    #[track_caller]
    fn has_failed(&self, receipt: &Receipt) {
        let by = Instant::now() + SAFETY;
        let lane = || self.pipeline.stats().sink("hook").cloned();
        while lane().is_none_or(|lane| lane.last_error.is_none()) {
            assert!(Instant::now() < by, "no attempt fails");
            receipt.wait(Duration::from_millis(5));
        }
    }

    /// Lets pauses pass until each has an end.
    #[track_caller]
    fn ends(&self, receipts: &[Receipt]) -> Vec<Verdict> {
        let by = Instant::now() + SAFETY;
        for receipt in receipts {
            while !receipt.wait(Duration::from_millis(10)).is_complete() {
                assert!(Instant::now() < by, "an alert came to no end");
                self.clock.advance(Duration::from_secs(1));
            }
        }
        let verdict = |receipt: &Receipt| receipt.peek().get("hook").unwrap().verdict();
        receipts.iter().map(verdict).collect()
    }
}

#[track_caller]
fn assert_all_delivered(verdicts: &[Verdict]) {
    let delivered = verdicts.iter().all(|v| *v == Verdict::Delivered);
    assert!(delivered, "{verdicts:?}");
}

/// The titles of a body that is an array.
fn titles(request: &Received) -> Vec<String> {
    let body: Vec<serde_json::Value> = serde_json::from_slice(request.body()).unwrap();
    let title = |alert: &serde_json::Value| alert["title"].as_str().unwrap().to_owned();
    body.iter().map(title).collect()
}

#[test]
fn alerts_arrive_in_the_order_in_which_they_were_raised() {
    let server = common::taking();
    let road = Road::to(config(&server), |_| {});
    let sent = alerts(&["a", "b", "c", "d", "e", "f"]);
    let receipts = road.emit(&sent);
    assert_all_delivered(&road.ends(&receipts));
    let received = server.received();
    let ids: Vec<String> = received
        .iter()
        .map(|r| r.json()["id"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<String> = sent.iter().map(|alert| alert.id().to_string()).collect();
    assert_eq!(ids, expected);
}

#[test]
fn what_waited_goes_together_and_a_refused_request_is_asked_alert_by_alert() {
    let server = HttpServer::answering(|request| {
        let poison = request.text().contains("poison");
        Reply::status(if poison { 422 } else { 204 })
    });
    let gate = server.pause();
    let road = Road::to(config(&server).format(Format::JsonArray), |_| {});
    let mut receipts = road.emit(&alerts(&["first"]));
    server.wait_for(1);
    receipts.extend(road.emit(&alerts(&["a", "poison", "b"])));
    gate.open();
    let verdicts = road.ends(&receipts);
    use Verdict::{Delivered, Rejected};
    assert_eq!(verdicts, [Delivered, Delivered, Rejected, Delivered]);
    let bodies: Vec<Vec<String>> = server.received().iter().map(titles).collect();
    assert_eq!(bodies[0], ["first"]);
    assert_eq!(bodies[1], ["a", "poison", "b"]);
    assert_eq!(bodies[2..].concat(), ["a", "poison", "b"]);
    assert!(bodies[2..].iter().all(|body| body.len() == 1), "{bodies:?}");
}

#[test]
fn a_refused_attempt_is_made_again_with_the_same_key_and_the_same_bytes() {
    let server = HttpServer::start([Reply::status(503), Reply::status(500), Reply::status(204)]);
    let road = Road::to(config(&server).signing_secret(SIGNING), |_| {});
    let receipts = road.emit(&alerts(&["t"]));
    assert_eq!(road.ends(&receipts), [Verdict::Delivered]);
    let received = server.received();
    assert_eq!(received.len(), 3);
    for again in &received[1..] {
        for name in ["idempotency-key", "webhook-id", "content-type"] {
            assert_eq!(again.header(name), received[0].header(name), "{name}");
        }
        assert_eq!(again.body(), received[0].body());
    }
}

#[test]
fn what_may_have_arrived_is_sent_once_more_as_it_was_and_then_given_up() {
    let server = HttpServer::start([Reply::reset_after_request()]);
    let road = Road::to(config(&server).signing_secret(SIGNING), |delivery| {
        delivery.retry.max_attempts = 10;
    });
    let receipts = road.emit(&alerts(&["t"]));
    assert_eq!(road.ends(&receipts), [Verdict::GaveUp]);
    let received = server.received();
    assert_eq!(received.len(), 2, "{received:#?}");
    assert_eq!(received[0].body(), received[1].body());
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    assert!(received[1].header("webhook-signature").is_some());
}

#[test]
fn an_endpoint_that_comes_back_gets_what_waited() {
    let server = HttpServer::start([Reply::status(503)]);
    let road = Road::to(config(&server).format(Format::JsonArray), |delivery| {
        delivery.retry.max_attempts = 1_000;
    });
    let sent = alerts(&["a", "b", "c", "d"]);
    let receipts = road.emit(&sent);
    server.wait_for(1);
    server.change([Reply::status(204)]);
    assert_all_delivered(&road.ends(&receipts));
    let received = server.received();
    let last = received.iter().flat_map(titles).collect::<HashSet<_>>();
    assert_eq!(last.len(), 4);
}

#[test]
fn alerts_that_are_large_together_go_one_by_one() {
    let server = common::taking();
    let gate = server.pause();
    let road = Road::to(config(&server).format(Format::JsonArray), |_| {});
    let large = |n: usize| {
        let title = format!("large {n}");
        Alert::info(title).message("x".repeat(200 * 1024)).build()
    };
    let mut receipts = road.emit(&alerts(&["first"]));
    server.wait_for(1);
    let sent: Vec<Alert> = (0..8).map(large).collect();
    receipts.extend(road.emit(&sent));
    gate.open();
    assert_all_delivered(&road.ends(&receipts));
    let bodies: Vec<Vec<String>> = server.received().iter().map(titles).collect();
    assert_eq!(bodies.len(), 9, "{bodies:?}");
}

#[test]
fn a_spent_budget_is_waited_for_as_told() {
    let server = HttpServer::start([
        Reply::status(429).header("retry-after", "3600"),
        Reply::status(204),
    ]);
    let road = Road::to(config(&server), |_| {});
    let receipts = road.emit(&alerts(&["t"]));
    road.has_failed(&receipts[0]);
    road.clock.advance(Duration::from_secs(3_500));
    assert!(!receipts[0].wait(Duration::from_millis(200)).is_complete());
    assert_eq!(server.received().len(), 1);
    road.clock.advance(Duration::from_secs(1_000));
    assert_all_delivered(&road.ends(&receipts));
    // The lateness is told, since nothing of the first attempt was taken.
    let late = server.received()[1].json()["late_by"].as_f64();
    assert!(late.unwrap() >= 3_600.0, "{late:?}");
}

#[test]
fn sixteen_requests_are_in_flight_where_the_policy_wants_so() {
    let server = common::taking();
    let gate = server.pause();
    let road = Road::to(config(&server), |delivery| delivery.in_flight = 16);
    let titles: Vec<String> = (0..17).map(|n| format!("t{n}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut receipts = road.emit(&alerts(&titles[..1]));
    server.wait_for(1);
    receipts.extend(road.emit(&alerts(&titles[1..])));
    gate.pass(1);
    server.wait_for(17);
    gate.open();
    assert_all_delivered(&road.ends(&receipts));
    assert_eq!(server.in_flight_at_most(), 16);
}

#[test]
fn a_silent_endpoint_is_left_at_the_deadline() {
    let server = HttpServer::start([Reply::hang_before_headers()]);
    let mut sink = common::open(&config(&server));
    let alert = Alert::info("t").build();
    let attempt = alert_core::Attempt::first(Duration::from_millis(300));
    let begun = Instant::now();
    let error = alert_core::Sink::deliver(&mut sink, &alert, &attempt).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert!(error.is_ambiguous(), "{error:?}");
}

#[test]
fn an_alert_that_a_template_fails_for_spoils_none_beside_it() {
    let server = common::taking();
    let gate = server.pause();
    let mut hook = config(&server).template(
        r#"[{% for a in alerts %}{% if a.title == "odd" %}{{ context.missing.deeper }}{% endif %}{"name": {{ a.title }}}{% if not loop.last %},{% endif %}{% endfor %}]"#,
    );
    hook.batch = 10.try_into().ok();
    let road = Road::to(hook, |_| {});
    let mut receipts = road.emit(&alerts(&["first"]));
    server.wait_for(1);
    receipts.extend(road.emit(&alerts(&["a", "odd", "b"])));
    gate.open();
    assert_all_delivered(&road.ends(&receipts));
    let bodies: Vec<serde_json::Value> = server.received().iter().map(Received::json).collect();
    let named = |name: &str| serde_json::json!([{ "name": name }]);
    assert_eq!(bodies.len(), 4, "{bodies:#?}");
    for name in ["first", "a", "b"] {
        assert!(bodies.contains(&named(name)), "{name}: {bodies:#?}");
    }
    let odd = bodies.iter().find(|body| body["title"] == "odd");
    assert!(
        odd.is_some_and(|body| body["note"].is_string()),
        "{bodies:#?}"
    );
}

#[test]
fn a_service_is_not_asked_again_where_nothing_but_another_config_helps() {
    let asked = |word: &'static str| {
        let server = HttpServer::start([Reply::status(403).body(word)]);
        let road = Road::to(config(&server).preset("slack"), |_| {});
        let receipts = road.emit(&alerts(&["t"]));
        road.has_failed(&receipts[0]);
        for _ in 0..20 {
            road.clock.advance(Duration::from_secs(3_600));
            receipts[0].wait(Duration::from_millis(20));
        }
        server.received().len()
    };
    assert_eq!(asked("action_prohibited"), 1);
    assert!(asked("channel_is_archived") > 1);
}
