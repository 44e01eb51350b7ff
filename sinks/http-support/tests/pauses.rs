//! How long a service asks to be left alone.

mod common;

use std::time::Duration;

use alert_core::{ErrorClass, Timestamp};
use alert_testkit::http::Reply;
use common::{ask, in_time};
use serde_json::json;

const DATE: &str = "Sun, 06 Nov 1994 08:49:00 GMT";
const LATER: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn pause(reply: Reply) -> Option<Duration> {
    let answer = ask(reply, in_time()).unwrap();
    let error = answer.verdict().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    assert_eq!(error.is_rate_limit(), error.pause().is_some());
    assert_eq!(error.pause(), answer.retry_after());
    error.pause()
}

fn told(status: u16, value: &str) -> Option<Duration> {
    pause(Reply::status(status).header("retry-after", value))
}

#[test]
fn a_pause_is_what_was_told_and_never_shorter() {
    for status in [408, 429, 500, 502, 503, 413] {
        assert_eq!(told(status, "2"), Some(Duration::from_secs(2)), "{status}");
    }
    assert_eq!(told(429, "0.25"), Some(Duration::from_millis(250)));
    assert_eq!(told(429, "1e308"), None);
    for nothing in ["0", "-5", "NaN", "soon", "", LATER] {
        assert_eq!(told(503, nothing), None, "{nothing}");
    }
    assert_eq!(told(503, "999999999999999999999999"), Some(DAY));
}

#[test]
fn a_date_counts_from_the_answers_own_time() {
    let reply = Reply::status(503)
        .header("date", DATE)
        .header("retry-after", LATER);
    assert_eq!(pause(reply), Some(Duration::from_secs(37)));
}

#[test]
fn without_a_time_of_its_own_a_date_counts_from_the_clock() {
    let now = Timestamp::now().as_system_time();
    let date = httpdate::fmt_http_date(now + Duration::from_secs(100));
    let reply = Reply::status(503)
        .header("date", "never")
        .header("retry-after", date);
    let pause = pause(reply).unwrap();
    assert!(
        pause > Duration::from_secs(60) && pause <= Duration::from_secs(100),
        "{pause:?}"
    );
}

#[test]
fn repeats_that_differ_are_not_believed() {
    let reply = |second: &str| {
        Reply::status(429)
            .header("retry-after", "2")
            .header("retry-after", second)
    };
    assert_eq!(pause(reply("2")), Some(Duration::from_secs(2)));
    assert_eq!(pause(reply("3")), None);
}

#[test]
fn the_longer_of_header_and_body_counts() {
    let reply = |body: serde_json::Value| Reply::status(429).header("retry-after", "1").json(body);
    assert_eq!(
        pause(reply(json!({ "retry_after": 1.5 }))),
        Some(Duration::from_millis(1_500))
    );
    assert_eq!(
        pause(reply(json!({ "retry_after": 0.5 }))),
        Some(Duration::from_secs(1))
    );
    let within = json!({ "ok": false, "parameters": { "retry_after": 7 } });
    assert_eq!(pause(reply(within)), Some(Duration::from_secs(7)));
}

#[test]
fn only_a_failure_that_passes_asks_for_a_pause() {
    for status in [400, 404, 301] {
        let reply = Reply::status(status).header("retry-after", "5");
        let error = ask(reply, in_time()).unwrap().verdict().unwrap_err();
        assert_eq!(error.pause(), None);
    }
    let error = ask(Reply::status(413), in_time())
        .unwrap()
        .verdict()
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Rejected);
}
