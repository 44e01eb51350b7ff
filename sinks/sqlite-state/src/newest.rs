//! The last alert of each severity, under the keys that dashboards read.

use alert_core::{Alert, Severity};
use rusqlite::{Transaction, params};

use crate::place::{Place, micros};

/// The namespace that is the sink's own.
pub(crate) const NAMESPACE: &str = "alert";

/// The key of a severity's last alert.
pub(crate) fn key(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "last_info",
        Severity::Warning => "last_warning",
        Severity::Critical => "last_critical",
    }
}

/// Keeps those that are newer than what is there, whatever came first.
pub(crate) fn keep(transaction: &Transaction<'_>, added: &[&Alert]) -> rusqlite::Result<()> {
    for severity in Severity::ALL {
        let some = added.iter().filter(|alert| alert.severity() == severity);
        let Some(alert) = some.max_by_key(|alert| Place::of(alert)) else {
            continue;
        };
        let Ok(json) = serde_json::to_string(alert) else {
            continue;
        };
        // The text of ids sorts as they do.
        let mut keep = transaction.prepare_cached(
            "INSERT INTO state (namespace, key, value, updated_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (namespace, key) DO UPDATE
             SET value = excluded.value, updated_at = excluded.updated_at
             WHERE excluded.updated_at > updated_at OR excluded.updated_at = updated_at
                 AND json_extract(excluded.value, '$.id') > json_extract(value, '$.id')",
        )?;
        keep.execute(params![
            NAMESPACE,
            key(severity),
            json,
            micros(alert.time())
        ])?;
    }
    Ok(())
}
