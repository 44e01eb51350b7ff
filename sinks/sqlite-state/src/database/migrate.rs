//! The versions of the schema, one step from each to the next.

use rusqlite::{Connection, TransactionBehavior};

use super::patience::Patience;
use super::trouble::Trouble;

/// "alrt": says whose database it is, in the file's header.
pub(crate) const APPLICATION_ID: i32 = 0x616c_7274;

/// The step to version n + 1 is at n.
pub(super) const STEPS: &[&str] = &[include_str!("schema.sql")];

#[cfg(test)]
pub(crate) const SCHEMA: &str = STEPS[0];

/// What a database says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) application: i32,
    pub(crate) version: i32,
}

impl Stamp {
    pub(crate) fn of(connection: &Connection) -> rusqlite::Result<Stamp> {
        Ok(Stamp {
            application: connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
            version: connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
        })
    }

    /// Whether nothing is left to do for a program that knows this many steps.
    pub(super) fn is_newest(self, steps: &[&str]) -> bool {
        self.application == APPLICATION_ID && usize::try_from(self.version) == Ok(steps.len())
    }
}

/// The newest version that this program knows.
pub(crate) fn newest() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// Brings the database to the newest version, one transaction a step, whoever else does so at the
/// same time. A step that fails leaves the version before it.
pub(super) fn migrate(
    connection: &mut Connection,
    steps: &[&str],
    patience: &Patience,
) -> Result<(), Trouble> {
    loop {
        let stamp = Stamp::of(connection)?;
        check(connection, stamp, steps.len())?;
        if stamp.is_newest(steps) {
            return Ok(());
        }
        connection.busy_timeout(patience.left())?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been quicker.
        let stamp = Stamp::of(&transaction)?;
        check(&transaction, stamp, steps.len())?;
        let Some(step) = usize::try_from(stamp.version)
            .ok()
            .and_then(|version| steps.get(version))
        else {
            continue;
        };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", stamp.version.saturating_add(1))?;
        transaction.commit()?;
    }
}

/// Refuses what is somebody else's, or from a later version of this program.
pub(super) fn check(connection: &Connection, stamp: Stamp, known: usize) -> Result<(), Trouble> {
    match stamp.application {
        APPLICATION_ID => {}
        0 if stamp.version == 0 && is_empty(connection)? => {}
        _ => return Err(Trouble::Foreign),
    }
    match usize::try_from(stamp.version) {
        Ok(version) if version <= known => Ok(()),
        Ok(_) => Err(Trouble::Newer(stamp.version)),
        Err(_) => Err(Trouble::Foreign),
    }
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)",
        [],
        |row| row.get(0),
    )
}
