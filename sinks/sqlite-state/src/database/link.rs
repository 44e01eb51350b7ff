use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::identity::Inode;
use super::trouble::Trouble;

/// What is open in this process, and in which process it was opened.
static OPEN: Mutex<Vec<(Inode, u32)>> = Mutex::new(Vec::new());

/// A connection that is used and closed only in the process that opened it: SQLite's locks do not
/// come along through a fork, yet its own books say that they are held (SQLite, "How To Corrupt An
/// SQLite Database File", section 2.6).
#[derive(Debug)]
pub(super) struct Link {
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    process: u32,
    file: Option<Inode>,
}

impl Link {
    pub(super) fn new(connection: Connection, file: Option<Inode>) -> Link {
        let process = std::process::id();
        if let Some(file) = file {
            books(|open| open.push((file, process)));
        }
        Link {
            connection: Some(connection),
            process,
            file,
        }
    }

    /// Refuses a file that this process's parent had open when it forked: SQLite keeps one set of
    /// books for a file, and those came along.
    pub(super) fn allow(file: Option<Inode>) -> Result<(), Trouble> {
        let process = std::process::id();
        let is_inherited = books(|open| {
            open.iter()
                .any(|(other, by)| Some(*other) == file && *by != process)
        });
        if is_inherited {
            Err(Trouble::Forked)
        } else {
            Ok(())
        }
    }

    pub(super) fn get(&mut self) -> Result<&mut Connection, Trouble> {
        if self.process != std::process::id() {
            return Err(Trouble::Forked);
        }
        self.connection.as_mut().ok_or(Trouble::Forked)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.connection.take());
            return;
        }
        // Closed before the books say so.
        drop(self.connection.take());
        let mine = (self.file, self.process);
        books(|open| {
            if let Some(at) = open
                .iter()
                .position(|(file, by)| (Some(*file), *by) == mine)
            {
                open.swap_remove(at);
            }
        });
    }
}

fn books<R>(look: impl FnOnce(&mut Vec<(Inode, u32)>) -> R) -> R {
    look(&mut OPEN.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
impl Link {
    /// As if it had come along through a fork from this process.
    pub(super) fn pretend_to_be_of(&mut self, process: u32) {
        books(|open| {
            for (file, by) in open {
                if Some(*file) == self.file {
                    *by = process;
                }
            }
        });
        self.process = process;
    }
}
