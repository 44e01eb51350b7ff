//! Presets over the wire: where requests go, and how answers are read.

mod common;

use std::time::Duration;

use alert_core::{Alert, Attempt, ErrorClass, Findings, Sink, SinkConfig, Text};
use alert_sink_generic_webhook::WebhookConfig;
use alert_testkit::http::{HttpServer, Reply};
use common::{LONG, only, open, whole};

const NAMES: [&str; 4] = ["alertmanager", "ntfy", "pagerduty", "slack"];

fn mistakes(config: &WebhookConfig) -> Vec<String> {
    let mut found = Findings::new();
    config.check(&mut found);
    let (problems, _) = found.into_parts();
    problems
        .iter()
        .map(|problem| format!("{}: {}", problem.keys().join("."), problem.text()))
        .collect()
}

/// A config of this preset for this server, with all that it needs.
fn preset(name: &str, server: &HttpServer) -> WebhookConfig {
    let config = WebhookConfig::new(server.url("/door/a-topic-of-ours")).preset(name);
    match name {
        "pagerduty" => config.param("routing_key", "0123456789abcdef0123456789abcdef"),
        _ => config,
    }
}

#[test]
fn every_preset_is_sound_and_sends_json() {
    for name in NAMES {
        let server = HttpServer::start([Reply::status(500)]);
        let config = preset(name, &server);
        assert_eq!(mistakes(&config), [""; 0], "{name}");
        let alert = Alert::critical("disk \"full\" <!here>").build();
        let error = open(&config)
            .deliver(&alert, &Attempt::first(LONG))
            .unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient, "{name}");
        let request = only(&server);
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert!(
            request.json().is_object() || request.json().is_array(),
            "{name}"
        );
        let body = request.json();
        assert_eq!(body.get("note"), None, "{name} fell back: {body}");
        let shown = config.preview(&alert, &Attempt::first(LONG)).unwrap();
        assert_eq!(shown.body(), request.text(), "{name}");
    }
}

#[test]
fn slack_takes_an_alert_by_its_own_word_alone() {
    let end = |reply: Reply| {
        let server = HttpServer::start([reply]);
        let mut sink = open(&preset("slack", &server));
        sink.deliver(&Alert::info("t").build(), &Attempt::first(LONG))
    };
    assert!(end(Reply::status(200).body("ok")).is_ok());
    let odd = end(Reply::html()).unwrap_err();
    assert_eq!(odd.class(), ErrorClass::Transient);
    assert!(
        whole(&odd).contains("slack answers otherwise"),
        "{}",
        whole(&odd)
    );
    assert!(!odd.is_ambiguous());
    let cut = end(Reply::reset_within_body()).unwrap_err();
    assert!(cut.is_ambiguous(), "{cut:?}");
    let refused = end(Reply::status(400).body("invalid_payload")).unwrap_err();
    assert_eq!(refused.class(), ErrorClass::Rejected);
    let gone = end(Reply::status(403).body("action_prohibited")).unwrap_err();
    assert_eq!(gone.class(), ErrorClass::Unusable);
}

#[test]
fn the_topic_of_ntfy_is_taken_from_the_url_and_not_shown() {
    let server = HttpServer::start([Reply::echo().with_status(400)]);
    let error = open(&preset("ntfy", &server))
        .deliver(&Alert::info("t").build(), &Attempt::first(LONG))
        .unwrap_err();
    let request = only(&server);
    assert_eq!(request.target(), "/door");
    assert_eq!(request.json()["topic"], "a-topic-of-ours");
    assert!(
        !whole(&error).contains("a-topic-of-ours"),
        "{}",
        whole(&error)
    );
}

#[test]
fn what_a_service_needs_is_asked_for_before_anything_is_sent() {
    let url = "https://events.pagerduty.com/v2/enqueue";
    let without = mistakes(&WebhookConfig::new(url).preset("pagerduty"));
    // Told once, and nothing of the preset's own template.
    assert_eq!(
        without,
        [
            "params: the preset needs `routing_key`: the integration key of the service, 32 characters"
        ]
    );
    let unknown = mistakes(
        &WebhookConfig::new(url)
            .preset("slack")
            .param("routing_key", "k"),
    );
    assert!(unknown[0].starts_with("params: "), "{unknown:?}");
    let topic = mistakes(&WebhookConfig::new("https://ntfy.example.org/").preset("ntfy"));
    assert!(topic[0].starts_with("url: "), "{topic:?}");
}

