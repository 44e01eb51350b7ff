use rusqlite::{Connection, Transaction};

use super::{Limits, Step};
use crate::total;

pub(super) fn is_due(connection: &Connection, limits: &Limits) -> rusqlite::Result<bool> {
    let mut old =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM alerts WHERE time < ?1)")?;
    let old: bool = old.query_row([limits.before], |row| row.get(0))?;
    Ok(old
        || total::at_most(connection)? > limits.alerts
            && total::known(connection)?.is_none_or(|total| total > limits.alerts))
}

/// Removes the oldest, each with what became of it; whether none is left that is too much.
pub(super) fn prune(
    transaction: &Transaction<'_>,
    limits: &Limits,
    step: &mut Step,
) -> rusqlite::Result<bool> {
    let mut excess = match total::at_most(transaction)? > limits.alerts {
        true => total::total(transaction)?.saturating_sub(limits.alerts),
        false => 0,
    };
    let (mut removed, mut all) = (0, true);
    let rows = step.rows() as i64;
    let mut oldest = transaction
        .prepare_cached("SELECT seq, id, time FROM alerts ORDER BY time, seq LIMIT ?1")?;
    let oldest = oldest.query_map([rows], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let oldest: Vec<(i64, [u8; 16], i64)> = oldest.collect::<rusqlite::Result<_>>()?;
    for (seq, id, time) in oldest {
        if time >= limits.before && excess <= 0 {
            break;
        }
        if !step.takes() {
            all = false;
            break;
        }
        transaction
            .prepare_cached("DELETE FROM deliveries WHERE alert = ?1")?
            .execute([&id[..]])?;
        transaction
            .prepare_cached("DELETE FROM alerts WHERE seq = ?1")?
            .execute([seq])?;
        (removed, excess) = (removed + 1, excess - 1);
    }
    total::removed(transaction, removed)?;
    Ok(all && (step.rows() > 0 || !is_due(transaction, limits)?))
}
