//! What is removed because it is too old or too much: alerts with what hangs on them, outcomes
//! without an alert, counts, closed incidents, sinks that nobody has, silences that are over. The
//! audit trail is not pruned, nor are open incidents, silences in force and the last alerts.

mod alerts;
mod deliveries;
mod rest;
mod step;
#[cfg(test)]
mod tests;

use alert_core::Timestamp;
use rusqlite::{Connection, Transaction};

pub(crate) use step::Step;

use crate::config::Keep;
use crate::place::micros;

/// What is kept, at one time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    now: Timestamp,
    /// Older is too old.
    before: i64,
    alerts: i64,
}

impl Limits {
    pub(crate) fn at(keep: &Keep, now: Timestamp) -> Self {
        let age = i64::try_from(keep.age.get().as_micros()).unwrap_or(i64::MAX);
        Self {
            now,
            before: micros(now).saturating_sub(age),
            alerts: i64::try_from(keep.alerts).unwrap_or(i64::MAX),
        }
    }

    /// How many alerts are kept.
    pub(crate) fn alerts(&self) -> i64 {
        self.alerts
    }
}

/// Whether there is anything to remove; takes next to no time.
pub(crate) fn is_due(connection: &Connection, limits: &Limits) -> rusqlite::Result<bool> {
    Ok(alerts::is_due(connection, limits)?
        || deliveries::is_due(connection, limits)?
        || rest::is_due(connection, limits)?)
}

/// Removes as much as the step allows; whether that was all.
pub(crate) fn prune(
    transaction: &Transaction<'_>,
    limits: &Limits,
    step: &mut Step,
) -> rusqlite::Result<bool> {
    // In this order: an incident that is gone while its alerts are there would come back.
    Ok(alerts::prune(transaction, limits, step)?
        && deliveries::prune(transaction, limits, step)?
        && rest::prune(transaction, limits, step)?)
}
