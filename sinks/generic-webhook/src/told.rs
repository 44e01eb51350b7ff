//! What the lane tells beside an alert, as JSON.

use alert_core::{Fallback, Firing, Losses, Severity, Suppressed, Timestamp};
use serde::{Serialize, Serializer};

use crate::payload::counts;

/// How many of each severity.
#[derive(Debug, Serialize)]
pub(crate) struct Counts {
    pub(crate) info: u64,
    pub(crate) warning: u64,
    pub(crate) critical: u64,
}

#[derive(Debug)]
pub(crate) struct SuppressedView<'a>(pub(crate) &'a Suppressed);

impl Serialize for SuppressedView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json {
            count: u64,
            #[serde(flatten)]
            by_severity: Counts,
            since: Timestamp,
        }
        Json {
            count: self.0.count(),
            by_severity: counts(self.0.by_severity),
            since: self.0.since,
        }
        .serialize(serializer)
    }
}

#[derive(Debug)]
pub(crate) struct LossesView<'a>(pub(crate) &'a Losses);

impl Serialize for LossesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json {
            count: u64,
            shed: u64,
            shed_intake: u64,
            rejected: u64,
            gave_up: u64,
            abandoned: u64,
            suppressed: u64,
        }
        let lost = self.0;
        Json {
            count: lost.total(),
            shed: lost.shed,
            shed_intake: lost.shed_intake,
            rejected: lost.rejected,
            gave_up: lost.gave_up,
            abandoned: lost.abandoned,
            suppressed: lost.suppressed,
        }
        .serialize(serializer)
    }
}

#[derive(Debug)]
pub(crate) struct FiringView<'a>(pub(crate) &'a Firing);

impl Serialize for FiringView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            time: Timestamp,
            severity: Severity,
            title: &'a str,
            why: &'a str,
        }
        Json {
            time: self.0.at(),
            severity: self.0.severity(),
            title: self.0.title(),
            why: self.0.why(),
        }
        .serialize(serializer)
    }
}

#[derive(Debug)]
pub(crate) struct FallbackView<'a>(pub(crate) &'a Fallback);

impl Serialize for FallbackView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            sink: &'a str,
            why: &'a str,
        }
        Json {
            sink: self.0.sink(),
            why: self.0.why(),
        }
        .serialize(serializer)
    }
}
