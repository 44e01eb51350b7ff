//! One transaction at a time.

use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::aside;
use super::identity::{Identity, Inode};
use super::lock::{Hold, Lock};
use super::migrate;
use super::open::{Database, Purpose};
use super::patience::Patience;
use super::trouble::Trouble;

impl Database {
    /// Does this as one transaction, all or nothing; waits `patience` at most for other programs.
    /// Opens the database anew if another file has taken its place, or if the last use has broken
    /// the connection.
    pub(crate) fn write<R>(
        &mut self,
        patience: Duration,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<R>,
    ) -> Result<R, Trouble> {
        if self.purpose == Purpose::Read {
            return Err(Trouble::Denied("it was opened to be read only".to_owned()));
        }
        let mut patience = Patience::new(patience);
        let done = loop {
            let mut lock = self.hold_in_place(&mut patience)?;
            if self.replaces
                && let Some(reason) = aside::doubt(&mut lock)?
            {
                return Err(Trouble::Damaged(reason));
            }
            if let Some(link) = &self.link
                && let Some(connection) = link.lock()?.as_mut()
            {
                break transact(connection, &patience, work);
            }
            drop(lock);
            if !patience.pause() {
                return Err(Trouble::Replaced);
            }
        };
        self.is_doubtful &= done.is_err();
        self.after(done)
    }

    /// Reads from one state of the database, which other programs may change meanwhile.
    pub(crate) fn read<R>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, Trouble> {
        let mut patience = Patience::new(self.patience);
        let done = loop {
            self.be_in_place(&mut patience)?;
            if let Some(link) = &self.link
                && let Some(connection) = link.lock()?.as_mut()
            {
                break look(connection, &patience, work);
            }
            // Another thread has just closed it.
            if !patience.pause() {
                return Err(Trouble::Replaced);
            }
        };
        self.after(done)
    }

    /// A mark that is another one once somebody else, or another connection of this process, has
    /// changed the database. Marks of two openings of one file may be the same.
    pub(crate) fn mark(&mut self) -> Result<Mark, Trouble> {
        let mut patience = Patience::new(self.patience);
        self.be_in_place(&mut patience)?;
        let Some(link) = &self.link else {
            return Err(Trouble::Replaced);
        };
        let done = match link.lock()?.as_ref() {
            Some(connection) => version(connection).map_err(Trouble::from),
            None => Err(Trouble::Replaced),
        };
        let version = self.after(done)?;
        Ok(Mark(self.identity, version))
    }

    /// The lock under which the file at the path stays the one that is open here.
    fn hold_in_place(&mut self, patience: &mut Patience) -> Result<Lock, Trouble> {
        let mut has_moved = false;
        loop {
            if let Some(link) = &self.link {
                // Only asks whose it is.
                drop(link.lock()?);
                // Looked at under the lock alone: mostly it is in its place.
                let lock = Lock::take(&self.real, Hold::Shared, patience);
                if self.is_in_place() {
                    return lock;
                }
            }
            if has_moved && !patience.pause() {
                return Err(Trouble::Replaced);
            }
            has_moved = true;
            self.be_in_place(patience)?;
        }
    }

    /// Opens anew if need be.
    fn be_in_place(&mut self, patience: &mut Patience) -> Result<(), Trouble> {
        if let Some(link) = &self.link {
            // Only asks whose it is.
            drop(link.lock()?);
        }
        if self.is_in_place() {
            Ok(())
        } else {
            self.reopen(patience)
        }
    }

    fn is_in_place(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.is_open())
            && Inode::at(&self.path) == self.identity.database
            && Identity::at(&self.real) == self.identity
    }

    /// What a failure means for the connection.
    fn after<R>(&mut self, done: Result<R, Trouble>) -> Result<R, Trouble> {
        match &done {
            Err(Trouble::Damaged(reason)) => {
                self.note_doubt(reason);
                self.let_go();
            }
            // What a disk did with a write that failed is unknown; what is read anew is true.
            Err(Trouble::Full | Trouble::Failed(_)) if self.purpose != Purpose::Read => {
                self.link = None;
            }
            _ => {}
        }
        done
    }

    /// Closes the connection without writing anything.
    pub(super) fn let_go(&mut self) {
        if let Some(link) = self.link.take() {
            link.let_go();
        }
    }
}

/// See [`Database::mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(Identity, i64);

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}

fn look<R>(
    connection: &mut Connection,
    patience: &Patience,
    work: impl FnOnce(&Connection) -> rusqlite::Result<R>,
) -> Result<R, Trouble> {
    connection.busy_timeout(patience.left())?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    refuse_newer(&transaction)?;
    let found = work(&transaction)?;
    transaction.finish()?;
    Ok(found)
}

fn transact<R>(
    connection: &mut Connection,
    patience: &Patience,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<R>,
) -> Result<R, Trouble> {
    connection.busy_timeout(patience.left())?;
    // IMMEDIATE: a transaction that has read and then writes would fail at once, without
    // waiting, if another program wrote in between (SQLITE_BUSY_SNAPSHOT).
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    refuse_newer(&transaction)?;
    // Dropping it rolls back, unless the error has done so already.
    let done = work(&transaction)?;
    if transaction.is_autocommit() {
        return Err(Trouble::Failed(
            "an error has ended the transaction before its end".to_owned(),
        ));
    }
    // A rollback journal waits again, for readers.
    transaction.busy_timeout(patience.left())?;
    transaction.commit()?;
    Ok(done)
}

/// A later version of this program may have brought it up to date while it was open here.
fn refuse_newer(transaction: &Transaction<'_>) -> Result<(), Trouble> {
    let version = transaction
        .prepare_cached("PRAGMA user_version")?
        .query_row([], |row| row.get(0))?;
    if version > migrate::newest() {
        Err(Trouble::Newer(version))
    } else {
        Ok(())
    }
}
