//! What goes over the wire.

mod common;

use std::io::Read;

use alert_core::{Alert, ConfigDuration, Timestamp};
use alert_sink_generic_webhook::{Basic, Format, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{SIGNING, SIGNING_TOO, alerts, config, only, open, request, send, send_all, taking};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

#[test]
fn an_alert_is_posted_as_json_under_its_own_id() {
    let alert = Alert::critical("disk full").context("count", 5).build();
    let request = request(|_| {}, &alert);
    assert_eq!((request.method(), request.target()), ("POST", common::PATH));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let key = format!("\"{}\"", alert.id());
    assert_eq!(request.header("idempotency-key"), Some(&*key));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("webhook-id"), None);
    let body = request.json();
    assert_eq!(body["version"], 1);
    assert_eq!(body["id"], alert.id().to_string());
    assert_eq!(body["context"], json!({ "count": 5 }));
}

#[test]
fn method_headers_and_credentials_are_as_configured() {
    let alert = Alert::info("t").build();
    let bearer = request(
        |config| {
            config.method = Method::Put;
            config.content_type = Some("application/vnd.example+json".into());
            config
                .headers
                .insert("X-Api-Key".into(), alert_core::Secret::new("key-1"));
            config.bearer = Some(alert_core::Secret::new("token-1"));
            config.idempotency_header = "X-Request-Id".into();
        },
        &alert,
    );
    assert_eq!(bearer.method(), "PUT");
    assert_eq!(
        bearer.header("content-type"),
        Some("application/vnd.example+json")
    );
    assert_eq!(bearer.header("x-api-key"), Some("key-1"));
    assert_eq!(bearer.header("authorization"), Some("Bearer token-1"));
    assert_eq!(
        bearer.header("x-request-id"),
        Some(&*alert.id().to_string())
    );
    assert_eq!(bearer.header("idempotency-key"), None);
    let basic = request(
        |config| {
            config.method = Method::Patch;
            config.basic = Some(Basic::new("Aladdin", "open sesame"));
            config.idempotency_header = String::new();
        },
        &alert,
    );
    assert_eq!(basic.method(), "PATCH");
    assert_eq!(
        basic.header("authorization"),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    );
    assert_eq!(basic.header("idempotency-key"), None);
}

#[test]
fn both_secrets_sign_what_is_sent_at_the_time_it_is_sent() {
    let alert = Alert::warning("ünï \u{2028} 😀").build();
    let before = Timestamp::now();
    let request = request(
        |config| {
            config.signing_secrets = [SIGNING, SIGNING_TOO].map(alert_core::Secret::new).into();
        },
        &alert,
    );
    let id = request.header("webhook-id").unwrap();
    assert_eq!(id, alert.id().to_string());
    let sent = request.header("webhook-timestamp").unwrap();
    let seconds: u64 = sent.parse().unwrap();
    let times = before.as_micros() / 1_000_000..=Timestamp::now().as_micros() / 1_000_000;
    assert!(times.contains(&seconds), "{sent}");
    let expected: Vec<String> = [SIGNING, SIGNING_TOO]
        .iter()
        .map(|secret| {
            let key = STANDARD
                .decode(secret.trim_start_matches("whsec_"))
                .unwrap();
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(format!("{id}.{sent}.{}", request.text()).as_bytes());
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        })
        .collect();
    assert_eq!(
        request.header("webhook-signature"),
        Some(&*expected.join(" "))
    );
}

#[test]
fn an_event_of_cloudevents_has_its_own_type() {
    let alert = Alert::info("t")
        .source("billing")
        .dedup_key("k")
        .resolved()
        .build();
    let request = request(
        |config| {
            config.format = Some(Format::CloudEvents);
            config.event_type = Some("org.example.alert".into());
        },
        &alert,
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/cloudevents+json; charset=utf-8")
    );
    let event = request.json();
    assert_eq!(event["type"], "org.example.alert.resolved");
    assert_eq!(event["subject"], "k");
    assert_eq!(event["data"]["source"], "billing");
}

