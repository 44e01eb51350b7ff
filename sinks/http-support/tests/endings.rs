//! Every way in which an exchange can end.

mod common;

use std::time::{Duration, Instant};

use alert_core::{ErrorClass, SinkError};
use alert_http_support::{Answer, Client, HttpConfig, Method, Proxies, Request};
use alert_testkit::http::{HttpServer, Reply, refused_port, unaccepting};
use common::{PATH, ask, client, endpoint, hides_the_url, in_time, post, soon, words};

/// Whether no attempt counts, which an error tells by its `Debug` alone.
fn not_sent(error: &SinkError) -> bool {
    format!("{error:?}").contains("not_sent: true")
}

#[track_caller]
fn is_ambiguous(error: &SinkError, code: &str) {
    assert_eq!(error.class(), ErrorClass::Transient, "{error:?}");
    assert!(error.is_ambiguous() && !not_sent(error), "{error:?}");
    assert_eq!(error.code_word(), Some(code), "{error:?}");
    hides_the_url(&words(error));
}

#[track_caller]
fn is_not_sent(error: &SinkError, class: ErrorClass, code: &str) {
    assert_eq!(error.class(), class, "{error:?}");
    assert!(!error.is_ambiguous() && not_sent(error), "{error:?}");
    assert_eq!(error.code_word(), Some(code), "{error:?}");
    hides_the_url(&words(error));
}

#[test]
fn the_deadline_holds_whatever_trickles() {
    let replies = [
        Reply::hang_before_reading(),
        Reply::hang_before_headers(),
        Reply::hang_within_headers(),
        Reply::drip(Duration::from_millis(20)),
    ];
    for reply in replies {
        let shown = format!("{reply:?}");
        let start = Instant::now();
        let error = ask(reply, soon()).expect_err(&shown);
        assert!(start.elapsed() < Duration::from_secs(3), "{shown}");
        is_ambiguous(&error, "timeout");
        assert!(words(&error).starts_with("no answer within "), "{error}");
    }
}

#[test]
fn a_request_without_a_body_may_have_arrived_too() {
    let server = HttpServer::start([Reply::hang_before_headers()]);
    let at = endpoint(&server.url(PATH));
    let request = Request::new(Method::Get, &at);
    let error = client(&at).send(request, soon()).unwrap_err();
    is_ambiguous(&error, "timeout");
}

#[test]
fn interim_answers_without_end_are_no_answer() {
    // A connection hands back only after 128 reads of interim answers, which take a tenth of a
    // second, and unoptimised some seconds.
    let error = ask(Reply::endless_informational(), soon()).unwrap_err();
    is_ambiguous(&error, "timeout");
}

#[test]
fn what_breaks_before_an_answer_may_have_been_processed() {
    for reply in [
        Reply::reset_after_request(),
        Reply::reset_after_status_line(),
        Reply::close_without_answer(),
        Reply::status_line_only(),
    ] {
        let shown = format!("{reply:?}");
        let error = ask(reply, in_time()).expect_err(&shown);
        is_ambiguous(&error, "no-answer");
    }
}

#[test]
fn an_answer_that_is_not_http_is_none() {
    for reply in [
        Reply::garbage(),
        Reply::endless_headers(),
        Reply::huge_header(1_000_000),
    ] {
        let shown = format!("{reply:?}").chars().take(80).collect::<String>();
        let error = ask(reply, in_time()).expect_err(&shown);
        is_ambiguous(&error, "bad-answer");
    }
}

