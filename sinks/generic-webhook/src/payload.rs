//! The built-in JSON of one alert, as `schema/alert-v1.json` says.

use alert_core::{Alert, Attempt};
use serde::Serialize;

use crate::digest::DigestView;
use crate::told::{Counts, FallbackView, FiringView, LossesView, SuppressedView};

/// The version of the form. A key that is added leaves it as it is; anything else is a new one.
pub(crate) const VERSION: u32 = 1;

/// The JSON Schema (draft 2020-12) of the built-in JSON of one alert, version 1: the text of
/// `schema/alert-v1.json`.
pub const ALERT_SCHEMA: &str = include_str!("../schema/alert-v1.json");

/// What the schema calls itself.
pub(crate) const SCHEMA_ID: &str = "urn:alert:schema:1";

/// An alert as it serializes itself, with the version in front and behind it what the lane has to
/// tell; nothing is no key.
#[derive(Debug, Serialize)]
pub(crate) struct Payload<'a> {
    version: u32,
    #[serde(flatten)]
    alert: &'a Alert,
    #[serde(skip_serializing_if = "Option::is_none")]
    late_by: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_for: Option<SuppressedView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<LossesView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firing: Option<FiringView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instead_of: Option<FallbackView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<DigestView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

impl<'a> Payload<'a> {
    /// Of this alert in this attempt; `note` is what the sink itself has to say.
    pub(crate) fn of(alert: &'a Alert, attempt: &'a Attempt<'a>, note: Option<&'a str>) -> Self {
        let lost = attempt.lost();
        Self {
            version: VERSION,
            alert,
            late_by: attempt
                .lateness()
                .map(|late| late.as_millis() as f64 / 1_000.0),
            stands_for: attempt.stands_for().map(SuppressedView),
            lost: (!lost.is_empty()).then_some(LossesView(lost)),
            firing: attempt.firing().map(FiringView),
            instead_of: attempt.instead_of().map(FallbackView),
            digest: attempt.digest().map(DigestView),
            remarks: attempt.remarks().collect(),
            note,
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        // Writing into memory cannot fail, every key is a text, and no number is NaN.
        serde_json::to_writer(out, self).expect("an alert is always JSON");
    }
}

/// Three counts as the object that they are everywhere in the form.
pub(crate) fn counts(by_severity: [u64; 3]) -> Counts {
    let [info, warning, critical] = by_severity;
    Counts {
        info,
        warning,
        critical,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::{Digest, Fallback, Firing, Losses, Severity, Suppressed, Timestamp, Value};
    use alert_testkit::strategy::any_alert;
    use jsonschema::Validator;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;

    fn schema() -> Json {
        serde_json::from_str(ALERT_SCHEMA).unwrap()
    }

    fn validator() -> Validator {
        jsonschema::validator_for(&schema()).unwrap()
    }

    /// The same schema without a place for keys that it does not know.
    fn closed(schema: &mut Json) {
        match schema {
            Json::Object(object) => {
                let free = object.get("description").and_then(Json::as_str);
                let free = free.is_some_and(|words| {
                    words.starts_with("Keys and values") || words.starts_with("The context")
                });
                if object.contains_key("properties") && !free {
                    object.insert("additionalProperties".into(), false.into());
                }
                object.values_mut().for_each(closed);
            }
            Json::Array(items) => items.iter_mut().for_each(closed),
            _ => {}
        }
    }

    fn written(alert: &Alert, attempt: &Attempt<'_>, note: Option<&str>) -> Vec<u8> {
        let mut out = Vec::new();
        Payload::of(alert, attempt, note).write(&mut out);
        out
    }

    fn json(alert: &Alert, attempt: &Attempt<'_>, note: Option<&str>) -> Json {
        serde_json::from_slice(&written(alert, attempt, note)).unwrap()
    }

    /// Everything that a lane can tell, at once.
    fn telling(test: impl FnOnce(&Attempt<'_>)) {
        let at = Timestamp::from_micros(0);
        let suppressed = Suppressed::one(Severity::Info, at);
        let mut lost = Losses::none();
        lost.shed = 2;
        let firing = Firing::new("disk full", Severity::Warning, at, "shed: queue full");
        let fallback = Fallback::new("ops", "gave up");
        let member = |n: usize| {
            Alert::warning(format!("t{n}"))
                .context("host", "h1")
                .build()
        };
        let mut digest = Digest::new(&member(0));
        (0..150).for_each(|n| digest.add(&member(n)));
        digest.add_suppressed(&suppressed);
        test(
            &Attempt::first(Duration::from_secs(1))
                .with_late_by(Duration::from_millis(185_400))
                .with_stands_for(&suppressed)
                .with_lost(&lost)
                .with_firing(&firing)
                .with_instead_of(&fallback)
                .with_digest(&digest),
        );
    }

    #[test]
    fn the_schema_is_one_and_has_words_for_every_key() {
        let schema = schema();
        assert!(jsonschema::meta::is_valid(&schema));
        assert_eq!(schema["$id"], SCHEMA_ID);
        assert_eq!(schema["properties"]["version"]["const"], VERSION);
        for (key, place) in schema["properties"].as_object().unwrap() {
            let words = place["description"].is_string() || place["$ref"].is_string();
            assert!(words, "{key}");
        }
    }

    #[test]
    fn what_the_lane_has_to_tell_is_in_the_schema_key_by_key() {
        let alert = Alert::critical("t")
            .dedup_key("k")
            .link("runbook", "https://runbook.example/")
            .build();
        let mut strict = schema();
        closed(&mut strict);
        let strict = jsonschema::validator_for(&strict).unwrap();
        telling(|attempt| {
            let value = json(&alert, attempt, Some("as it is"));
            let errors: Vec<String> = strict.iter_errors(&value).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}");
            for key in schema()["properties"].as_object().unwrap().keys() {
                assert!(value.get(key).is_some(), "{key} is in no message");
            }
        });
    }

    #[test]
    fn what_the_lane_has_to_tell_keeps_its_shape() {
        let alert = Alert::info("t").context("late_by", 1).build();
        telling(|attempt| {
            let value = json(&alert, attempt, None);
            assert_eq!(value["late_by"], 185.4);
            let zero = "1970-01-01T00:00:00.000Z";
            assert_eq!(
                value["stands_for"],
                json!({ "count": 1, "info": 1, "warning": 0, "critical": 0, "since": zero })
            );
            assert_eq!(
                (&value["lost"]["count"], &value["lost"]["shed"]),
                (&json!(2), &json!(2))
            );
            assert_eq!(
                value["firing"],
                json!({ "time": zero, "severity": "warning", "title": "disk full", "why": "shed: queue full" })
            );
            assert_eq!(
                value["instead_of"],
                json!({ "sink": "ops", "why": "gave up" })
            );
            assert_eq!(value["remarks"].as_array().unwrap().len(), 5);
            assert_eq!(value["remarks"][0], "late by 3m 5s");
        });
    }

    #[test]
    fn a_digest_of_many_groups_lists_the_largest_and_counts_the_others() {
        let alert = Alert::info("t").build();
        telling(|attempt| {
            let digest = &json(&alert, attempt, None)["digest"];
            assert_eq!(digest["count"], 151);
            let groups = digest["groups"].as_array().unwrap();
            assert_eq!((groups.len(), &groups[0]["count"]), (100, &json!(2)));
            assert_eq!(
                digest["others"],
                json!({ "info": 0, "warning": 50, "critical": 0 })
            );
            assert_eq!(digest["common"], json!({ "host": "h1" }));
            assert_eq!(digest["suppressed"]["count"], 1);
        });
    }

    #[test]
    fn nothing_to_tell_is_no_key() {
        let alert = Alert::info("t").build();
        let value = json(&alert, &Attempt::first(Duration::from_secs(1)), None);
        let keys: Vec<&str> = value
            .as_object()
            .unwrap()
            .keys()
            .map(|key| &**key)
            .collect();
        let mut always: Vec<Json> = schema()["required"].as_array().unwrap().clone();
        always.sort_by_key(Json::to_string);
        assert_eq!(json!(keys), Json::Array(always));
    }

    /// What JSON makes of a value.
    fn read(value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(truth) => (*truth).into(),
            Value::Int(number) => (*number).into(),
            Value::UInt(number) => (*number).into(),
            // `serde_json` may miss a float by its last bit when it reads.
            Value::Float(number) => serde_json::from_str(&json!(number).to_string()).unwrap(),
            Value::Text(text) => text.as_ref().into(),
            Value::List(items) => items.iter().map(read).collect(),
            Value::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (key.to_string(), read(value)));
                Json::Object(entries.collect())
            }
            _ => unreachable!("a value of a new shape"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn any_alert_is_as_the_schema_says_and_keeps_its_context(alert in any_alert()) {
            let attempt = Attempt::first(Duration::from_secs(1));
            let bytes = written(&alert, &attempt, None);
            let value: Json = serde_json::from_slice(&bytes).unwrap();
            let errors: Vec<String> = validator().iter_errors(&value).map(|e| e.to_string()).collect();
            prop_assert!(errors.is_empty(), "{:#?}", errors);
            for (key, kept) in alert.context().iter() {
                prop_assert_eq!(&value["context"][key], &read(kept));
            }
            prop_assert_eq!(value["context"].as_object().unwrap().len(), alert.context().len());
            let back: Alert = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(back.id(), alert.id());
            prop_assert_eq!(back.title(), alert.title());
        }
    }
}