#[test]
fn a_batch_is_one_request_of_many_alerts() {
    for (format, content_type) in [
        (Format::JsonArray, "application/json"),
        (Format::Ndjson, "application/x-ndjson"),
        (
            Format::CloudEventsBatch,
            "application/cloudevents-batch+json; charset=utf-8",
        ),
    ] {
        let server = taking();
        let mut sink = open(&config(&server).format(format));
        let sent = alerts(&["a", "b", "c"]);
        for answer in send_all(&mut sink, &sent, 100) {
            answer.expect("every alert is taken");
        }
        let request = only(&server);
        assert_eq!(request.header("content-type"), Some(content_type));
        let values: Vec<Value> = match format {
            Format::Ndjson => request
                .text()
                .lines()
                .map(|l| serde_json::from_str(l).unwrap())
                .collect(),
            _ => serde_json::from_value(request.json()).unwrap(),
        };
        let titles: Vec<&Value> = values
            .iter()
            .map(|value| value.get("data").unwrap_or(value))
            .map(|value| &value["title"])
            .collect();
        assert_eq!(titles, ["a", "b", "c"], "{format:?}");
    }
}

#[test]
fn a_compressed_body_comes_out_as_it_was() {
    let alert = Alert::info("t").message("x".repeat(10_000)).build();
    let plain = request(|_| {}, &alert);
    let packed = request(|config| config.gzip = true, &alert);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body().len() < 1_000);
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(packed.body())
        .read_to_end(&mut body)
        .unwrap();
    assert_eq!(body, plain.body());
}

#[test]
fn a_template_makes_the_body_and_escapes_what_it_is_given() {
    let title = "\"}, {\"forged\": \"\n😀";
    let alert = Alert::info(title).context("count", 5).build();
    let request = request(
        |config| {
            config.template = Some(r#"{"text": {{ title }}, "key": {{ params.key }}}"#.into());
            config
                .params
                .insert("key".into(), alert_core::Secret::new("a\"b"));
        },
        &alert,
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.json(), json!({ "text": title, "key": "a\"b" }));
}

#[test]
fn a_template_that_fails_at_run_time_gives_way_to_the_built_in_form() {
    let alert = Alert::info("t").build();
    let request = request(
        |config| {
            // No sample has this title, so the check does not see it fail.
            config.template = Some(
                r#"{% if title == "t" %}{{ context.missing.deeper }}{% else %}{}{% endif %}"#
                    .into(),
            );
        },
        &alert,
    );
    let body = request.json();
    assert_eq!((&body["title"], &body["version"]), (&json!("t"), &json!(1)));
    let note = body["note"].as_str().unwrap();
    assert!(
        note.starts_with("the template failed, this is the built-in form: "),
        "{note}"
    );
}

#[test]
fn a_body_is_the_same_whenever_it_is_made() {
    let server = taking();
    let mut config = config(&server).format(Format::Ndjson);
    config.gzip = true;
    config.http.connect_timeout = ConfigDuration::from_secs(2);
    let alert = Alert::info("t").context("a", [1, 2]).build();
    let mut sink = open(&config);
    send(&mut sink, &alert).unwrap();
    send(&mut open(&config), &alert).unwrap();
    let received = server.received();
    assert_eq!(received[0].body(), received[1].body());
    assert_eq!(
        received[0].header("idempotency-key"),
        received[1].header("idempotency-key")
    );
}

#[test]
fn the_built_in_form_is_json_whatever_the_template_would_have_made() {
    let alert = Alert::info("t").build();
    let request = request(
        |config| {
            config.content_type = Some("text/plain".into());
            config.template =
                Some(r#"{% if title == "t" %}{{ context.missing.deeper }}{% endif %}"#.into());
        },
        &alert,
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.json()["title"], "t");
}
