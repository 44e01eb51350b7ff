use alert_core::{JsonValue, Timestamp};
use serde::Serialize;

use super::{AuditEntry, Counts, Incident, SinkHealth, StateValue, StoredSilence};

/// How things are, all as of one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// What was given as the time.
    pub now: Timestamp,
    /// The newest alert of severity info, in the JSON form of an alert, also if it is pruned.
    pub last_info: Option<JsonValue>,
    /// The newest alert of severity warning.
    pub last_warning: Option<JsonValue>,
    /// The newest alert of severity critical.
    pub last_critical: Option<JsonValue>,
    /// Open incidents, those with the newest firing alert first, at most [`Status::MOST_OPEN`].
    pub open: Vec<Incident>,
    /// How many incidents are open, by the severity of their newest firing alert.
    pub open_counts: Counts,
    /// How many alerts were raised in the minute that runs and the 60 before it.
    pub last_hour: Counts,
    /// In the minute that runs and the 1,440 before it.
    pub last_day: Counts,
    /// In the minute that runs and the 10,080 before it.
    pub last_week: Counts,
    /// How each sink of each program does, at most [`Status::MOST_ROWS`].
    pub sinks: Vec<SinkHealth>,
    /// The silences in force, those that end first at the front, at most [`Status::MOST_ROWS`].
    pub silences: Vec<StoredSilence>,
    /// The values of the namespace `status`, by key, at most [`Status::MOST_ROWS`].
    pub results: Vec<StateValue>,
    /// The newest audit entries, at most [`Status::MOST_AUDIT`].
    pub audit: Vec<AuditEntry>,
    /// The size of the database file.
    pub file_bytes: u64,
    /// The size of its write-ahead log.
    pub wal_bytes: u64,
    /// What is told about a damaged file from which rows are recovered.
    pub recovery: Option<JsonValue>,
}

impl Status {
    /// How many open incidents it tells at most.
    pub const MOST_OPEN: usize = 50;
    /// How many audit entries it tells at most.
    pub const MOST_AUDIT: usize = 10;
    /// How many sinks, silences and values it tells at most, of each.
    pub const MOST_ROWS: usize = 1_024;
}
