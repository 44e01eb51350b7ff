use rusqlite::Connection;

use super::name::AlertName;
use super::shape;
use crate::row::{AuditEntry, Incident, StoredAlert, Story};

pub(super) fn story(connection: &Connection, which: AlertName) -> rusqlite::Result<Option<Story>> {
    let Some(alert) = alert(connection, which)? else {
        return Ok(None);
    };
    let deliveries = shape::all(
        connection,
        "FROM deliveries INDEXED BY deliveries_by_alert WHERE alert = ?1 ORDER BY at, seq LIMIT ?2",
        (alert.id.to_bytes(), shape::limit(Story::MOST)),
    )?;
    let incident = match &alert.dedup_key {
        Some(key) => incident(connection, key)?,
        None => None,
    };
    let audit = audit(connection, &alert)?;
    Ok(Some(Story {
        alert,
        deliveries,
        incident,
        audit,
    }))
}

pub(crate) fn alert(
    connection: &Connection,
    which: AlertName,
) -> rusqlite::Result<Option<StoredAlert>> {
    match which {
        AlertName::Number(number) => {
            shape::first(connection, "FROM alerts WHERE seq = ?1", [number])
        }
        AlertName::Id(id) => shape::first(connection, "FROM alerts WHERE id = ?1", [id.to_bytes()]),
    }
}

pub(crate) fn incident(connection: &Connection, key: &str) -> rusqlite::Result<Option<Incident>> {
    shape::first(connection, "FROM incidents WHERE dedup_key = ?1", [key])
}

fn audit(connection: &Connection, alert: &StoredAlert) -> rusqlite::Result<Vec<AuditEntry>> {
    let id = alert.id.to_string();
    let mut found = Vec::new();
    let others = alert.dedup_key.as_ref().filter(|key| **key != id);
    for subject in [Some(&id), others].into_iter().flatten() {
        let rest = "FROM audit INDEXED BY audit_by_subject WHERE subject = ?1 \
                    ORDER BY at DESC, seq DESC LIMIT ?2";
        found.extend(shape::all::<AuditEntry>(
            connection,
            rest,
            (subject, shape::limit(Story::MOST)),
        )?);
    }
    found.sort_by_key(|entry| (entry.at, entry.number));
    let more = found.len().saturating_sub(Story::MOST);
    found.drain(..more);
    Ok(found)
}
