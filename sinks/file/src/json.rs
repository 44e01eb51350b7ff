//! An alert as one JSON object.

use alert_core::{Alert, Attempt, Losses, Suppressed};
use serde::Serialize;

use crate::notation::{self, COMPACT};

/// What the lane has to tell beside the alert. Absent keys are nothing to tell.
#[derive(Serialize)]
struct Told<'a> {
    /// Seconds between the alert's acceptance and this attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    late_by: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_for: Option<StandsFor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<Lost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instead_of: Option<InsteadOf<'a>>,
}

#[derive(Serialize)]
struct StandsFor {
    info: u64,
    warning: u64,
    critical: u64,
    since: alert_core::Timestamp,
}

impl StandsFor {
    fn of(suppressed: &Suppressed) -> Self {
        let [info, warning, critical] = suppressed.by_severity;
        Self {
            info,
            warning,
            critical,
            since: suppressed.since,
        }
    }
}

#[derive(Serialize)]
struct Lost {
    shed: u64,
    shed_intake: u64,
    rejected: u64,
    gave_up: u64,
    abandoned: u64,
    suppressed: u64,
}

impl Lost {
    fn of(lost: &Losses) -> Self {
        Self {
            shed: lost.shed,
            shed_intake: lost.shed_intake,
            rejected: lost.rejected,
            gave_up: lost.gave_up,
            abandoned: lost.abandoned,
            suppressed: lost.suppressed,
        }
    }
}

#[derive(Serialize)]
struct InsteadOf<'a> {
    sink: &'a str,
    why: &'a str,
}

/// Appends the alert as it serializes itself, with further keys for what the lane has to tell,
/// without a line break.
pub(crate) fn write(
    alert: &Alert,
    attempt: &Attempt<'_>,
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    notation::write::<COMPACT>(alert, out)?;
    let (late, lost) = (attempt.lateness(), attempt.lost());
    let (stands_for, instead_of) = (attempt.stands_for(), attempt.instead_of());
    if late.is_none() && lost.is_empty() && stands_for.is_none() && instead_of.is_none() {
        return Ok(());
    }
    let told = Told {
        late_by: late.map(|late| late.as_millis() as f64 / 1_000.0),
        stands_for: stands_for.map(StandsFor::of),
        lost: (!lost.is_empty()).then(|| Lost::of(lost)),
        instead_of: instead_of.map(|fallback| InsteadOf {
            sink: fallback.sink(),
            why: fallback.why(),
        }),
    };
    // Two objects become one: the end of the first and the beginning of the second make a comma.
    let seam = out.len() - 1;
    notation::write::<COMPACT>(&told, out)?;
    out[seam] = b',';
    out.remove(seam + 1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::{Fallback, Severity, Timestamp};
    use alert_testkit::strategy::any_alert;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn written(alert: &Alert, attempt: &Attempt<'_>) -> String {
        let mut out = b"before".to_vec();
        write(alert, attempt, &mut out).unwrap();
        String::from_utf8(out.split_off(6)).unwrap()
    }

    #[test]
    fn what_the_lane_has_to_tell_are_further_keys() {
        let suppressed = Suppressed::one(Severity::Info, Timestamp::from_micros(0));
        let mut lost = Losses::none();
        lost.shed = 2;
        let fallback = Fallback::new("ops", "gave up");
        let attempt = Attempt::first(Duration::from_secs(1))
            .with_late_by(Duration::from_millis(185_400))
            .with_stands_for(&suppressed)
            .with_lost(&lost)
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
