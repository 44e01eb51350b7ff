//! How many alerts were raised in each minute.

use std::collections::BTreeMap;

use alert_core::{Alert, Timestamp};
use rusqlite::{Transaction, params};

use crate::place::micros;

const MINUTE: i64 = 60_000_000;
/// For how many minutes counts are kept: those of a week and a day.
const KEPT: i64 = 8 * 24 * 60;

/// Before this minute nothing is counted.
pub(crate) fn first_minute(now: Timestamp) -> i64 {
    micros(now) / MINUTE - KEPT
}

/// Counts alerts, one row a minute and severity.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    added: &[&Alert],
    now: Timestamp,
) -> rusqlite::Result<()> {
    let first = first_minute(now);
    let mut counts = BTreeMap::new();
    for alert in added {
        let minute = micros(alert.time()) / MINUTE;
        if minute >= first {
            *counts.entry((minute, alert.severity())).or_insert(0_i64) += 1;
        }
    }
    for ((minute, severity), count) in counts {
        let mut add = transaction.prepare_cached(
            "INSERT INTO counts (minute, severity, count) VALUES (?1, ?2, ?3)
             ON CONFLICT (minute, severity) DO UPDATE SET count = count + excluded.count",
        )?;
        add.execute(params![minute, severity.index() as i64, count])?;
    }
    Ok(())
}
