//! A database that several threads share, none of which waits longer than it may.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::database::{Database, Trouble};
use crate::error::StateError;

/// Opens the database, within this time.
type Open = fn(&Path, Duration) -> Result<Database, Trouble>;

/// The one connection of a door, lent to one thread at a time.
///
/// No lock is held while SQLite works, since a mutex cannot be waited for with a limit.
#[derive(Debug)]
pub(crate) struct Held {
    path: PathBuf,
    open: Open,
    slot: Mutex<Slot>,
    back: Condvar,
}

#[derive(Debug)]
enum Slot {
    /// `None` if it is to be opened anew.
    Here(Option<Box<Database>>),
    Lent,
}

impl Held {
    pub(crate) fn open(path: &Path, open: Open, patience: Duration) -> Result<Held, StateError> {
        let path = alert_core::resolve_path(path).map_err(|why| StateError::refused(path, why))?;
        let database = open(&path, patience).map_err(|trouble| StateError::of(&path, trouble))?;
        Ok(Held {
            path,
            open,
            slot: Mutex::new(Slot::Here(Some(Box::new(database)))),
            back: Condvar::new(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Does the work, within this time as far as other threads and programs are concerned. If
    /// another file has taken the database's place, that one is opened and the work done once more.
    pub(crate) fn with<R>(
        &self,
        patience: Duration,
        mut work: impl FnMut(&mut Database, Duration) -> Result<R, Trouble>,
    ) -> Result<R, StateError> {
        let began = Instant::now();
        let mut lent = self
            .lend(patience)
            .ok_or(Trouble::Busy)
            .map_err(|t| self.error(t))?;
        let left = || patience.saturating_sub(began.elapsed());
        let mut again = lent.database.is_some();
        loop {
            let done = match lent.database.as_mut() {
                Some(database) => work(database, left()),
                None => (self.open)(&self.path, left())
                    .and_then(|opened| work(lent.database.insert(Box::new(opened)), left())),
            };
            match done {
                Err(Trouble::Replaced) if again => {
                    lent.database = None;
                    again = false;
                }
                done => return done.map_err(|trouble| self.error(trouble)),
            }
        }
    }

    pub(crate) fn error(&self, trouble: Trouble) -> StateError {
        StateError::of(&self.path, trouble)
    }

    fn lend(&self, patience: Duration) -> Option<Lent<'_>> {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut slot, _) = self
            .back
            .wait_timeout_while(slot, patience, |slot| matches!(slot, Slot::Lent))
            .unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *slot, Slot::Lent) {
            Slot::Here(database) => Some(Lent {
                held: self,
                database,
            }),
            Slot::Lent => None,
        }
    }
}

/// Gives the database back, whatever happens.
struct Lent<'a> {
    held: &'a Held,
    database: Option<Box<Database>>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut slot = self
            .held
            .slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = Slot::Here(self.database.take());
        drop(slot);
        self.held.back.notify_one();
    }
}
