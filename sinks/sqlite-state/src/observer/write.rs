use std::process;

use rusqlite::{Transaction, params};

use super::health::News;
use super::notes::Note;
use crate::place::micros;

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Adds what became of alerts.
pub(super) fn notes<'a>(
    transaction: &Transaction<'_>,
    program: &str,
    notes: impl Iterator<Item = &'a Note>,
) -> rusqlite::Result<()> {
    let mut add = transaction.prepare_cached(
        "INSERT INTO deliveries
             (alert, at, program, sink, verdict, reason, attempts, took_us, error, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for note in notes {
        add.execute(params![
            &note.alert[..],
            micros(note.at),
            program,
            note.sink,
            note.reason.verdict().as_str(),
            note.reason.as_str(),
            note.attempts,
            integer(note.took_us),
            note.error,
            note.answer,
        ])?;
    }
    Ok(())
}

/// Brings the rows of sinks up to date.
pub(super) fn healths<'a>(
    transaction: &Transaction<'_>,
    program: &str,
    news: impl Iterator<Item = News<'a>>,
) -> rusqlite::Result<()> {
    let mut keep = transaction.prepare_cached(
        "INSERT INTO sinks (program, sink, kind, state, why, last_success_at, last_error_at,
             last_error, pending, delivered, lost, pid, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (program, sink) DO UPDATE
         SET kind = excluded.kind, state = excluded.state, why = excluded.why,
             last_success_at = coalesce(excluded.last_success_at, last_success_at),
             last_error_at = coalesce(excluded.last_error_at, last_error_at),
             last_error = coalesce(excluded.last_error, last_error),
             pending = excluded.pending, delivered = delivered + excluded.delivered,
             lost = lost + excluded.lost, pid = excluded.pid, seen_at = excluded.seen_at",
    )?;
    for News {
        sink,
        health,
        delivered,
        lost,
    } in news
    {
        keep.execute(params![
            program,
            sink,
            health.kind,
            health.state,
            health.why,
            health.last_success_at.map(micros),
            health.last_error_at.map(micros),
            health.last_error,
            integer(health.pending),
            integer(delivered),
            integer(lost),
            process::id(),
            health.seen_at.map(micros).unwrap_or_default(),
        ])?;
    }
    Ok(())
}
