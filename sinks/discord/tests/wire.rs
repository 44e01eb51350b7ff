//! What goes over the wire, and what is read from it.

use std::time::{Duration, Instant};

use alert_core::{
    Alert, Attempt, Delivered, ErrorClass, OpenContext, Severity, Sink, SinkConfig, SinkError,
};
use alert_sink_discord::{DiscordConfig, DiscordSink, Id, Target};
use alert_testkit::http::{HttpServer, Reply};
use serde_json::json;

const WITHIN: Duration = Duration::from_secs(20);
const TOKEN: &str = "t0ken-of_the.webhook";

fn sink(server: &HttpServer) -> DiscordSink {
    let config = DiscordConfig::new(server.url(&format!("/api/webhooks/12/{TOKEN}/slack")));
    config.open(&OpenContext::new("ops", WITHIN)).unwrap()
}

fn send(sink: &mut DiscordSink) -> Result<Delivered, SinkError> {
    sink.deliver(&Alert::warning("x").build(), &Attempt::first(WITHIN))
}

#[test]
fn a_message_is_posted_to_the_versioned_path_as_json_by_a_named_client() {
    let server =
        HttpServer::start([Reply::status(200).json(json!({ "id": "1", "channel_id": "2" }))]);
    assert!(send(&mut sink(&server)).is_ok());
    let request = server.received().remove(0);
    assert_eq!(
        (request.method(), request.target()),
        ("POST", &*format!("/api/v10/webhooks/12/{TOKEN}?wait=true"))
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    let agent = request.header("user-agent").unwrap();
    assert!(
        agent.starts_with("DiscordBot (https://") && agent.contains(", "),
        "{agent}"
    );
    assert_eq!(request.json()["allowed_mentions"], json!({ "parse": [] }));
}

#[test]
fn a_preview_is_byte_for_byte_what_is_sent() {
    let server = HttpServer::start([Reply::status(204)]);
    let config = DiscordConfig::new(server.url(&format!("/api/webhooks/12/{TOKEN}")))
        .username("Watch")
        .mention(Severity::Critical, [Target::Role(Id::new(42))]);
    let mut sink = config.open(&OpenContext::new("ops", WITHIN)).unwrap();
    let alert = Alert::critical("*down* é")
        .message("a\nb")
        .context("free", 0)
        .build();
    let attempt = Attempt::first(WITHIN);
    let preview = config.preview(&alert, &attempt).unwrap();
    assert!(sink.deliver(&alert, &attempt).is_ok());
    let sent = server.received().remove(0);
    assert_eq!(preview.body(), String::from_utf8_lossy(sent.body()));
}

#[test]
fn the_headers_of_an_answer_are_obeyed_before_the_next_request() {
    let spent = Reply::status(204)
        .header("X-RateLimit-Remaining", "0")
        .header("X-RateLimit-Reset-After", "30.5");
    let server = HttpServer::start([spent]);
    let mut sink = sink(&server);
    assert!(send(&mut sink).is_ok());
    let error = send(&mut sink).unwrap_err();
    assert_eq!(error.code_word(), Some("discord-pace"));
    let pause = error.pause().unwrap();
    assert!(
        pause > Duration::from_secs(25) && pause <= Duration::from_millis(30_500),
        "{pause:?}"
    );
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_global_limit_is_known_by_its_header_and_holds_the_webhooks_of_its_host_alone() {
    let slow = Reply::status(429)
        .header("X-RateLimit-Global", "true")
        .header("Retry-After", "30");
    let server = HttpServer::start([slow]);
    let error = send(&mut sink(&server)).unwrap_err();
    assert!(error.to_string().contains("everything"), "{error}");
    let config = DiscordConfig::new(server.url("/api/webhooks/13/t"));
    let mut neighbour = config.open(&OpenContext::new("ops", WITHIN)).unwrap();
    let error = send(&mut neighbour).unwrap_err();
    assert_eq!(error.code_word(), Some("discord-pace"));
    assert_eq!(server.received().len(), 1);
    let elsewhere = HttpServer::start([Reply::status(204)]);
    assert!(send(&mut sink(&elsewhere)).is_ok());
}

#[test]
fn a_limit_is_waited_out_as_header_or_body_tells_whichever_is_longer() {
    let body = |seconds: f64| json!({ "message": "slow", "retry_after": seconds, "global": false });
    for (reply, least) in [
        (
            Reply::status(429)
                .json(body(64.57))
                .header("Retry-After", "65"),
            65.0,
        ),
        (
            Reply::status(429)
                .json(body(64.57))
                .header("Retry-After", "1"),
            64.57,
        ),
        (
            Reply::status(429)
                .json(body(64.57))
                .header("X-RateLimit-Reset-After", "1337"),
            64.57,
        ),
        (Reply::status(429).header("Retry-After", "7"), 7.0),
        (Reply::status(429), 60.0),
        (
            Reply::status(429).json(json!({ "retry_after": "soon" })),
            60.0,
        ),
    ] {
        let server = HttpServer::start([reply]);
        let error = send(&mut sink(&server)).unwrap_err();
        assert_eq!(
            (error.class(), error.code_word()),
            (ErrorClass::Transient, Some("http-429"))
        );
        let pause = error.pause().unwrap().as_secs_f64();
        assert!(
            pause >= least && pause <= least * 1.05 + 0.2,
            "{pause} {least}"
        );
    }
}

#[test]
fn a_service_that_repeats_the_url_does_not_bring_it_into_an_error() {
    let echo = format!("no such webhook: /api/v10/webhooks/12/{TOKEN}");
    for reply in [
        Reply::status(404).json(json!({ "code": 10015, "message": echo.clone() })),
        Reply::status(400).json(json!({ "code": 50035, "message": "x", "errors": {
            "embeds": { "0": { "title": { "_errors": [{ "code": "X", "message": echo.clone() }] } } }
        } })),
        Reply::status(400).json(json!({ "code": 50035, "errors": {
            "username": { "_errors": [{ "message": echo.clone() }] }
        } })),
        Reply::status(400).json(json!({ "code": 50035, "errors": {
            "embeds": { "0": { TOKEN: { "_errors": [{ "message": "x" }] } } }
        } })),
        Reply::status(500).body(echo.clone()),
        Reply::redirect(302, format!("https://elsewhere.example/{TOKEN}")),
        Reply::echo().with_status(403),
    ] {
        let server = HttpServer::start([reply]);
        let error = send(&mut sink(&server)).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(TOKEN), "{shown}");
        assert_eq!(server.received().len(), 1);
    }
}

#[test]
fn a_token_as_short_as_a_proxy_may_have_spoils_no_answer() {
    let gone = Reply::status(404).json(json!({ "code": 10015, "message": "Unknown Webhook" }));
    for token in ["e", "1", "code"] {
        let server = HttpServer::start([gone.clone()]);
        let config = DiscordConfig::new(server.url(&format!("/api/webhooks/12/{token}")));
        let mut sink = config.open(&OpenContext::new("ops", WITHIN)).unwrap();
        let error = send(&mut sink).unwrap_err();
        assert_eq!(error.code_word(), Some("discord-10015"), "{error}");
    }
}

#[test]
fn whatever_comes_back_the_deadline_holds() {
    for reply in [
        Reply::hang_before_headers(),
        Reply::hang_within_body(),
        Reply::endless_body(),
        Reply::deep_json(100_000).with_status(400),
        Reply::garbage(),
        Reply::reset_after_request(),
    ] {
        let server = HttpServer::start([reply]);
        let mut sink = sink(&server);
        let begun = Instant::now();
        let attempt = Attempt::first(Duration::from_millis(500));
        let _ = sink.deliver(&Alert::warning("x").build(), &attempt);
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}
