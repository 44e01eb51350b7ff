//! How alerts become a body without a template.

use alert_core::{Alert, Attempt, json_line_into};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::cloudevent::{CloudEvent, Origin};
use crate::payload::Payload;

/// How alerts become a body where no template says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// One JSON object: one alert in a request.
    #[default]
    Json,
    /// A JSON array of such objects.
    JsonArray,
    /// Such objects, each in a line of its own.
    Ndjson,
    /// One event of CloudEvents 1.0.2 in structured mode, with the object as its data.
    #[serde(rename = "cloudevents")]
    CloudEvents,
    /// A JSON array of such events, which an endpoint must have asked for.
    #[serde(rename = "cloudevents-batch")]
    CloudEventsBatch,
}

impl Format {
    /// The word for it in a config.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::JsonArray => "json-array",
            Format::Ndjson => "ndjson",
            Format::CloudEvents => "cloudevents",
            Format::CloudEventsBatch => "cloudevents-batch",
        }
    }

    /// Whether a body may hold several alerts.
    pub(crate) fn holds_several(self) -> bool {
        !matches!(self, Format::Json | Format::CloudEvents)
    }

    pub(crate) fn is_cloudevents(self) -> bool {
        matches!(self, Format::CloudEvents | Format::CloudEventsBatch)
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Format::Json | Format::JsonArray => "application/json",
            Format::Ndjson => "application/x-ndjson",
            Format::CloudEvents => "application/cloudevents+json; charset=utf-8",
            Format::CloudEventsBatch => "application/cloudevents-batch+json; charset=utf-8",
        }
    }

    /// The body of these alerts; of the formats that hold one, of the first. `None` if several
    /// would be more than `most` bytes, which are not all made first.
    pub(crate) fn body(
        self,
        items: &[(&Alert, &Attempt<'_>)],
        origin: &Origin,
        most: usize,
    ) -> Option<Vec<u8>> {
        let items = match self.holds_several() {
            true => items,
            false => &items[..items.len().min(1)],
        };
        let is_array = matches!(self, Format::JsonArray | Format::CloudEventsBatch);
        let mut out = Vec::new();
        if is_array {
            out.push(b'[');
        }
        for (at, (alert, attempt)) in items.iter().enumerate() {
            if is_array && at > 0 {
                out.push(b',');
            }
            match self {
                Format::Json | Format::JsonArray => {
                    Payload::of(alert, attempt, None).write(&mut out);
                }
                Format::CloudEvents | Format::CloudEventsBatch => {
                    CloudEvent::of(origin, alert, attempt).write(&mut out);
                }
                Format::Ndjson => {
                    let mut line = Vec::new();
                    Payload::of(alert, attempt, None).write(&mut line);
                    // What other readers than JSON's take for a line break is escaped too.
                    json_line_into(&String::from_utf8_lossy(&line), &mut out);
                    out.push(b'\n');
                }
            }
            if items.len() > 1 && out.len() > most {
                return None;
            }
        }
        if is_array {
            out.push(b']');
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_testkit::strategy::any_alert;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn origin() -> Origin {
        Origin {
            source: None,
            kind: "alert".to_owned(),
        }
    }

    fn body(format: Format, alerts: &[Alert]) -> Vec<u8> {
        let attempt = Attempt::first(Duration::from_secs(1));
        let items: Vec<_> = alerts.iter().map(|alert| (alert, &attempt)).collect();
        format.body(&items, &origin(), usize::MAX).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_alerts_are_as_many_lines_and_elements(alerts in prop::collection::vec(any_alert(), 1..4)) {
            let text = String::from_utf8(body(Format::Ndjson, &alerts)).unwrap();
            let breaks = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];
            prop_assert!(text.ends_with('\n') && !text.contains(breaks));
            let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let array: Vec<Value> = serde_json::from_slice(&body(Format::JsonArray, &alerts)).unwrap();
            prop_assert_eq!(&lines, &array);
            let ids: Vec<String> = alerts.iter().map(|alert| alert.id().to_string()).collect();
            prop_assert_eq!(lines.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), ids.clone());
            let events: Vec<Value> = serde_json::from_slice(&body(Format::CloudEventsBatch, &alerts)).unwrap();
            prop_assert_eq!(events.iter().map(|event| event["data"]["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
        }
    }

    #[test]
    fn several_end_at_the_limit_and_one_alone_does_not() {
        let attempt = Attempt::first(Duration::from_secs(1));
        let alert = Alert::info("t").build();
        for format in [Format::JsonArray, Format::Ndjson, Format::CloudEventsBatch] {
            let body =
                |count: usize, most| format.body(&vec![(&alert, &attempt); count], &origin(), most);
            let length = body(2, usize::MAX).unwrap().len();
            assert!(body(2, length).is_some() && body(2, length - 2).is_none());
            assert!(body(1, 0).is_some());
        }
    }
}
