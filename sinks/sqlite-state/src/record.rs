//! What one batch of alerts adds to the database, as part of one transaction.

use alert_core::Alert;
use rusqlite::Transaction;

/// Adds alerts that are not there yet.
pub(crate) fn record<'a>(
    transaction: &Transaction<'_>,
    alerts: impl Iterator<Item = &'a Alert>,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO alerts (id, time, severity, status, source, title, message, context, dedup_key, links)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING",
    )?;
    for alert in alerts {
        let context = serde_json::to_string(alert.context()).unwrap_or_default();
        let links = (!alert.links().is_empty())
            .then(|| serde_json::to_string(alert.links()).unwrap_or_default());
        insert.execute(rusqlite::params![
            alert.id().to_bytes(),
            i64::try_from(alert.time().as_micros()).unwrap_or(i64::MAX),
            alert.severity().index() as i64,
            i64::from(alert.status() == alert_core::Status::Resolved),
            alert.source(),
            alert.title(),
            alert.message(),
            context,
            alert.dedup_key(),
            links,
        ])?;
    }
    Ok(())
}
