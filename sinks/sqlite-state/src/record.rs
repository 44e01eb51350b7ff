//! What one batch of alerts adds to the database, as part of one transaction.

use alert_core::{Alert, Status, Timestamp};
use rusqlite::{CachedStatement, Transaction, params};

use crate::place::micros;
use crate::{counts, incidents, newest, total};

/// Adds alerts that are not there yet, and what follows from them.
pub(crate) fn record<'a>(
    transaction: &Transaction<'_>,
    alerts: impl Iterator<Item = &'a Alert>,
) -> rusqlite::Result<()> {
    record_at(transaction, alerts, Timestamp::now())
}

/// The same at another time.
pub(crate) fn record_at<'a>(
    transaction: &Transaction<'_>,
    alerts: impl Iterator<Item = &'a Alert>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    // What was there already was counted when it came.
    let (mut added, mut known) = (Vec::with_capacity(alerts.size_hint().0), 0);
    let mut history = History::of(transaction)?;
    for alert in alerts {
        if history.add(alert)? {
            added.push(alert);
        } else {
            known += 1;
        }
    }
    drop(history);
    total::skipped(transaction, known)?;
    newest::keep(transaction, &added)?;
    counts::add(transaction, &added, now)?;
    incidents::follow(transaction, &mut added)
}

/// The table of alerts, to be added to.
struct History<'t> {
    insert: CachedStatement<'t>,
    context: Vec<u8>,
    links: Vec<u8>,
}

impl<'t> History<'t> {
    fn of(transaction: &'t Transaction<'_>) -> rusqlite::Result<Self> {
        let insert = transaction.prepare_cached(
            "INSERT INTO alerts
                 (id, time, severity, status, source, title, message, context, dedup_key, links)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING",
        )?;
        Ok(Self {
            insert,
            context: Vec::new(),
            links: Vec::new(),
        })
    }

    /// Whether it is new.
    fn add(&mut self, alert: &Alert) -> rusqlite::Result<bool> {
        let id = alert.id().to_bytes();
        let context = json(&mut self.context, alert.context(), "{}");
        let links = alert.links();
        let links = (!links.is_empty()).then(|| json(&mut self.links, links, "[]"));
        let changed = self.insert.execute(params![
            &id[..],
            micros(alert.time()),
            alert.severity().index() as i64,
            i64::from(alert.status() == Status::Resolved),
            alert.source(),
            alert.title(),
            alert.message(),
            context,
            alert.dedup_key(),
            links,
        ])?;
        Ok(changed > 0)
    }
}

/// As JSON, in a buffer that is used again.
fn json<'b>(
    buffer: &'b mut Vec<u8>,
    value: &(impl serde::Serialize + ?Sized),
    empty: &'b str,
) -> &'b str {
    buffer.clear();
    match serde_json::to_writer(&mut *buffer, value) {
        Ok(()) => std::str::from_utf8(buffer).unwrap_or(empty),
        Err(_) => empty,
    }
}
