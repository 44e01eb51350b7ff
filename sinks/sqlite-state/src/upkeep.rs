//! What is to be done in the database beside the deliveries, one short step at a time.

use std::time::Duration;

use alert_core::{Timestamp, terminal};
use rusqlite::Connection;

use crate::config::Keep;
use crate::database::{Database, Trouble};
use crate::prune::{self, Limits, Step};
use crate::{program, total};

/// How long one step of a recovery takes.
const RECOVERING: Duration = Duration::from_millis(5);
/// How long other programs are waited for where it cannot wait.
const PATIENCE: Duration = Duration::from_millis(250);

/// Brings back what can be read of a damaged database, then removes what is too old or too much.
#[derive(Debug)]
pub(crate) struct Upkeep {
    keep: Keep,
    /// How many alerts there are was looked after.
    counted: bool,
}

impl Upkeep {
    pub(crate) fn of(keep: Keep) -> Self {
        Self {
            keep,
            counted: false,
        }
    }

    /// One step; whether that was all for now.
    pub(crate) fn step(
        &mut self,
        database: &mut Database,
        now: Timestamp,
    ) -> Result<bool, Trouble> {
        if database.recovery_pending()? {
            self.counted = false;
            return recover(database);
        }
        let limits = Limits::at(&self.keep, now);
        if !self.counted {
            let is_wrong = |connection: &Connection| total::is_wrong(connection, limits.alerts());
            if database.read(is_wrong)? {
                database.write(PATIENCE, total::doubt)?;
            }
            self.counted = true;
        }
        prune(database, &limits)
    }

    /// The one step that a program takes which may be over before the next.
    pub(crate) fn first_step(keep: &Keep, database: &mut Database) -> Result<(), Trouble> {
        match database.recovery_pending()? {
            true => recover(database)?,
            false => prune(database, &Limits::at(keep, Timestamp::now()))?,
        };
        Ok(())
    }
}

fn recover(database: &mut Database) -> Result<bool, Trouble> {
    let actor = program::actor(&program::name());
    let Some(recovery) = database.recover_step(RECOVERING, &actor)? else {
        return Ok(true);
    };
    if recovery.is_done {
        let (recovered, unreadable) = (recovery.recovered, recovery.unreadable);
        tracing::warn!(
            target: "alert", recovered, unreadable,
            "{recovered} rows of the damaged state database `{}` are back, {unreadable} could not be read",
            terminal(&recovery.from)
        );
        database.write(PATIENCE, total::doubt)?;
    }
    Ok(recovery.is_done)
}

/// One short transaction, and only if nobody is at it: the next batch comes first.
fn prune(database: &mut Database, limits: &Limits) -> Result<bool, Trouble> {
    if !database.read(|connection| prune::is_due(connection, limits))? {
        return Ok(true);
    }
    let pruned = database.write(Duration::ZERO, |transaction| {
        prune::prune(transaction, limits, &mut Step::new())
    });
    match pruned {
        Err(Trouble::Busy) => Ok(false),
        answer => answer,
    }
}
