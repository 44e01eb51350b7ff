//! What is to be redacted reaches no sink, no observer and no error text, and
//! everything else arrives as it was.

mod doubles;

use std::sync::{Arc, Mutex};

use alert_core::delivery::Delivery;
use alert_core::{
    Alert, Attempt, Delivered, JsonValue, Observer, Outcome, Pipeline, Reason, Redaction, Sink,
    SinkEntry, SinkError,
};
use doubles::{LIMIT, Record, assert_ended, quiet_panics};
use proptest::prelude::*;
use serde_json::json;

const MARK: &str = "[redacted]";
const KEYS: [&str; 3] = ["password", "*_token", "STRASSE*"];

/// Words and secrets by turns; a number above the secrets is a word.
fn text() -> impl Strategy<Value = Vec<Result<usize, String>>> {
    let piece = prop_oneof![
        (0_usize..4).prop_map(Ok),
        "[a-z 0-9é\"\\\\\n]{0,9}".prop_map(Err)
    ];
    prop::collection::vec(piece, 0..5)
}

fn joined(pieces: &[Result<usize, String>], secrets: &[String]) -> String {
    let piece = |piece: &Result<usize, String>| match piece {
        Ok(index) => secrets[index % secrets.len()].clone(),
        Err(word) => word.clone(),
    };
    pieces.iter().map(piece).collect()
}

#[derive(Debug, Clone)]
enum Shape {
    Number(i64),
    Text(Vec<Result<usize, String>>),
    List(Vec<Shape>),
    Map(Vec<(String, Shape)>),
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,3}",
        "Pass(W|w)ord",
        "(api|My)_(T|t)oken",
        "strasse[0-9]"
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Shape::Number),
        text().prop_map(Shape::Text)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Shape::List),
            prop::collection::vec((key(), inner), 0..4).prop_map(Shape::Map),
        ]
    })
}

fn json_of(shape: &Shape, secrets: &[String]) -> JsonValue {
    match shape {
        Shape::Number(number) => json!(number),
        Shape::Text(pieces) => joined(pieces, secrets).into(),
        Shape::List(items) => items.iter().map(|item| json_of(item, secrets)).collect(),
        Shape::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| (key.clone(), json_of(value, secrets)));
            JsonValue::Object(entries.collect())
        }
    }
}

/// What should arrive, told in the plainest way: every character of a secret
/// is struck out.
fn expected(value: &JsonValue, secrets: &[String]) -> JsonValue {
    let key_is_redacted = |key: &str| {
        let key = key.to_lowercase();
        key == "password" || key.ends_with("_token") || key.starts_with("strasse")
    };
    match value {
        JsonValue::String(text) => struck(text, secrets).into(),
        JsonValue::Array(items) => items.iter().map(|item| expected(item, secrets)).collect(),
        JsonValue::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let value = match key_is_redacted(key) {
                    true => MARK.into(),
                    false => expected(value, secrets),
                };
                (key.clone(), value)
            });
            JsonValue::Object(entries.collect())
        }
        other => other.clone(),
    }
}

fn struck(text: &str, secrets: &[String]) -> String {
    let mut out = vec![false; text.len()];
    for secret in secrets {
        for at in 0..text.len() {
            if text.as_bytes()[at..].starts_with(secret.as_bytes()) {
                out[at..at + secret.len()].fill(true);
            }
        }
    }
    let mut shown = String::new();
    for (at, c) in text.char_indices() {
        if !out[at] {
            shown.push(c);
        } else if at == 0 || !out[at - 1] {
            shown.push_str(MARK);
        }
    }
    shown
}

/// Keeps every alert that it hears of.
struct Heard(Arc<Mutex<Vec<JsonValue>>>);

