//! One transaction at a time.

use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::identity::Identity;
use super::open::Database;
use super::trouble::Trouble;

impl Database {
    /// Does this as one transaction, all or nothing; waits `patience` at most for other programs.
    pub(crate) fn write<R>(
        &mut self,
        patience: Duration,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<R>,
    ) -> Result<R, Trouble> {
        self.is_in_place()?;
        self.connection.busy_timeout(patience)?;
        // IMMEDIATE: a transaction that has read and then writes would fail at once, without
        // waiting, if another program wrote in between (SQLITE_BUSY_SNAPSHOT).
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Reads from one state of the database, which other programs may change meanwhile.
    pub(crate) fn read<R>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, Trouble> {
        self.is_in_place()?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)?;
        let found = work(&transaction)?;
        transaction.finish()?;
        Ok(found)
    }

    fn is_in_place(&self) -> Result<(), Trouble> {
        if Identity::at(&self.path) == self.identity {
            Ok(())
        } else {
            Err(Trouble::Replaced)
        }
    }
}
