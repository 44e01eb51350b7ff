//! An alert as one JSON object.

use std::borrow::Cow;

use alert_core::{Alert, Attempt, Firing, Losses, Suppressed, Value};

use crate::id;
use crate::notation::{self, COMPACT};
use crate::stamp::Stamp;

/// Appends the alert as it serializes itself, with further keys for what the lane has to tell,
/// without a line break.
pub(crate) fn write(
    alert: &Alert,
    attempt: &Attempt<'_>,
    trouble: Option<&str>,
    stamp: &mut Stamp,
    out: &mut Vec<u8>,
) {
    // Written key by key: that is twice as fast as asking the alert, and a test holds both together.
    out.extend_from_slice(b"{\"id\":\"");
    id::write(alert.id(), out);
    out.extend_from_slice(b"\",\"time\":\"");
    stamp.write(alert.time(), out);
    out.extend_from_slice(b"\",\"severity\":\"");
    out.extend_from_slice(alert.severity().as_str().as_bytes());
    out.extend_from_slice(b"\",\"status\":\"");
    out.extend_from_slice(alert.status().as_str().as_bytes());
    out.extend_from_slice(b"\",\"title\":");
    notation::string(alert.title(), out);
    out.extend_from_slice(b",\"message\":");
    notation::string(alert.message(), out);
    out.extend_from_slice(b",\"context\":");
    notation::object::<COMPACT>(alert.context().iter(), out);
    out.extend_from_slice(b",\"source\":");
    notation::string(alert.source(), out);
    if let Some(key) = alert.dedup_key() {
        out.extend_from_slice(b",\"dedup_key\":");
        notation::string(key, out);
    }
    let mut before: &[u8] = b",\"links\":[";
    for link in alert.links() {
        out.extend_from_slice(before);
        out.extend_from_slice(b"{\"text\":");
        notation::string(link.text(), out);
        out.extend_from_slice(b",\"url\":");
        notation::string(link.url(), out);
        out.push(b'}');
        before = b",";
    }
    if before == b"," {
        out.push(b']');
    }
    out.push(b'}');
    tell(attempt, trouble, out);
}

/// Adds what the lane and the sink have to tell to the object that was written; nothing is no key.
fn tell(attempt: &Attempt<'_>, trouble: Option<&str>, out: &mut Vec<u8>) {
    let mut told = Vec::new();
    if let Some(late) = attempt.lateness() {
        told.push(("late_by", Value::Float(late.as_millis() as f64 / 1_000.0)));
    }
    if let Some(suppressed) = attempt.stands_for() {
        told.push(("stands_for", stands_for(suppressed)));
    }
    if !attempt.lost().is_empty() {
        told.push(("lost", lost(attempt.lost())));
    }
    if let Some(untold) = attempt.firing() {
        told.push(("firing", firing(untold)));
    }
    let text = |text: &str| Value::Text(Cow::Owned(text.to_owned()));
    if let Some(fallback) = attempt.instead_of() {
        let entries = [
            ("sink", text(fallback.sink())),
            ("why", text(fallback.why())),
        ];
        told.push(("instead_of", map(entries)));
    }
    if let Some(trouble) = trouble {
        told.push(("log_trouble", text(trouble)));
    }
    if told.is_empty() {
        return;
    }
    // Two objects become one: the end of the first and the beginning of the second make a comma.
    let seam = out.len() - 1;
    notation::object::<COMPACT>(told.iter().map(|(key, value)| (*key, value)), out);
    out[seam] = b',';
    out.remove(seam + 1);
}

fn stands_for(suppressed: &Suppressed) -> Value {
    let [info, warning, critical] = suppressed.by_severity.map(Value::from);
    let since = Value::from(suppressed.since.to_string());
    map([
        ("info", info),
        ("warning", warning),
        ("critical", critical),
        ("since", since),
    ])
}

fn lost(lost: &Losses) -> Value {
    map([
        ("shed", lost.shed.into()),
        ("shed_intake", lost.shed_intake.into()),
        ("rejected", lost.rejected.into()),
        ("gave_up", lost.gave_up.into()),
        ("abandoned", lost.abandoned.into()),
        ("suppressed", lost.suppressed.into()),
    ])
}

