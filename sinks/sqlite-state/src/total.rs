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

/// How many there are, if that is known.
pub(crate) fn known(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let mut known = connection.prepare_cached(
        "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'alerts') - CAST(value AS INTEGER)
         FROM meta WHERE key = ?1",
    )?;
    let known = known.query_row([GAPS], |row| row.get(0)).optional()?;
    Ok(known.flatten())
}

/// How many there are. Counts them if that is not known yet.
pub(crate) fn total(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    if let Some(known) = known(transaction)? {
        return Ok(known);
    }
    let there = count(transaction)?;
    transaction.execute(
        "INSERT OR REPLACE INTO meta (key, value)
         SELECT ?1, ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'alerts'), 0) - ?2",
        (GAPS, there),
    )?;
    Ok(there)
}

/// Counts them, which takes some time.
fn count(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT count(*) FROM alerts", [], |row| row.get(0))
}

/// Whether they were counted wrongly, because somebody else has changed the table. Counts them if
/// more than so many may be there.
pub(crate) fn is_wrong(connection: &Connection, most: i64) -> rusqlite::Result<bool> {
    if at_most(connection)? <= most {
        return Ok(false);
    }
    let known = known(connection)?;
    Ok(known.is_some() && known != Some(count(connection)?))
}

/// Lets them be counted again when that matters next.
pub(crate) fn doubt(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM meta WHERE key = ?1", [GAPS])?;
    Ok(())
}
