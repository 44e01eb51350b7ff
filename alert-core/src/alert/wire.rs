//! Reading an alert back from what it was serialized to.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Alert, AlertBuilder, AlertId, Context, Link, Severity, Status, Timestamp};

/// Reads a type from its text form; the error does not repeat the text.
pub(super) fn parsed<'de, T: FromStr, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    struct Parsed<T>(&'static str, PhantomData<T>);

    impl<T: FromStr> Visitor<'_> for Parsed<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse()
                .map_err(|_| E::invalid_value(Unexpected::Other("other text"), &self))
        }
    }

    deserializer.deserialize_str(Parsed(expected, PhantomData))
}

#[derive(Deserialize)]
struct Wire {
    id: AlertId,
    time: Timestamp,
    severity: Severity,
    #[serde(default)]
    status: Status,
    title: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    context: Context,
    #[serde(default)]
    source: String,
    dedup_key: Option<String>,
    #[serde(default)]
    links: Vec<Link>,
}

impl<'de> Deserialize<'de> for Alert {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Alert, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let mut builder = AlertBuilder::made(wire.id, wire.time, wire.severity, wire.title.into())
            .status(wire.status)
            .message(wire.message)
            .captured(wire.context);
        if !wire.source.is_empty() {
            builder = builder.source(wire.source);
        }
        if let Some(key) = wire.dedup_key {
            builder = builder.dedup_key(key);
        }
        for link in wire.links {
            builder = builder.linked(link);
        }
        Ok(builder.build())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_read_back_as_it_was_written() {
        let alert = Alert::warning("disk \u{2028} filling")
            .message("at 93 %")
            .context("used", 93)
            .context("mounts", ["/", "/var"])
            .source("billing")
            .dedup_key("disk:/")
            .link("runbook", "https://example.org/disk")
            .resolved()
            .time(Timestamp::from_micros(1_795_499_337_123_000))
            .build();
        let json = serde_json::to_string(&alert).unwrap();
        assert_eq!(serde_json::from_str::<Alert>(&json).unwrap(), alert);
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let id = AlertId::next();
        let json = format!(
            r#"{{"id":"{id}","time":"2026-11-24T05:48:57.123Z","severity":"info","title":"t"}}"#
        );
        let alert: Alert = serde_json::from_str(&json).unwrap();
        assert_eq!((alert.id(), alert.source()), (id, ""));
        assert_eq!(alert.dedup_key(), None);
    }
}
