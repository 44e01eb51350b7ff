use alert_core::{AlertId, Severity, Timestamp};
use serde::Serialize;

/// What a dedup key is about: its newest run of firing alerts, open until one has resolved it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Incident {
    /// What its alerts share.
    pub dedup_key: String,
    /// Of the newest firing alert.
    pub severity: Severity,
    /// Of the newest firing alert.
    pub source: String,
    /// Of the newest firing alert.
    pub title: String,
    /// When the first alert of this run was raised.
    pub first_at: Timestamp,
    /// When the newest firing alert was raised.
    pub last_at: Timestamp,
    /// How many firing alerts this run has.
    pub count: u64,
    /// The id of the newest firing alert.
    pub last_id: AlertId,
    /// When it was resolved; open if it was not.
    pub resolved_at: Option<Timestamp>,
    /// When somebody said that they care.
    pub acked_at: Option<Timestamp>,
    /// Who did.
    pub acked_by: Option<String>,
    /// What they wrote.
    pub ack_note: Option<String>,
}

impl Incident {
    /// Whether it is not resolved yet.
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }
}
