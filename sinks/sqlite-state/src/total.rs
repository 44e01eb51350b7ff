//! How many alerts there are, without counting them: the highest number given, less the numbers
//! that no alert has.

use rusqlite::{Connection, OptionalExtension, Transaction};

/// Where the numbers without an alert are counted; missing until the first time that it matters.
const GAPS: &str = "gaps";

/// So many numbers were given to alerts that were there already: SQLite counts on at each attempt.
pub(crate) fn skipped(transaction: &Transaction<'_>, numbers: usize) -> rusqlite::Result<()> {
    if numbers == 0 {
        return Ok(());
    }
    let mut add = transaction
        .prepare_cached("UPDATE meta SET value = CAST(value AS INTEGER) + ?2 WHERE key = ?1")?;
    add.execute((GAPS, numbers as i64))?;
    Ok(())
}

/// So many alerts were removed.
pub(crate) fn removed(transaction: &Transaction<'_>, alerts: usize) -> rusqlite::Result<()> {
    skipped(transaction, alerts)
}

/// No more than so many are there; takes no time.
pub(crate) fn at_most(connection: &Connection) -> rusqlite::Result<i64> {
    let mut span = connection.prepare_cached(
        "SELECT ifnull((SELECT max(seq) FROM alerts) - (SELECT min(seq) FROM alerts) + 1, 0)",
    )?;
    span.query_row([], |row| row.get(0))
}

/// How many there are.
pub(crate) fn total(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    let given: i64 = transaction
        .prepare_cached(
            "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'alerts'), 0)",
        )?
        .query_row([], |row| row.get(0))?;
    let gaps: Option<i64> = transaction
        .prepare_cached("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1")?
        .query_row([GAPS], |row| row.get(0))
        .optional()?;
    if let Some(gaps) = gaps {
        return Ok(given - gaps);
    }
    let there: i64 = transaction.query_row("SELECT count(*) FROM alerts", [], |row| row.get(0))?;
    transaction.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)",
        (GAPS, given - there),
    )?;
    Ok(there)
}

/// What was counted is not believed any more.
pub(crate) fn doubt(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM meta WHERE key = ?1", [GAPS])?;
    Ok(())
}
