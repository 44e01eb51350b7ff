//! Which columns make which data.

use rusqlite::{Connection, Params, Row};

use super::column::Columns;
use crate::matches::SilenceMatch;
use crate::row::{
    AuditEntry, DeliveryRow, Incident, SinkHealth, StateValue, StoredAlert, StoredSilence,
};

/// Data that is made from one row of its columns.
pub(super) trait Shape: Sized {
    const COLUMNS: &'static str;

    fn read(columns: Columns<'_, '_>) -> Self;

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self::read(Columns::of(row)))
    }
}

/// All rows of the statement that begins with the columns and goes on with `rest`.
pub(super) fn all<T: Shape>(
    connection: &Connection,
    rest: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {} {rest}", T::COLUMNS))?;
    let rows = statement.query_map(params, T::of)?;
    rows.collect()
}

/// So many rows, as SQLite counts them.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// The first of these rows.
pub(super) fn first<T: Shape>(
    connection: &Connection,
    rest: &str,
    params: impl Params,
) -> rusqlite::Result<Option<T>> {
    all(connection, rest, params).map(|rows| rows.into_iter().next())
}

impl Shape for StoredAlert {
    const COLUMNS: &'static str =
        "seq, id, time, severity, status, source, title, message, context, dedup_key, links";

    fn read(mut columns: Columns<'_, '_>) -> Self {
        Self {
            number: columns.integer(),
            id: columns.id(),
            time: columns.time(),
            severity: columns.severity(),
            status: columns.status(),
            source: columns.text(),
            title: columns.text(),
            message: columns.text(),
            context: columns.json(),
            dedup_key: columns.optional_text(),
            links: columns
                .optional_json()
                .unwrap_or_else(|| serde_json::json!([])),
        }
    }
}

impl Shape for Incident {
    const COLUMNS: &'static str = "dedup_key, severity, source, title, first_at, last_at, count, \
         last_id, resolved_at, acked_at, acked_by, ack_note";

    fn read(mut columns: Columns<'_, '_>) -> Self {
        Self {
            dedup_key: columns.text(),
            severity: columns.severity(),
            source: columns.text(),
            title: columns.text(),
            first_at: columns.time(),
            last_at: columns.time(),
            count: columns.count(),
            last_id: columns.id(),
            resolved_at: columns.optional_time(),
            acked_at: columns.optional_time(),
            acked_by: columns.optional_text(),
            ack_note: columns.optional_text(),
        }
    }
}

impl Shape for DeliveryRow {
    const COLUMNS: &'static str =
        "at, program, sink, verdict, reason, attempts, took_us, error, answer";

    fn read(mut columns: Columns<'_, '_>) -> Self {
        Self {
            at: columns.time(),
            program: columns.text(),
            sink: columns.text(),
            verdict: columns.text(),
            reason: columns.text(),
            attempts: u32::try_from(columns.count()).unwrap_or(u32::MAX),
            took_us: columns.count(),
            error: columns.optional_text(),
            answer: columns.optional_text(),
        }
    }
}

impl Shape for SinkHealth {
    const COLUMNS: &'static str = "program, sink, kind, state, why, last_success_at, \
         last_error_at, last_error, pending, delivered, lost, pid, seen_at";

    fn read(mut columns: Columns<'_, '_>) -> Self {
        Self {
            program: columns.text(),
            sink: columns.text(),
            kind: columns.text(),
            state: columns.text(),
            why: columns.optional_text(),
            last_success_at: columns.optional_time(),
            last_error_at: columns.optional_time(),
            last_error: columns.optional_text(),
            pending: columns.count(),
            delivered: columns.count(),
            lost: columns.count(),
            pid: columns.integer(),
            seen_at: columns.time(),
        }
    }
}

impl Shape for StoredSilence {
    const COLUMNS: &'static str = "id, matches, created_at, created_by, note, ends_at, ended_by";

    fn read(mut columns: Columns<'_, '_>) -> Self {
        let id = columns.integer();
        let text = columns.text();
        let (matches, unreadable) = match serde_json::from_str::<SilenceMatch>(&text) {
            Ok(matches) => (matches, None),
            Err(_) => (SilenceMatch::default(), Some(text)),
        };
        Self {
            id,
            matches,
            unreadable,
            created_at: columns.time(),
            created_by: columns.text(),
            note: columns.text(),
            ends_at: columns.time(),
            ended_by: columns.optional_text(),
        }
    }
}

impl Shape for AuditEntry {
    const COLUMNS: &'static str = "seq, at, actor, action, subject, before, after, note";

    fn read(mut columns: Columns<'_, '_>) -> Self {
        Self {
            number: columns.integer(),
            at: columns.time(),
            actor: columns.text(),
            action: columns.text(),
            subject: columns.text(),
            before: columns.optional_json(),
            after: columns.optional_json(),
            note: columns.optional_text(),
        }
    }
}

impl Shape for StateValue {
    const COLUMNS: &'static str = "namespace, key, value, updated_at";

    fn read(mut columns: Columns<'_, '_>) -> Self {
        Self {
            namespace: columns.text(),
            key: columns.text(),
            value: columns.json(),
            updated_at: columns.time(),
        }
    }
}
