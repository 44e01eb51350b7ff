//! What stands between an alert and one sink.

use alert::delivery::{Condition, Delivery, DigestPolicy, Same, Throttle};
use alert::{Alert, ConfigDuration, Limits, Severity};
use serde::Serialize;

/// A gate of a sink, and what it does to the alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Gate {
    /// Its key in the config: `when`, `dedup`, `throttle` or `digest`.
    pub(super) gate: &'static str,
    /// `None`: the alert does not come that far.
    pub(super) passes: Option<bool>,
    /// Of `when`: each condition.
    #[serde(serialize_with = "conditions")]
    pub(super) conditions: Vec<Condition>,
    /// Of the others: as the config has it.
    pub(super) settings: Option<Settings>,
}

/// How a gate is set; durations as a config writes them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Settings {
    Dedup {
        within: String,
        /// The alert's; null: severity, source and title together.
        key: Option<String>,
    },
    Throttle {
        at_most: u32,
        every: String,
        same: &'static str,
    },
    Digest {
        after: u32,
        every: String,
    },
}

/// A part of the alert that is longer than the sink takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Cut {
    pub(super) part: &'static str,
    pub(super) has: usize,
    pub(super) at_most: usize,
    pub(super) unit: &'static str,
}

/// The gates in the order in which they are asked. Those that remember earlier alerts are told as
/// they begin: then each lets the first alert through.
pub(super) fn gates(conditions: Vec<Condition>, delivery: &Delivery, alert: &Alert) -> Vec<Gate> {
    let passes = conditions.iter().all(|condition| condition.passes);
    let filter = Gate {
        gate: "when",
        passes: Some(passes),
        conditions,
        settings: None,
    };
    let dedup = delivery.dedup.map(|dedup| Settings::Dedup {
        within: shown(dedup.within),
        key: alert.dedup_key().map(str::to_owned),
    });
    let throttle = delivery
        .throttle
        .filter(|throttle| !throttle.every.is_zero());
    let digest = delivery.digest.filter(|digest| !digest.every.is_zero());
    let settings = [
        ("dedup", dedup),
        ("throttle", throttle.map(throttled)),
        ("digest", digest.map(digested)),
    ];
    let remembering = settings.into_iter().filter_map(|(gate, settings)| {
        settings.map(|settings| Gate {
            gate,
            passes: passes.then_some(true),
            conditions: Vec::new(),
            settings: Some(settings),
        })
    });
    std::iter::once(filter).chain(remembering).collect()
}

fn throttled(throttle: Throttle) -> Settings {
    Settings::Throttle {
        at_most: throttle.at_most.max(1),
        every: shown(throttle.every),
        same: match throttle.same {
            Same::Source => "source",
            Same::Severity => "severity",
            Same::Key => "key",
            _ => "sink",
        },
    }
}

fn digested(digest: DigestPolicy) -> Settings {
    Settings::Digest {
        after: digest.after,
        every: shown(digest.every),
    }
}

fn shown(duration: std::time::Duration) -> String {
    ConfigDuration::from(duration).to_string()
}

/// What the sink's destination would not take whole.
pub(super) fn cuts(limits: &Limits, alert: &Alert) -> Vec<Cut> {
    let texts = [
        ("title", limits.title, alert.title()),
        ("message", limits.message, alert.message()),
    ];
    let texts = texts.into_iter().filter_map(|(part, limit, text)| {
        let limit = limit.filter(|limit| !limit.holds(text))?;
        Some(Cut {
            part,
            has: limit.unit.count(text),
            at_most: limit.max,
            unit: match limit.unit {
                alert::Unit::Bytes => "bytes",
                alert::Unit::Utf16 => "UTF-16 units",
                _ => "characters",
            },
        })
    });
    let has = alert.context().len();
    let entries = limits
        .entries
        .filter(|&most| has > most)
        .map(|at_most| Cut {
            part: "context",
            has,
            at_most,
            unit: "entries",
        });
    texts.chain(entries).collect()
}

/// Whether a digest would hold the alert back to the end of its window.
pub(super) fn is_gathered(gate: &Gate, alert: &Alert) -> bool {
    let none_at_once = matches!(gate.settings, Some(Settings::Digest { after: 0, .. }));
    none_at_once && alert.severity() != Severity::Critical
}

fn conditions<S: serde::Serializer>(
    conditions: &[Condition],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shape<'a> {
        key: &'a str,
        wanted: &'a [String],
        found: Option<&'a str>,
        passes: bool,
    }
    serializer.collect_seq(conditions.iter().map(|condition| Shape {
        key: &condition.key,
        wanted: &condition.wanted,
        found: condition.found.as_deref(),
        passes: condition.passes,
    }))
}
