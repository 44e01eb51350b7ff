use alert_core::{AlertId, JsonValue, Severity, Status, Timestamp};
use serde::Serialize;

/// An alert of the history.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StoredAlert {
    /// The number by which people name it: the first alert of a database has 1.
    pub number: i64,
    /// Its id.
    pub id: AlertId,
    /// When it was raised.
    pub time: Timestamp,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it says that something began or that it ended.
    pub status: Status,
    /// Which program or part of it raised it.
    pub source: String,
    /// What it is about, in one line.
    pub title: String,
    /// The rest.
    pub message: String,
    /// A JSON object; text if the database holds something that is no JSON.
    pub context: JsonValue,
    /// What alerts about the same thing share.
    pub dedup_key: Option<String>,
    /// A JSON array of objects with `text` and `url`; text if the database holds something that is
    /// no JSON.
    pub links: JsonValue,
}