fn firing(firing: &Firing) -> Value {
    map([
        ("time", text(&firing.at().to_string())),
        ("severity", text(firing.severity().as_str())),
        ("title", text(firing.title())),
        ("why", text(firing.why())),
    ])
}

fn text(text: &str) -> Value {
    Value::Text(Cow::Owned(text.to_owned()))
}

fn map<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::Map(
        entries
            .map(|(key, value)| (Cow::Borrowed(key), value))
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::{Fallback, Firing, Severity, Timestamp};
    use alert_testkit::strategy::any_alert;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn written(alert: &Alert, attempt: &Attempt<'_>) -> String {
        told(alert, attempt, None)
    }

    fn told(alert: &Alert, attempt: &Attempt<'_>, trouble: Option<&str>) -> String {
        let mut out = b"before".to_vec();
        write(alert, attempt, trouble, &mut Stamp::default(), &mut out);
        String::from_utf8(out.split_off(6)).unwrap()
    }

    #[test]
    fn what_the_lane_has_to_tell_are_further_keys() {
        let suppressed = Suppressed::one(Severity::Info, Timestamp::from_micros(0));
        let mut lost = Losses::none();
        lost.shed = 2;
        let at = Timestamp::from_micros(0);
        let firing = Firing::new("disk full", Severity::Warning, at, "shed: queue full");
        let fallback = Fallback::new("ops", "gave up");
        let attempt = Attempt::first(Duration::from_secs(1))
            .with_late_by(Duration::from_millis(185_400))
            .with_stands_for(&suppressed)
            .with_lost(&lost)
            .with_firing(&firing)
            .with_instead_of(&fallback);
        let alert = Alert::info("t").context("late_by", 1).build();
        let value: Value = serde_json::from_str(&written(&alert, &attempt)).unwrap();
        assert_eq!(value["title"], "t");
        assert_eq!(value["late_by"], 185.4);
        assert_eq!(
            value["stands_for"],
            json!({ "info": 1, "warning": 0, "critical": 0, "since": "1970-01-01T00:00:00.000Z" })
        );
        assert_eq!(value["lost"]["shed"], 2);
        assert_eq!(
            value["firing"],
            json!({
                "time": "1970-01-01T00:00:00.000Z",
                "severity": "warning",
                "title": "disk full",
                "why": "shed: queue full",
            })
        );
        assert_eq!(
            value["instead_of"],
            json!({ "sink": "ops", "why": "gave up" })
        );
        assert_eq!(
            serde_json::from_str::<Alert>(&written(&alert, &attempt))
                .unwrap()
                .id(),
            alert.id()
        );
    }

    #[test]
    fn what_the_sink_has_to_tell_is_a_further_key() {
        let alert = Alert::info("t").build();
        let attempt = Attempt::first(Duration::from_secs(1));
        let line = told(&alert, &attempt, Some("log not rotated: no\nroom"));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["log_trouble"], "log not rotated: no\nroom");
        assert_eq!(
            serde_json::from_str::<Alert>(&line).unwrap().id(),
            alert.id()
        );
    }

    #[test]
    fn an_alert_in_time_is_written_as_it_serializes_itself() {
        let alert = Alert::info("t")
            .message("m")
            .context("count", 5)
            .dedup_key("k")
            .build();
        let attempt = Attempt::first(Duration::from_secs(1));
        assert_eq!(
            written(&alert, &attempt),
            serde_json::to_string(&alert).unwrap()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_alert_can_be_read_back(alert in any_alert()) {
            let attempt = Attempt::first(Duration::from_secs(1));
            let line = written(&alert, &attempt);
            let read = |json: &str| serde_json::from_str::<Value>(json).unwrap();
            prop_assert_eq!(read(&line), read(&serde_json::to_string(&alert).unwrap()));
            prop_assert_eq!(serde_json::from_str::<Alert>(&line).unwrap().id(), alert.id());
        }
    }
}
