//! What a subscriber is given for an alert, and what it can refuse.

mod common;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alert_core::{Alert, Attempt, Severity, Sink, Timestamp};
use alert_sink_tracing::TracingConfig;
use common::{Listener, open, say};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;
use tracing::{Level, Subscriber};

/// What a listener hears of these alerts.
fn heard_by(listener: &Listener, config: &TracingConfig, alerts: &[Alert]) -> Vec<common::Heard> {
    with_default(listener.clone(), || {
        let mut sink = open(config).unwrap();
        alerts.iter().for_each(|alert| say(&mut sink, alert));
    });
    listener.heard()
}

#[test]
fn an_alert_is_one_event_with_its_parts_as_fields() {
    let config = TracingConfig::new()
        .target("one")
        .fields(["count", "share", "on", "who", "absent"]);
    let alert = Alert::warning("disk is filling")
        .message("93 %")
        .context("count", 5)
        .context("share", 0.5)
        .context("on", ["/", "/var"])
        .context("who", "me")
        .context("big", u64::MAX)
        .source("billing")
        .dedup_key("disk:/var")
        .link("runbook", "https://example.org")
        .build();
    let heard = heard_by(&Listener::to("one"), &config, std::slice::from_ref(&alert));
    let [event] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!((event.level, event.target.as_str()), (Level::WARN, "one"));
    let expected = [
        (
            "alert.context",
            r#"{"count":5,"share":0.5,"on":["/","/var"],"who":"me","big":18446744073709551615}"#,
        ),
        ("alert.dedup_key", "disk:/var"),
        ("alert.id", &alert.id().to_string()),
        (
            "alert.links",
            r#"[{"text":"runbook","url":"https://example.org"}]"#,
        ),
        ("alert.message", "93 %"),
        ("alert.source", "billing"),
        ("alert.title", "disk is filling"),
        ("count", "i64 5"),
        ("message", "shown disk is filling"),
        ("on", r#"["/","/var"]"#),
        ("share", "f64 0.5"),
        ("who", "me"),
    ];
    let fields: Vec<_> = event
        .fields
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    assert_eq!(fields, expected);
}

#[test]
fn the_level_is_the_severity() {
    let alerts = Severity::ALL.map(|severity| Alert::builder(severity, "t").build());
    let config = TracingConfig::new().target("levels");
    let heard = heard_by(&Listener::to("levels"), &config, &alerts);
    let levels: Vec<_> = heard.iter().map(|event| event.level).collect();
    assert_eq!(levels, [Level::INFO, Level::WARN, Level::ERROR]);
}

#[test]
fn what_is_resolved_or_late_says_so() {
    let listener = Listener::to("told");
    let alert = Alert::info("t")
        .resolved()
        .time(Timestamp::from_micros(0))
        .build();
    with_default(listener.clone(), || {
        let mut sink = open(&TracingConfig::new().target("told")).unwrap();
        let late = Attempt::first(Duration::from_secs(1)).with_late_by(Duration::from_secs(90));
        assert!(sink.deliver(&alert, &late).is_ok());
    });
    let event = &listener.heard()[0];
    assert_eq!(event.field("message"), "shown resolved: t (late by 1m 30s)");
    assert_eq!(event.field("alert.status"), "resolved");
    assert_eq!(event.field("alert.time"), "1970-01-01T00:00:00.000Z");
}

#[test]
fn a_message_cannot_break_its_line() {
    let config = TracingConfig::new().target("hostile");
    let alert = Alert::info("a\nb\u{1b}[2J\u{2028}")
        .context("k\n", "v\u{202e}")
        .build();
    let heard = heard_by(&Listener::to("hostile"), &config, &[alert]);
    assert_eq!(heard[0].field("message"), r"shown a\nb\u001b[2J\u2028");
    assert_eq!(heard[0].field("alert.context"), r#"{"k\n":"v\u202e"}"#);
}

#[test]
fn a_filtered_alert_counts_as_taken() {
    let alerts = Severity::ALL.map(|severity| Alert::builder(severity, "t").build());
    let config = TracingConfig::new().target("filtered");
    let coarse = Listener::to("filtered").up_to(LevelFilter::WARN);
    assert_eq!(heard_by(&coarse, &config, &alerts).len(), 2);
    let elsewhere = Listener::to("another target");
    assert_eq!(heard_by(&elsewhere, &config, &alerts), []);
}

#[test]
fn without_a_subscriber_an_alert_counts_as_taken() {
    let mut sink = open(&TracingConfig::new().target("nobody")).unwrap();
    say(&mut sink, &Alert::info("t").build());
}

#[test]
fn a_subscriber_that_comes_later_hears_what_comes_after_it() {
    let mut sink = open(&TracingConfig::new().target("later")).unwrap();
    say(&mut sink, &Alert::info("before").build());
    let listener = Listener::to("later");
    with_default(listener.clone(), || {
        say(&mut sink, &Alert::info("after").build())
    });
    say(&mut sink, &Alert::info("too late").build());
    let heard = listener.heard();
    assert_eq!(
        heard
            .iter()
            .map(|event| event.field("alert.title"))
            .collect::<Vec<_>>(),
        ["after"]
    );
}

#[test]
fn two_sinks_of_one_sort_do_not_mix_up_their_fields() {
    let listener = Listener::to("pair");
    let alert = Alert::info("t").context("a", 1).context("b", 2).build();
    with_default(listener.clone(), || {
        for keys in [["a", "b"], ["b", "a"], ["a", "b"]] {
            say(
                &mut open(&TracingConfig::new().target("pair").fields(keys)).unwrap(),
                &alert,
            );
        }
    });
    for event in listener.heard() {
        assert_eq!((event.field("a"), event.field("b")), ("i64 1", "i64 2"));
    }
    assert_eq!(listener.heard().len(), 3);
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn with<S: Subscriber + Send + Sync>(&self, subscriber: S) -> String {
        with_default(subscriber, || {
            let config = TracingConfig::new().target("real").fields(["count"]);
            let mut sink = open(&config).unwrap();
            say(&mut sink, &Alert::info("dropped by the filter").build());
            say(
                &mut sink,
                &Alert::critical("disk full").context("count", 5).build(),
            );
        });
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[test]
fn a_formatting_subscriber_writes_it_like_any_other_event() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(LevelFilter::WARN)
        .with_writer(move || writer.clone())
        .finish();
    let text = written.with(subscriber);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("ERROR real: disk full alert.id="), "{text}");
    assert!(text.contains("count=5"), "{text}");
}

#[test]
fn a_json_subscriber_gets_typed_fields() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(LevelFilter::ERROR)
        .with_writer(move || writer.clone())
        .finish();
    let event: serde_json::Value = serde_json::from_str(&written.with(subscriber)).unwrap();
    assert_eq!(event["target"], "real");
    assert_eq!(event["level"], "ERROR");
    assert_eq!(event["fields"]["message"], "disk full");
    assert_eq!(event["fields"]["count"], 5);
    assert_eq!(event["fields"]["alert.context"], r#"{"count":5}"#);
}
