//! An alert as an event of CloudEvents 1.0.2, in the JSON format.

use std::fmt::Write;

use alert_core::{Alert, Attempt, Severity, Timestamp};
use serde::Serialize;

use crate::payload::{Payload, SCHEMA_ID};

/// What the events of one sink have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The `source` of every event; without one it is made from the alert's.
    pub(crate) source: Option<String>,
    /// What `type` begins with.
    pub(crate) kind: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    time: Timestamp,
    datacontenttype: &'static str,
    dataschema: &'static str,
    severitytext: &'static str,
    severitynumber: u8,
    data: Payload<'a>,
}

impl<'a> CloudEvent<'a> {
    pub(crate) fn of(origin: &Origin, alert: &'a Alert, attempt: &'a Attempt<'a>) -> Self {
        let status = alert.status().as_str();
        let (severitytext, severitynumber) = severity(alert.severity());
        Self {
            specversion: "1.0",
            id: format!("{}-{status}", alert.id()),
            source: match &origin.source {
                Some(source) => source.clone(),
                None => urn(alert.source()),
            },
            r#type: format!("{}.{status}", origin.kind),
            subject: alert.dedup_key().and_then(attribute),
            time: alert.time(),
            datacontenttype: "application/json",
            dataschema: SCHEMA_ID,
            severitytext,
            severitynumber,
            data: Payload::of(alert, attempt, None),
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        // Writing into memory cannot fail, every key is a text, and no number is NaN.
        serde_json::to_writer(out, self).expect("an event is always JSON");
    }
}

/// The words and numbers of OpenTelemetry's log data model, which the severity extension takes.
fn severity(severity: Severity) -> (&'static str, u8) {
    match severity {
        Severity::Critical => ("CRITICAL", 21),
        Severity::Warning => ("WARNING", 13),
        _ => ("INFO", 9),
    }
}

/// `urn:alert:source:` and the name, in which all but letters, digits and `-._~` is percent-encoded.
fn urn(source: &str) -> String {
    let mut urn = String::from("urn:alert:source:");
    for byte in source.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            urn.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(urn, "%{byte:02X}");
        }
    }
    if source.is_empty() {
        urn.push('-');
    }
    urn
}

/// Without the characters that a String of CloudEvents must not hold (section "Type System");
/// `None` if nothing is left, since an empty attribute is not allowed.
fn attribute(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| allowed(*c)).collect();
    (!kept.is_empty()).then_some(kept)
}

fn allowed(c: char) -> bool {
    let noncharacter = ('\u{fdd0}'..='\u{fdef}').contains(&c) || (u32::from(c) & 0xfffe) == 0xfffe;
    !c.is_control() && !noncharacter
}

/// What may be the `source` of an event: a URI reference, checked for its characters alone.
pub(crate) fn is_uri_reference(text: &str) -> bool {
    const MARKS: &[u8] = b"-._~:/?#[]@!$&'()*+,;=%";
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || MARKS.contains(&byte))
}

/// What `type` may begin with: words of letters, digits, `-` and `_`, dots between them.
pub(crate) fn is_kind(text: &str) -> bool {
    text.split('.').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_testkit::strategy::any_alert;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn origin() -> Origin {
        Origin {
            source: None,
            kind: "org.example.alert".to_owned(),
        }
    }

    fn event(origin: &Origin, alert: &Alert) -> Value {
        let attempt = Attempt::first(Duration::from_secs(1));
        let mut out = Vec::new();
        CloudEvent::of(origin, alert, &attempt).write(&mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn an_event_carries_its_alert_as_data() {
        let alert = Alert::critical("disk full")
            .source("billing api")
            .dedup_key("disk:\n/var")
            .context("count", 5)
            .build();
        let mut event = event(&origin(), &alert);
        let data = event.as_object_mut().unwrap().remove("data").unwrap();
        assert_eq!(data["version"], 1);
        assert_eq!(data["context"], json!({ "count": 5 }));
        assert_eq!(
            event,
            json!({
                "specversion": "1.0",
                "id": format!("{}-firing", alert.id()),
                "source": "urn:alert:source:billing%20api",
                "type": "org.example.alert.firing",
                "subject": "disk:/var",
                "time": alert.time().to_string(),
                "datacontenttype": "application/json",
                "dataschema": "urn:alert:schema:1",
                "severitytext": "CRITICAL",
                "severitynumber": 21,
            })
        );
    }

    #[test]
    fn an_end_is_another_type_and_a_source_can_be_given() {
        let alert = Alert::info("t")
            .dedup_key("\u{1}\u{ffff}")
            .resolved()
            .build();
        let origin = Origin {
            source: Some("https://alerts.example/billing".to_owned()),
            kind: "alert".to_owned(),
        };
        let event = event(&origin, &alert);
        assert_eq!(event["type"], "alert.resolved");
        assert_eq!(event["source"], "https://alerts.example/billing");
        assert_eq!(event.get("subject"), None);
    }

    #[test]
    fn what_is_no_uri_and_no_type_is_known() {
        for uri in ["urn:x:y", "/billing", "https://a.example/%20?x#y"] {
            assert!(is_uri_reference(uri), "{uri}");
        }
        for not in ["", "a b", "ä", "a\n", "<a>", "\"a\""] {
            assert!(!is_uri_reference(not), "{not}");
        }
        assert!(is_kind("alert") && is_kind("com.example.my-alert"));
        for not in ["", ".", "a.", ".a", "a b", "a\n", "é"] {
            assert!(!is_kind(not), "{not}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_attribute_of_any_alert_is_allowed_and_not_empty(alert in any_alert()) {
            let event = event(&origin(), &alert);
            for (name, value) in event.as_object().unwrap() {
                prop_assert!(name.len() <= 20 && name.bytes().all(|b| b.is_ascii_lowercase()));
                if let Some(text) = value.as_str() {
                    prop_assert!(!text.is_empty() && text.chars().all(allowed), "{}: {:?}", name, text);
                }
            }
            prop_assert!(is_uri_reference(event["source"].as_str().unwrap()));
        }
    }
}