impl Observer for Heard {
    fn outcome(&mut self, _: &str, alert: &Alert, _: &Outcome) {
        self.0
            .lock()
            .unwrap()
            .push(serde_json::to_value(alert).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_secret_and_no_value_of_a_redacted_key_arrives_and_all_else_does(
        secrets in prop::collection::vec("[A-ZÄÖ]{8,12}", 1..4),
        title in text(),
        message in text(),
        source in text(),
        dedup_key in prop::option::of(text()),
        context in prop::collection::vec((key(), shape()), 0..5),
    ) {
        let redaction = Redaction::none().with_keys(KEYS);
        redaction.learn(&secrets);
        let mut alert = Alert::warning(joined(&title, &secrets))
            .message(joined(&message, &secrets))
            .source(joined(&source, &secrets));
        if let Some(key) = &dedup_key {
            alert = alert.dedup_key(joined(key, &secrets));
        }
        for (key, shape) in &context {
            alert = alert.context(key.clone(), json_of(shape, &secrets));
        }
        let alert = alert.build();
        let sent = serde_json::to_value(&alert).unwrap();
        let (record, heard) = (Record::new(), Arc::default());
        let pipeline = Pipeline::builder()
            .redact(redaction)
            .observer(Heard(Arc::clone(&heard)))
            .entry(record.sink("one"))
            .entry(record.sink("two"))
            .build();
        pipeline.emit(alert);
        prop_assert!(pipeline.close(LIMIT));
        let received = record.all();
        prop_assert_eq!(received.len(), 2);
        for alert in received.iter().map(|received| &received.alert) {
            let arrived = serde_json::to_value(alert).unwrap();
            prop_assert_eq!(&arrived, &expected(&sent, &secrets));
            let shown = arrived.to_string();
            for secret in &secrets {
                prop_assert!(!shown.contains(secret), "{} in {}", secret, shown);
            }
        }
        for alert in heard.lock().unwrap().iter() {
            prop_assert_eq!(alert, &expected(&sent, &secrets));
        }
    }
}

struct Telltale;

impl Sink for Telltale {
    fn deliver(&mut self, alert: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        match alert.title() {
            "panic" => panic!("expected: with hunter2hunter2"),
            // The cut in the middle would leave a half of it.
            "long" => Err(SinkError::rejected("hunter2hunter2".repeat(999))),
            _ => Err(SinkError::rejected("refused")
                .caused_by(std::io::Error::other("for token hunter2hunter2"))),
        }
    }
}

#[test]
fn a_secret_in_the_text_of_a_failure_is_not_told() {
    quiet_panics();
    let redaction = Redaction::none();
    let mut delivery = Delivery::default();
    delivery.retry.max_attempts = 1;
    let entry = SinkEntry::opener("sink", |_| Ok(Telltale)).delivery(delivery);
    let pipeline = Pipeline::builder()
        .redact(redaction.clone())
        .entry(entry)
        .build();
    // Learnt only now, as one is that was rotated.
    redaction.learn(["hunter2hunter2"]);
    for (title, reason, text) in [
        ("t", Reason::Refused, "refused: for token [redacted]"),
        ("long", Reason::Refused, "[redacted]"),
        (
            "panic",
            Reason::Attempts,
            "panicked: expected: with [redacted]",
        ),
    ] {
        let outcomes = pipeline.emit_tracked(Alert::info(title)).wait(LIMIT);
        let outcome = outcomes.get("sink").unwrap();
        assert_eq!(outcome.reason(), reason);
        assert_eq!(outcome.error(), Some(text));
    }
    pipeline.close(LIMIT);
    let stats = assert_ended(&pipeline);
    let last = stats.sinks[0].last_error.as_deref().unwrap();
    assert_eq!(last, "panicked: expected: with [redacted]");
}

#[test]
fn the_pipelines_own_alert_context_is_redacted_too() {
    let mut context = alert_core::Context::new();
    context.insert("db_password", "x");
    context.insert("host", "db-1");
    let record = Record::new();
    let pipeline = Pipeline::builder()
        .context(context)
        .redact(Redaction::none().with_keys(["*password"]))
        .entry(record.sink("sink"))
        .build();
    pipeline.emit(Alert::info("t"));
    assert!(pipeline.close(LIMIT));
    let context = serde_json::to_value(record.all()[0].alert.context()).unwrap();
    assert_eq!(context, json!({ "db_password": MARK, "host": "db-1" }));
}
