//! The reserved parts of a config as the file says them: every key may be absent.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};

use alert_core::{ConfigDuration, Severity, Size};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::matcher::Matcher;
use crate::positive::Positive;
use crate::switch::Switch;

/// `[alert]`: what every alert of this program gets.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAlert {
    /// The source of alerts that name none. Default: the program's name.
    pub(crate) source: Option<String>,
    /// Context for every alert that does not have the key itself.
    #[serde(default)]
    pub(crate) context: BTreeMap<String, serde_json::Value>,
}

/// How a sink is served. Nothing is suppressed unless it is configured.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDelivery {
    /// Suppresses repeats of an alert. `false` turns off what `[delivery]` turned on.
    pub(crate) dedup: Option<Switch<RawDedup>>,
    /// Limits the rate of alerts. `false` turns off what `[delivery]` turned on.
    pub(crate) throttle: Option<Switch<RawThrottle>>,
    /// How a failed attempt is repeated.
    pub(crate) retry: Option<RawRetry>,
    /// How long one attempt, or opening the sink, may take. Default 10s.
    pub(crate) attempt_timeout: Option<Positive<ConfigDuration>>,
    /// How much may wait.
    pub(crate) queue: Option<RawQueue>,
    /// How alerts are gathered, for sinks that take several at once.
    pub(crate) batch: Option<RawBatch>,
    /// When the sink is no longer tried at full pace.
    pub(crate) circuit: Option<RawCircuit>,
    /// How long the sink must have failed before the others are told. Default 5m.
    pub(crate) notice_after: Option<ConfigDuration>,
}

/// Suppresses an alert whose key was let through a moment ago.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDedup {
    /// How long after an alert its repeats are suppressed.
    pub(crate) within: Option<Positive<ConfigDuration>>,
}

/// A token bucket.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawThrottle {
    /// So many alerts at once.
    pub(crate) at_most: Option<NonZeroU32>,
    /// How long an empty bucket takes to fill.
    pub(crate) every: Option<Positive<ConfigDuration>>,
    /// Which alerts share a bucket. Default `sink`.
    pub(crate) same: Option<RawSame>,
}

/// Which alerts share a bucket.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawSame {
    Source,
    Key,
    Severity,
    Sink,
}

/// How a failed attempt is repeated.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRetry {
    /// After how many attempts an alert is given up. Default 5.
    pub(crate) max_attempts: Option<NonZeroU32>,
    /// How long after its acceptance an alert is given up. Default 10m.
    pub(crate) max_age: Option<Positive<ConfigDuration>>,
    /// The longest first pause. Default 500ms.
    pub(crate) first: Option<Positive<ConfigDuration>>,
    /// The longest pause. Default 30s.
    pub(crate) cap: Option<Positive<ConfigDuration>>,
}

/// How much may wait at a sink.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawQueue {
    /// Alerts. Default 10000.
    pub(crate) alerts: Option<NonZeroUsize>,
    /// Bytes of them. Default 16MiB.
    pub(crate) bytes: Option<Positive<Size>>,
}

/// How alerts are gathered into one attempt.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBatch {
    /// At most this many. Default: what the sink takes.
    pub(crate) max: Option<NonZeroUsize>,
    /// How long a batch may wait to fill after the one before. Default 0s.
    pub(crate) linger: Option<ConfigDuration>,
}

/// When a sink is no longer tried at full pace.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCircuit {
    /// After so many failures in a row. Default 3.
    pub(crate) after: Option<NonZeroU32>,
    /// The pause between tries from then on. Default 30s.
    pub(crate) wait: Option<Positive<ConfigDuration>>,
}

/// `when`: which alerts a sink takes. All conditions must hold.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWhen {
    /// This severity or a higher one.
    pub(crate) min_severity: Option<RawSeverity>,
    /// One of these sources; `*` stands for any run of characters.
    #[serde(default)]
    pub(crate) source: Vec<String>,
    /// For each key, a context value that fits; `*` stands for any run of characters.
    #[serde(default)]
    pub(crate) context: BTreeMap<String, Matcher>,
}

/// A severity, spelt exactly.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawSeverity {
    Info,
    Warning,
    Critical,
}

impl From<RawSeverity> for Severity {
    fn from(raw: RawSeverity) -> Self {
        match raw {
            RawSeverity::Info => Self::Info,
            RawSeverity::Warning => Self::Warning,
            RawSeverity::Critical => Self::Critical,
        }
    }
}
