use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};

use rusqlite::Connection;

use super::connect;
use super::identity::Inode;
use super::patience::Patience;
use super::trouble::Trouble;

/// What is open in this process.
static OPEN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

type Slot = Mutex<Option<Connection>>;

#[derive(Debug)]
struct Entry {
    file: Inode,
    process: u32,
    slot: Weak<Slot>,
}

/// A connection that is used and closed only in the process that opened it: SQLite's locks do not
/// come along through a fork, yet its own books say that they are held (SQLite, "How To Corrupt An
/// SQLite Database File", section 2.6).
#[derive(Debug)]
pub(super) struct Link {
    /// Empty once it was closed, by [`close_all`](Link::close_all) or by its owner.
    slot: Arc<Slot>,
    process: u32,
}

impl Link {
    pub(super) fn new(connection: Connection, file: Option<Inode>) -> Link {
        let process = std::process::id();
        let slot = Arc::new(Mutex::new(Some(connection)));
        if let Some(file) = file {
            let slot = Arc::downgrade(&slot);
            books(|open| {
                open.push(Entry {
                    file,
                    process,
                    slot,
                })
            });
        }
        Link { slot, process }
    }

    /// Refuses a file that this process's parent had open when it forked: SQLite keeps one set of
    /// books for a file, and those came along.
    pub(super) fn allow(file: Option<Inode>) -> Result<(), Trouble> {
        let process = std::process::id();
        let is_inherited = books(|open| {
            open.iter()
                .any(|entry| Some(entry.file) == file && entry.process != process)
        });
        if is_inherited {
            Err(Trouble::Forked)
        } else {
            Ok(())
        }
    }

    /// The connection, if nobody has closed it.
    pub(super) fn lock(&self) -> Result<MutexGuard<'_, Option<Connection>>, Trouble> {
        if self.process != std::process::id() {
            return Err(Trouble::Forked);
        }
        Ok(self.slot.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_open(&self) -> bool {
        match self.slot.try_lock() {
            Ok(connection) => connection.is_some(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().is_some(),
            // It is just being closed.
            Err(TryLockError::WouldBlock) => false,
        }
    }

    /// Closes it without writing anything.
    pub(super) fn let_go(&self) {
        if let Ok(mut connection) = self.lock()
            && let Some(connection) = connection.take()
        {
            connect::distrust(&connection);
        }
    }

    /// Closes all connections of this process to this file, without writing more than `last` does.
    /// As long as one is open, SQLite gives each other one the same shared memory, even if its file
    /// is not at its path any more, and another process uses another file.
    pub(super) fn close_all(
        file: Inode,
        patience: &mut Patience,
        mut last: impl FnMut(&Connection) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let process = std::process::id();
        let slots: Vec<Arc<Slot>> = books(|open| {
            open.iter()
                .filter(|entry| entry.file == file && entry.process == process)
                .filter_map(|entry| entry.slot.upgrade())
                .collect()
        });
        // All are held before the first is closed: what is wrong with one is wrong with all.
        let mut held = Vec::new();
        for slot in &slots {
            loop {
                match slot.try_lock() {
                    Ok(guard) => break held.push(guard),
                    Err(TryLockError::Poisoned(poisoned)) => {
                        break held.push(poisoned.into_inner());
                    }
                    Err(TryLockError::WouldBlock) if patience.pause() => {}
                    Err(TryLockError::WouldBlock) => return Err(Trouble::Busy),
                }
            }
        }
        for connection in held.iter().filter_map(|connection| connection.as_ref()) {
            last(connection)?;
        }
        for connection in held.iter_mut().filter_map(|connection| connection.take()) {
            connect::distrust(&connection);
        }
        Ok(())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // A thread that the fork did not bring along may hold it: then it is left alone, too.
            if let Ok(mut connection) = self.slot.try_lock() {
                std::mem::forget(connection.take());
            }
            std::mem::forget(Arc::clone(&self.slot));
            return;
        }
        // Closed before the books say so.
        drop(self.lock().map(|mut connection| connection.take()));
        let mine = Arc::as_ptr(&self.slot);
        books(|open| open.retain(|entry| entry.slot.as_ptr() != mine));
    }
}

fn books<R>(look: impl FnOnce(&mut Vec<Entry>) -> R) -> R {
    look(&mut OPEN.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
impl Link {
    /// As if it had come along through a fork from this process.
    pub(super) fn pretend_to_be_of(&mut self, process: u32) {
        let mine = Arc::as_ptr(&self.slot);
        books(|open| {
            for entry in open {
                if entry.slot.as_ptr() == mine {
                    entry.process = process;
                }
            }
        });
        self.process = process;
    }
}
