//! How things are, from small tables alone.

use std::path::Path;

use alert_core::{JsonValue, Severity, Timestamp};
use rusqlite::Connection;

use super::column::Columns;
use super::query::AuditQuery;
use super::{audit, shape, silences, values};
use crate::database;
use crate::place::micros;
use crate::row::{Counts, Status};

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

pub(super) fn status(connection: &Connection, now: Timestamp) -> rusqlite::Result<Status> {
    let [last_hour, last_day, last_week] = windows(connection, now)?;
    Ok(Status {
        now,
        last_info: last(connection, "last_info")?,
        last_warning: last(connection, "last_warning")?,
        last_critical: last(connection, "last_critical")?,
        open: shape::all(
            connection,
            "FROM incidents INDEXED BY open_incidents WHERE resolved_at IS NULL \
             ORDER BY last_at DESC LIMIT ?1",
            [shape::limit(Status::MOST_OPEN)],
        )?,
        open_counts: open_counts(connection)?,
        last_hour,
        last_day,
        last_week,
        sinks: shape::all(
            connection,
            "FROM sinks ORDER BY program, sink LIMIT ?1",
            [shape::limit(Status::MOST_ROWS)],
        )?,
        silences: silences::in_force(connection, now)?,
        results: values::values(connection, Some("status"), Status::MOST_ROWS)?,
        audit: audit::audit(connection, &AuditQuery::new().recent(Status::MOST_AUDIT))?,
        file_bytes: 0,
        wal_bytes: 0,
        recovery: recovery(connection)?,
    })
}

impl Status {
    /// Asks by path: to open the file by hand would drop this process's locks on it.
    pub(super) fn measure(&mut self, path: &Path) {
        self.file_bytes = std::fs::metadata(path).map_or(0, |there| there.len());
        // The WAL is beside the file itself, not beside a link to it.
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        self.wal_bytes = database::log_length(&real);
    }
}

fn last(connection: &Connection, key: &str) -> rusqlite::Result<Option<JsonValue>> {
    Ok(values::value(connection, "alert", key)?.map(|value| value.value))
}

fn recovery(connection: &Connection) -> rusqlite::Result<Option<JsonValue>> {
    let mut statement =
        connection.prepare_cached("SELECT value FROM meta WHERE key = 'recovery'")?;
    let mut rows = statement.query([])?;
    Ok(rows
        .next()?
        .and_then(|row| Columns::of(row).optional_json()))
}

fn open_counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut statement = connection.prepare_cached("SELECT severity, count FROM open_counts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        counts.add(columns.severity(), columns.count());
    }
    Ok(counts)
}

/// The counts of the last hour, day and week.
fn windows(connection: &Connection, now: Timestamp) -> rusqlite::Result<[Counts; 3]> {
    let mut windows = [Counts::default(); 3];
    let minute = micros(now) / MINUTE;
    let mut statement = connection.prepare_cached(
        "SELECT minute, severity, count FROM counts WHERE minute BETWEEN ?1 AND ?2",
    )?;
    let mut rows = statement.query([minute - WEEK, minute])?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let age = minute.saturating_sub(columns.integer());
        let (severity, count): (Severity, u64) = (columns.severity(), columns.count());
        for (window, length) in windows.iter_mut().zip([HOUR, DAY, WEEK]) {
            if age <= length {
                window.add(severity, count);
            }
        }
    }
    Ok(windows)
}

#[cfg(test)]
mod tests;