#[test]
fn a_connection_that_is_reset_at_once_does_no_harm() {
    let error = ask(Reply::reset_at_once(), in_time()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(error.is_ambiguous() || not_sent(&error), "{error:?}");
    hides_the_url(&words(&error));
}

#[test]
fn once_read_the_status_decides_whatever_becomes_of_the_body() {
    for reply in [
        Reply::reset_within_body(),
        Reply::close_within_body(),
        Reply::hang_within_body(),
        Reply::bad_chunk(),
    ] {
        let shown = format!("{reply:?}");
        for (status, passes) in [(200, true), (503, false)] {
            let answer = ask(reply.clone().with_status(status), soon()).expect(&shown);
            assert_eq!(answer.verdict().is_ok(), passes, "{shown}");
            assert!(!answer.is_whole(), "{shown}");
        }
    }
}

#[test]
fn a_success_that_is_followed_by_a_reset_is_a_success() {
    let answer = ask(Reply::reset_after_answer(), in_time()).unwrap();
    assert!(answer.verdict().is_ok());
}

#[test]
fn a_slow_body_that_nobody_needs_is_not_waited_for() {
    let server = HttpServer::start([Reply::hang_within_body()]);
    let at = endpoint(&server.url(PATH));
    let start = Instant::now();
    let request = post(&at).reads_body(false);
    let answer = client(&at).send(request, in_time()).unwrap();
    assert!(answer.is_success() && !answer.is_whole());
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_body_is_read_to_64_kib_and_then_the_connection_is_closed() {
    let server = HttpServer::start([Reply::endless_body(), Reply::status(204)]);
    let at = endpoint(&server.url(PATH));
    let mut client = client(&at);
    let answer = client.send(post(&at), in_time()).unwrap();
    assert_eq!(answer.body().len(), Answer::MAX_BODY);
    assert!(!answer.is_whole() && answer.is_success());
    assert!(answer.shown().chars().count() <= 256);
    assert_eq!(client.send(post(&at), in_time()).unwrap().status(), 204);
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_body_of_exactly_64_kib_is_whole() {
    let body = |more: usize| Reply::status(200).body(vec![b'x'; Answer::MAX_BODY + more]);
    assert!(ask(body(0), in_time()).unwrap().is_whole());
    assert!(!ask(body(1), in_time()).unwrap().is_whole());
}

#[test]
fn a_bomb_stays_packed() {
    let reply = Reply::gzip_bomb(64 << 20);
    let answer = ask(reply, in_time()).unwrap();
    assert!(answer.body().len() <= Answer::MAX_BODY);
    assert_eq!(answer.body()[..2], [0x1f, 0x8b]);
    assert_eq!(answer.json(), None);
}

#[test]
fn json_that_nests_too_deep_is_no_json() {
    let answer = ask(Reply::deep_json(20_000), in_time()).unwrap();
    assert_eq!(answer.json(), None);
    assert!(answer.verdict().is_ok() && answer.is_whole());
}

#[test]
fn foreign_text_is_shown_as_one_harmless_line() {
    for reply in [Reply::ansi(), Reply::invalid_utf8(), Reply::html()] {
        let answer = ask(reply.with_status(400), in_time()).unwrap();
        let text = words(&answer.verdict().unwrap_err());
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
        assert!(answer.shown().chars().count() <= 256);
    }
}

#[test]
fn a_refused_connection_was_not_sent() {
    let at = endpoint(&(refused_port() + PATH));
    let error = client(&at).send(post(&at), in_time()).unwrap_err();
    is_not_sent(&error, ErrorClass::Transient, "connect");
    assert_eq!(words(&error), "the server refused the connection");
}

#[test]
fn a_name_that_does_not_exist_was_not_sent() {
    // Too long for a name, so that no resolver is asked.
    let at = endpoint(&format!("http://{}.invalid{PATH}", "a".repeat(64)));
    let error = client(&at).send(post(&at), in_time()).unwrap_err();
    is_not_sent(&error, ErrorClass::Transient, "dns");
    assert_eq!(words(&error), "the name of the server cannot be resolved");
}

#[test]
fn a_connection_that_hangs_ends_at_its_own_bound_or_at_the_deadline_and_was_not_sent() {
    let Ok(port) = unaccepting() else { return };
    let at = endpoint(&port.url(PATH));
    let error = client(&at).send(post(&at), soon()).unwrap_err();
    is_not_sent(&error, ErrorClass::Transient, "connect");
    assert!(
        words(&error).starts_with("no connection to the server within "),
        "{error}"
    );

    let config = HttpConfig::new().connect_timeout("100ms".parse().unwrap());
    let mut impatient = Client::new(&config, &at).unwrap().proxies(Proxies::none());
    let start = Instant::now();
    let error = impatient.send(post(&at), in_time()).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    is_not_sent(&error, ErrorClass::Transient, "connect");
    assert_eq!(words(&error), "no connection to the server in time");
}

#[test]
fn a_deadline_at_the_end_of_time_is_as_good_as_any() {
    let server = HttpServer::start([Reply::status(204)]);
    let at = endpoint(&server.url(PATH));
    let start = Instant::now();
    let end = (0..63).rev().fold(start, |end, bit| {
        end.checked_add(Duration::from_secs(1 << bit))
            .unwrap_or(end)
    });
    for request in [post(&at), post(&at).reads_body(false)] {
        assert!(client(&at).send(request, end).unwrap().is_success());
    }
    let late = client(&at).send(post(&at), start).unwrap_err();
    is_not_sent(&late, ErrorClass::Transient, "connect");
}

#[test]
fn a_connection_is_used_again() {
    let server = HttpServer::start([Reply::status(200).body("ok")]);
    let at = endpoint(&server.url(PATH));
    let mut client = client(&at);
    for _ in 0..20 {
        assert!(client.send(post(&at), in_time()).unwrap().is_success());
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_no_failure() {
    let server = HttpServer::start([Reply::status(200).body("ok")]);
    let at = endpoint(&server.url(PATH));
    let mut client = client(&at);
    for number in 1..=20 {
        assert!(client.send(post(&at), in_time()).unwrap().is_success());
        assert_eq!(server.connections(), number);
        server.cut();
    }
    assert_eq!(server.received().len(), 20);
}

#[test]
fn a_request_is_what_was_asked_for() {
    let server = HttpServer::start([Reply::status(200)]);
    let at = endpoint(&server.url(PATH));
    let mut client = client(&at);
    let request = Request::new(Method::Put, &at.with_query("a b", "c&d"))
        .header("X-One", "1")
        .header("x-one", " 2\t")
        .body("text/plain", "body");
    client.send(request, in_time()).unwrap();
    client
        .send(Request::new(Method::Delete, &at), in_time())
        .unwrap();
    client
        .send(post(&at).header("User-Agent", "pager"), in_time())
        .unwrap();
    let received = server.received();
    let first = &received[0];
    assert_eq!(first.method(), "PUT");
    assert_eq!(first.target(), format!("{PATH}&a+b=c%26d"));
    assert_eq!(first.text(), "body");
    assert_eq!(first.header("x-one"), Some("2"));
    assert_eq!(first.header("content-type"), Some("text/plain"));
    assert_eq!(first.header("content-length"), Some("4"));
    assert_eq!(first.header("transfer-encoding"), None);
    assert_eq!(first.header("accept-encoding"), None);
    assert_eq!(first.header("user-agent"), Some("alert/0.1.0"));
    assert_eq!(received[1].method(), "DELETE");
    assert_eq!(received[1].header("transfer-encoding"), None);
    assert_eq!(received[2].header("user-agent"), Some("pager"));
}

#[test]
fn a_header_cannot_be_forged() {
    let server = HttpServer::start([Reply::status(200)]);
    let at = endpoint(&server.url(PATH));
    let mut client = client(&at);
    for (name, value) in [
        ("x-title", "a\r\nx-forged: 1"),
        ("x-title", "a\0"),
        ("x-title", "caf\u{e9}"),
        ("x title", "a"),
        ("host", "elsewhere"),
        ("Content-Length", "3"),
        ("transfer-encoding", "chunked"),
    ] {
        let error = client
            .send(post(&at).header(name, value), in_time())
            .unwrap_err();
        is_not_sent(&error, ErrorClass::Rejected, "request");
    }
    assert!(server.received().is_empty());
}

#[test]
fn a_request_for_another_host_is_not_sent() {
    let server = HttpServer::start([Reply::status(200)]);
    let at = endpoint(&server.url(PATH));
    let other = endpoint("http://127.0.0.1:1/");
    let error = client(&other).send(post(&at), in_time()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unusable);
    assert_eq!(server.connections(), 0);
}
