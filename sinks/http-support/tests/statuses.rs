//! What a status means.

mod common;

use std::time::Duration;

use alert_core::ErrorClass::{Rejected, Transient, Unusable};
use alert_http_support::{Answer, Client, Endpoint};
use alert_testkit::http::{HttpServer, Received, Reply};
use common::{ask, client, endpoint, hides_the_url, in_time, post, words};

fn status_of(request: &Received) -> u16 {
    let number = request.target().rsplit('/').next().unwrap();
    number.parse().unwrap()
}

fn each(statuses: impl IntoIterator<Item = u16>, mut check: impl FnMut(u16, Answer)) {
    let server = HttpServer::answering(|request| {
        let location = format!("https://user:pass@elsewhere.example/a?{}", request.target());
        Reply::redirect(status_of(request), location).body("try t0ps3cret-token")
    });
    let base = endpoint(&server.url("/hooks/t0ps3cret-token"));
    let mut client: Client = client(&base);
    let at = |status: u16| -> Endpoint { base.with_path_suffix(&[&status.to_string()]) };
    let mut connections = 1;
    for status in statuses {
        // After it the next one goes over a connection of its own.
        connections += usize::from(status == 421);
        let answer = client.send(post(&at(status)), in_time()).unwrap();
        assert_eq!(answer.status(), status);
        check(status, answer);
    }
    assert_eq!(server.connections(), connections);
}

#[test]
fn every_status_from_300_to_599_has_its_class_its_code_and_a_line_without_secrets() {
    each(300..600, |status, answer| {
        let error = answer.verdict().unwrap_err();
        let class = match status {
            300..=399 => Unusable,
            401..=407 | 410 | 415 | 426 | 428 | 451 | 501 | 505 | 511 => Unusable,
            408 | 421 | 423 | 425 | 429 => Transient,
            400..=499 => Rejected,
            _ => Transient,
        };
        assert_eq!(error.class(), class, "{status}");
        assert_eq!(error.code_word(), Some(&*format!("http-{status}")));
        let text = words(&error);
        assert!(text.starts_with(&format!("answered {status}")), "{text}");
        // An answer of this status has no body.
        assert!(status == 304 || text.ends_with("try [redacted]"), "{text}");
        hides_the_url(&text);
        assert!(!text.contains("pass") && !text.ends_with('.'), "{text}");
    });
}

#[test]
fn a_success_is_delivered_and_what_no_standard_knows_passes_later() {
    each([200, 201, 202, 206, 226, 299], |_, answer| {
        assert!(answer.is_success() && answer.verdict().is_ok());
    });
    each([600, 799, 999], |_, answer| {
        assert_eq!(answer.verdict().unwrap_err().class(), Transient);
    });
}

#[test]
fn a_redirect_is_not_followed_and_only_its_origin_is_shown() {
    for status in [301, 302, 303, 307, 308] {
        let other = HttpServer::start([Reply::status(200)]);
        let location = other.url("/s3cret-place?token=s3cret-token");
        let answer = ask(Reply::redirect(status, location), in_time()).unwrap();
        let text = words(&answer.verdict().unwrap_err());
        let origin = other.url("");
        assert!(
            text.contains(&format!("it points to {}", origin.trim_end_matches('/'))),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
        assert_eq!(other.connections(), 0);
    }
}

#[test]
fn a_redirect_to_nowhere_is_no_more_than_that() {
    for location in ["", "::", "http://[", "javascript:alert(1)", "/relative"] {
        let answer = ask(Reply::redirect(302, location), in_time()).unwrap();
        let text = words(&answer.verdict().unwrap_err());
        assert!(
            text.starts_with("answered 302 found: redirects are not followed"),
            "{text}"
        );
        assert!(!text.contains("alert(1)"), "{text}");
    }
}

#[test]
fn a_switch_of_protocols_makes_the_sink_unusable() {
    let reply = Reply::status(101)
        .header("upgrade", "websocket")
        .header("connection", "upgrade");
    let answer = ask(reply, in_time()).unwrap();
    assert_eq!(answer.verdict().unwrap_err().class(), Unusable);
}

#[test]
fn a_conflict_passes_later_if_the_request_had_a_key() {
    let server = HttpServer::start([Reply::status(409)]);
    let at = endpoint(&server.url("/"));
    let mut client = client(&at);
    let mut class = |request| {
        let answer = client.send(request, in_time()).unwrap();
        answer.verdict().unwrap_err().class()
    };
    assert_eq!(class(post(&at)), Rejected);
    assert_eq!(
        class(post(&at).header("Idempotency-Key", "\"k\"")),
        Transient
    );
}

#[test]
fn a_sink_may_know_better_than_the_table() {
    let answer = ask(Reply::status(404).header("retry-after", "3"), in_time()).unwrap();
    assert_eq!(answer.verdict().unwrap_err().class(), Unusable);
    assert_eq!(answer.fault(Rejected).class(), Rejected);
    let later = answer.fault(Transient);
    assert_eq!(later.pause(), Some(Duration::from_secs(3)));
    assert_eq!(later.code_word(), Some("http-404"));
    assert_eq!(answer.fault(Unusable).pause(), None);
}

#[test]
fn after_an_answer_of_the_wrong_server_the_next_attempt_goes_over_a_fresh_connection() {
    let server = HttpServer::answering(|request| {
        Reply::status(if request.connection() == 0 { 421 } else { 204 })
    });
    let at = endpoint(&server.url("/"));
    let mut client = client(&at);
    let answer = client.send(post(&at), in_time()).unwrap();
    assert_eq!(answer.verdict().unwrap_err().class(), Transient);
    for _ in 0..3 {
        assert!(client.send(post(&at), in_time()).unwrap().is_success());
    }
    assert_eq!(server.connections(), 2);
}
