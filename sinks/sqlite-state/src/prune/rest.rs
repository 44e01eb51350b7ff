//! Small tables, each removed by one statement.

use rusqlite::{Connection, Transaction};

use super::{Limits, Step};
use crate::counts;

struct Rule {
    table: &'static str,
    key: &'static str,
    /// With `?1` as the limit.
    old: &'static str,
    limit: fn(&Limits) -> i64,
}

const RULES: [Rule; 4] = [
    Rule {
        table: "counts",
        key: "minute, severity",
        old: "minute < ?1",
        limit: |limits| counts::first_minute(limits.now),
    },
    Rule {
        table: "incidents",
        key: "dedup_key",
        old: "resolved_at < ?1",
        limit: |limits| limits.before,
    },
    Rule {
        table: "sinks",
        key: "program, sink",
        old: "seen_at < ?1",
        limit: |limits| limits.before,
    },
    Rule {
        table: "silences",
        key: "id",
        old: "ends_at < ?1",
        limit: |limits| limits.before,
    },
];

pub(super) fn is_due(connection: &Connection, limits: &Limits) -> rusqlite::Result<bool> {
    for Rule {
        table, old, limit, ..
    } in &RULES
    {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {old})");
        let mut ask = connection.prepare_cached(&sql)?;
        if ask.query_row([limit(limits)], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn prune(
    transaction: &Transaction<'_>,
    limits: &Limits,
    step: &mut Step,
) -> rusqlite::Result<bool> {
    for Rule {
        table,
        key,
        old,
        limit,
    } in &RULES
    {
        let rows = step.rows();
        let sql = format!(
            "DELETE FROM {table}
             WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {old} LIMIT ?2)"
        );
        let mut delete = transaction.prepare_cached(&sql)?;
        step.took(delete.execute([limit(limits), rows as i64])?);
        if step.rows() == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
