//! What a template sees of alerts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use alert_core::{Alert, Attempt, Status, Text, fit, terminal};
use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr, Serde};

use crate::Values;
use crate::error::own;

/// The fields of one alert, as the README lists them.
const FIELDS: [&str; 12] = [
    "context",
    "dedup_key",
    "id",
    "links",
    "message",
    "remarks",
    "severity",
    "source",
    "status",
    "summary",
    "time",
    "title",
];

/// The longest summary in characters.
const SUMMARY: usize = 300;

/// Every name that a template knows, in alphabetical order.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<&str> = FIELDS.into_iter().chain(["alerts", "params"]).collect();
    names.sort_unstable();
    names.into_iter()
}

/// The names of a template with what they stand for; `None` if there is no alert.
pub(crate) fn root(items: &[(&Alert, &Attempt<'_>)], values: &Values) -> Option<Value> {
    let alerts: Vec<Fields> = items.iter().map(|(a, t)| Fields::of(a, t)).collect();
    let mut root = alerts.first()?.0.clone();
    let alerts = alerts.into_iter().map(Value::from_object);
    root.insert("alerts", alerts.collect());
    let params: BTreeMap<&str, &str> = values.iter().collect();
    root.insert("params", Value::from(Serde(params)));
    Some(Value::from_object(root))
}

/// The fields of one alert. Asking it for another is an error, and not merely undefined: there a slip of the pen would be
/// silent in an `if`.
#[derive(Debug)]
struct Fields(BTreeMap<&'static str, Value>);

impl Fields {
    fn of(alert: &Alert, attempt: &Attempt<'_>) -> Fields {
        let value = |name: &'static str| match name {
            "context" => Value::from(Serde(alert.context())),
            "dedup_key" => Value::from(alert.dedup_key()),
            "id" => Value::from(alert.id().to_string()),
            "links" => Value::from(Serde(alert.links())),
            "message" => Value::from(alert.message()),
            "remarks" => attempt.remarks().collect(),
            "severity" => Value::from(alert.severity().as_str()),
            "source" => Value::from(alert.source()),
            "status" => Value::from(alert.status().as_str()),
            "summary" => Value::from(summary(alert)),
            "time" => Value::from(alert.time().to_string()),
            "title" => Value::from(alert.title()),
            // Unreachable while a test finds every field of the list defined.
            _ => Value::UNDEFINED,
        };
        Fields(FIELDS.into_iter().map(|name| (name, value(name))).collect())
    }
}

impl Object for Fields {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = key.as_str().and_then(|name| self.0.get(name));
        Some(found.cloned().unwrap_or_else(|| {
            let list = FIELDS.join(", ");
            Value::from(own(format!("an alert has no such field; it has {list}")))
        }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&FIELDS)
    }
}

/// `WARNING: disk is filling: /var is at 93 %`, on one harmless line.
fn summary(alert: &Alert) -> String {
    let word = match alert.status() {
        Status::Firing => alert.severity().as_upper_str(),
        Status::Resolved => "RESOLVED",
    };
    let short = |text| match fit(text, Text::chars(SUMMARY), "…") {
        Cow::Borrowed(text) => terminal(text),
        Cow::Owned(text) => Cow::Owned(terminal(&text).into_owned()),
    };
    let mut line = format!("{word}: {}", short(alert.title()));
    if !alert.message().is_empty() {
        line.push_str(": ");
        line.push_str(&short(alert.message()));
    }
    fit(&line, Text::chars(SUMMARY), "…").into_owned()
}
