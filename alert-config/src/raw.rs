//! The reserved parts of a config as the file says them: every key may be absent.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};

use alert_core::{ConfigDuration, ErrorClass, Severity, Size};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::matcher::Matcher;
use crate::named::Named;
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
    /// Context keys whose values are taken out of every alert before anything is stored or sent,
    /// in any case and at any depth; `*` stands for any run of characters.
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "read from the tree, so that a mistake in one key does not let the others out"
    )]
    pub(crate) redact: Vec<String>,
}

/// How a sink is served. Nothing is suppressed unless it is configured.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDelivery {
    /// Suppresses repeats of an alert. `false` turns off what `[delivery]` turned on.
    pub(crate) dedup: Option<Switch<RawDedup>>,
    /// Limits the rate of alerts. `false` turns off what `[delivery]` turned on.
    pub(crate) throttle: Option<Switch<RawThrottle>>,
    /// Gathers a flood into few messages. `false` turns off what `[delivery]` turned on.
    pub(crate) digest: Option<Switch<RawDigest>>,
    /// How a failed attempt is repeated.
    pub(crate) retry: Option<RawRetry>,
    /// How long one attempt, or opening the sink, may take. Default 10s.
    pub(crate) attempt_timeout: Option<Positive<ConfigDuration>>,
    /// How much may wait.
    pub(crate) queue: Option<RawQueue>,
    /// How alerts are gathered, for sinks that take several at once.
    pub(crate) batch: Option<RawBatch>,
    /// How many requests may be under way at once, at most as many as the sink allows. Above 1 only
    /// alerts of one dedup key arrive in order. Default 1.
    pub(crate) in_flight: Option<NonZeroUsize>,
    /// When the sink is no longer tried at full pace.
    pub(crate) circuit: Option<RawCircuit>,
    /// How long the sink must have failed before the others are told. Default 5m.
    pub(crate) notice_after: Option<ConfigDuration>,
    /// The sink that takes what this one could not deliver. `false` turns off what `[delivery]`
    /// named. Default: none.
    pub(crate) fallback: Option<Named>,
    /// For each code of an error (such as `http-404`) what it means here, whatever the sink says.
    #[serde(default)]
    pub(crate) class: BTreeMap<String, RawClass>,
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

/// Gathers a flood: the first alerts of a window go at once, the rest as one message at its end.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDigest {
    /// So many alerts of a window go at once.
    pub(crate) after: Option<u32>,
    /// How long a window is.
    pub(crate) every: Option<Positive<ConfigDuration>>,
}

/// What an error means for the alert and for the sink.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawClass {
    /// It may pass if tried again.
    Transient,
    /// This alert never; the next may pass.
    Rejected,
    /// The sink itself, which is opened anew.
    Unusable,
}

impl From<RawClass> for ErrorClass {
    fn from(raw: RawClass) -> Self {
        match raw {
            RawClass::Transient => Self::Transient,
            RawClass::Rejected => Self::Rejected,
            RawClass::Unusable => Self::Unusable,
        }
    }
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
    /// No alert at all but those that other sinks hand over as their fallback; these are taken
    /// whatever else stands here.
    #[serde(default)]
    pub(crate) only_as_fallback: bool,
    /// Whether it also takes what a silence matches. Default: as its type does, which takes it if
    /// it keeps a record and not if it tells people.
    pub(crate) silenced: Option<bool>,
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
