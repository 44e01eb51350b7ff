use alert_core::{JsonValue, Timestamp};
use serde::Serialize;

/// What a person or program did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// Its number; they grow.
    pub number: i64,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done, a lower-case word such as `ack`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// What was there before.
    pub before: Option<JsonValue>,
    /// What has been there since.
    pub after: Option<JsonValue>,
    /// Why.
    pub note: Option<String>,
}