#[test]
fn a_preset_that_is_none_is_answered_with_the_nearest() {
    let config = |name: &str| WebhookConfig::new("https://hooks.example.org/").preset(name);
    assert_eq!(
        mistakes(&config("slcak")),
        ["preset: there is no preset of this name; did you mean `slack`?"]
    );
    assert_eq!(
        mistakes(&config("teams-of-old")),
        [
            "preset: there is no preset of this name; there are alertmanager, ntfy, pagerduty, slack, auto"
        ]
    );
}

#[test]
fn what_a_preset_decides_on_cannot_be_said_beside_it() {
    let server = common::taking();
    let mut config = preset("slack", &server).template("{}");
    config.gzip = true;
    config.content_type = Some("text/plain".into());
    config.batch = 50.try_into().ok();
    let found = mistakes(&config);
    for key in ["template", "gzip", "content_type", "batch"] {
        let start = format!("{key}: ");
        assert!(
            found.iter().any(|text| text.starts_with(&start)),
            "{key}: {found:?}"
        );
    }
}

#[test]
fn what_nothing_uses_is_told_where_no_preset_knows_the_host() {
    let mut config = WebhookConfig::new("https://hooks.example.org/")
        .preset("auto")
        .param("routing_key", "k");
    config.batch = 7.try_into().ok();
    let found = mistakes(&config);
    assert!(
        found
            .iter()
            .any(|text| text.starts_with("params: there is no")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|text| text.starts_with("batch: ")),
        "{found:?}"
    );
    // A word that is misspelt is told alone.
    assert_eq!(mistakes(&config.clone().preset("slcak")).len(), 1);
}

#[test]
fn a_url_says_by_its_host_what_it_wants() {
    let alert = Alert::info("t").build();
    let body = |url: &str| -> serde_json::Value {
        let config = WebhookConfig::new(url).preset("auto");
        assert_eq!(mistakes(&config), [""; 0]);
        let preview = config.preview(&alert, &Attempt::first(LONG)).unwrap();
        serde_json::from_str(preview.body()).unwrap()
    };
    let slack = body("https://hooks.slack.com/services/T000/B000/XXXX");
    assert!(
        slack.get("version").is_none() && slack.get("text").is_some(),
        "{slack}"
    );
    assert_eq!(
        body("https://ntfy.sh/a-topic-of-ours")["topic"],
        "a-topic-of-ours"
    );
    let unknown = body("https://hooks.example.org/services/T000");
    assert_eq!(unknown["version"], 1);
    let config = WebhookConfig::new("https://hooks.example.org/").preset("auto");
    assert_eq!(config.limits().batch, 1);
}

#[test]
fn the_lane_cuts_to_the_limits_of_the_service() {
    let limits = WebhookConfig::new("https://hooks.slack.com/services/T/B/x")
        .preset("slack")
        .limits();
    assert_eq!(limits.title, Some(Text::utf16(500)));
    assert_eq!(limits.message, Some(Text::utf16(2_500)));
    assert_eq!((limits.batch, limits.in_flight), (1, 32));
}

#[test]
fn a_spent_quota_is_waited_for_as_the_service_says_or_else_as_the_preset_does() {
    let pause = |reply: Reply| {
        let quota = r#"{"code":42908,"error":"limit reached: daily message quota reached"}"#;
        let server = HttpServer::start([reply.body(quota)]);
        let mut sink = open(&preset("ntfy", &server));
        let error = sink.deliver(&Alert::info("t").build(), &Attempt::first(LONG));
        error.unwrap_err().pause()
    };
    let told = pause(Reply::status(429).header("retry-after", "7"));
    assert_eq!(told, Some(Duration::from_secs(7)));
    assert_eq!(pause(Reply::status(429)), Some(Duration::from_secs(3_600)));
}
