//! The questions about one key, each answered by an index.

use rusqlite::types::ToSql;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::episode::{Episode, Run};
use crate::place::Place;

/// What people read of an incident: its newest firing alert's.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) severity: i64,
    pub(super) source: &'a str,
    pub(super) title: &'a str,
}

/// One key in the database.
#[derive(Clone, Copy)]
pub(super) struct Key<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    pub(super) key: &'t str,
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        time: row.get(0)?,
        id: row.get(1)?,
    })
}

impl Key<'_> {
    fn one<T>(
        self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        statement.query_row(values, read).optional()
    }

    /// The row of it.
    pub(super) fn row(self) -> rusqlite::Result<Option<Episode>> {
        self.one(
            "SELECT last_at, last_id, newest_at, newest_id, first_at, count, resolved_at
             FROM incidents WHERE dedup_key = ?1",
            &[&self.key],
            |row| {
                Ok(Episode {
                    last: place(row)?,
                    newest: Place {
                        time: row.get(2)?,
                        id: row.get(3)?,
                    },
                    first_at: row.get(4)?,
                    count: row.get(5)?,
                    resolved_at: row.get(6)?,
                })
            },
        )
    }

    /// Whether it has more than so many alerts.
    pub(super) fn has_more_than(self, alerts: usize) -> rusqlite::Result<bool> {
        let most = alerts as i64;
        let found: Option<i64> = self.one(
            "SELECT count(*) FROM (SELECT 1 FROM alerts WHERE dedup_key = ?1 LIMIT ?2 + 1)",
            &[&self.key, &most],
            |row| row.get(0),
        )?;
        Ok(found.is_some_and(|found| found > most))
    }

    /// The newest alert.
    pub(super) fn newest(self) -> rusqlite::Result<Option<Place>> {
        self.one(
            "SELECT time, id FROM alerts WHERE dedup_key = ?1 ORDER BY time DESC, id DESC LIMIT 1",
            &[&self.key],
            place,
        )
    }

    /// The newest firing alert, and what people read of it.
    pub(super) fn last_firing(self) -> rusqlite::Result<Option<(Place, i64, String, String)>> {
        self.one(
            "SELECT time, id, severity, source, title FROM alerts
             WHERE dedup_key = ?1 AND status = 0 ORDER BY time DESC, id DESC LIMIT 1",
            &[&self.key],
            |row| Ok((place(row)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
    }

    /// The newest resolved alert before this place.
    pub(super) fn resolved_before(self, there: Place) -> rusqlite::Result<Option<Place>> {
        self.one(
            "SELECT time, id FROM alerts INDEXED BY resolutions
             WHERE dedup_key = ?1 AND status = 1 AND (time, id) < (?2, ?3)
             ORDER BY time DESC, id DESC LIMIT 1",
            &[&self.key, &there.time, &there.id.as_slice()],
            place,
        )
    }

    /// The earliest resolved alert after this place.
    pub(super) fn resolved_after(self, there: Place) -> rusqlite::Result<Option<Place>> {
        self.one(
            "SELECT time, id FROM alerts INDEXED BY resolutions
             WHERE dedup_key = ?1 AND status = 1 AND (time, id) > (?2, ?3)
             ORDER BY time, id LIMIT 1",
            &[&self.key, &there.time, &there.id.as_slice()],
            place,
        )
    }

    /// The alerts after one place up to another, between which none is resolved.
    pub(super) fn run(self, after: Option<Place>, last: Place) -> rusqlite::Result<Run> {
        let after = after.unwrap_or(Place {
            time: i64::MIN,
            id: [0; 16],
        });
        let read = |row: &Row<'_>| {
            Ok(Run {
                count: row.get(0)?,
                first_at: row.get(1)?,
            })
        };
        // The index has the times alone: rows are looked at only where times are the same.
        let between = self.one(
            "SELECT count(*), min(time) FROM alerts INDEXED BY alerts_by_key
             WHERE dedup_key = ?1 AND time > ?2 AND time < ?3",
            &[&self.key, &after.time, &last.time],
            read,
        )?;
        let ends = self.one(
            "SELECT count(*), min(time) FROM alerts INDEXED BY alerts_by_key
             WHERE dedup_key = ?1 AND time IN (?2, ?4)
                 AND (time, id) > (?2, ?3) AND (time, id) <= (?4, ?5)",
            &[
                &self.key,
                &after.time,
                &after.id.as_slice(),
                &last.time,
                &last.id.as_slice(),
            ],
            read,
        )?;
        Ok(between.unwrap_or_default().with(ends.unwrap_or_default()))
    }

    /// Writes the row of it, or changes it. Nobody has seen what is `anew`.
    pub(super) fn write(self, head: &Head<'_>, is: Episode, anew: bool) -> rusqlite::Result<()> {
        let mut write = self.transaction.prepare_cached(
            "INSERT INTO incidents (dedup_key, severity, source, title, first_at, last_at, last_id,
                 newest_at, newest_id, count, resolved_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (dedup_key) DO UPDATE
             SET severity = excluded.severity, source = excluded.source, title = excluded.title,
                 first_at = excluded.first_at, last_at = excluded.last_at,
                 last_id = excluded.last_id, newest_at = excluded.newest_at,
                 newest_id = excluded.newest_id, count = excluded.count,
                 resolved_at = excluded.resolved_at,
                 acked_at = CASE WHEN ?12 THEN NULL ELSE acked_at END,
                 acked_by = CASE WHEN ?12 THEN NULL ELSE acked_by END,
                 ack_note = CASE WHEN ?12 THEN NULL ELSE ack_note END",
        )?;
        write.execute(params![
            self.key,
            head.severity,
            head.source,
            head.title,
            is.first_at,
            is.last.time,
            is.last.id.as_slice(),
            is.newest.time,
            is.newest.id.as_slice(),
            is.count,
            is.resolved_at,
            anew,
        ])?;
        Ok(())
    }

    /// Changes the row of it, whose newest firing alert stays.
    pub(super) fn change(self, is: Episode, anew: bool) -> rusqlite::Result<()> {
        let mut change = self.transaction.prepare_cached(
            "UPDATE incidents
             SET first_at = ?2, newest_at = ?3, newest_id = ?4, count = ?5, resolved_at = ?6,
                 acked_at = CASE WHEN ?7 THEN NULL ELSE acked_at END,
                 acked_by = CASE WHEN ?7 THEN NULL ELSE acked_by END,
                 ack_note = CASE WHEN ?7 THEN NULL ELSE ack_note END
             WHERE dedup_key = ?1",
        )?;
        change.execute(params![
            self.key,
            is.first_at,
            is.newest.time,
            is.newest.id.as_slice(),
            is.count,
            is.resolved_at,
            anew,
        ])?;
        Ok(())
    }
}
