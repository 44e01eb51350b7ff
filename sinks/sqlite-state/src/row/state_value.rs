use alert_core::{JsonValue, Timestamp};
use serde::Serialize;

/// A value of the state table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StateValue {
    /// Whose it is; `alert` is the sink's own.
    pub namespace: String,
    /// Its name there.
    pub key: String,
    /// The value; text if the database holds something that is no JSON.
    pub value: JsonValue,
    /// When it was written.
    pub updated_at: Timestamp,
}
