use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{Limits, Step};

/// As many outcomes for each alert that may be kept are kept: so many sinks has nobody, but there
/// are outcomes also of alerts that are not here.
const OUTCOMES: i64 = 16;

/// The oldest outcome, if it is to go: most are of an alert and go with it.
fn oldest(connection: &Connection, limits: &Limits) -> rusqlite::Result<Option<i64>> {
    let mut oldest = connection.prepare_cached(
        "SELECT seq FROM deliveries
         WHERE seq = (SELECT min(seq) FROM deliveries)
             AND (at < ?1 OR (SELECT max(seq) FROM deliveries) - seq >= ?2)",
    )?;
    let most = limits.alerts.saturating_mul(OUTCOMES);
    oldest
        .query_row([limits.before, most], |row| row.get(0))
        .optional()
}

pub(super) fn is_due(connection: &Connection, limits: &Limits) -> rusqlite::Result<bool> {
    Ok(oldest(connection, limits)?.is_some())
}

pub(super) fn prune(
    transaction: &Transaction<'_>,
    limits: &Limits,
    step: &mut Step,
) -> rusqlite::Result<bool> {
    while let Some(seq) = oldest(transaction, limits)? {
        if !step.takes() {
            return Ok(false);
        }
        transaction
            .prepare_cached("DELETE FROM deliveries WHERE seq = ?1")?
            .execute([seq])?;
    }
    Ok(true)
}
