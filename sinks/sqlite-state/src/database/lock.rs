use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::identity::Inode;
use super::patience::Patience;
use super::place;
use super::trouble::Trouble;

/// A note that is longer is none.
const LONGEST_NOTE: u64 = 64 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// While one writes: the file at the path stays the one it is.
    Shared,
    /// While the file is created, brought up to date or set aside.
    Exclusive,
}

/// The lock on the file `state.db.lock` beside the database, held until this is dropped. It is
/// between programs of this crate; SQLite's own locks are in the database file itself.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    note: u64,
}

impl Lock {
    /// Never waits longer than patience lasts: who holds it may be stopped.
    pub(super) fn take(
        database: &Path,
        hold: Hold,
        patience: &mut Patience,
    ) -> Result<Lock, Trouble> {
        let path = Self::path(database);
        loop {
            let file = open(&path).map_err(|error| place::folder_trouble(&error))?;
            loop {
                let answer = match hold {
                    Hold::Shared => file.try_lock_shared(),
                    Hold::Exclusive => file.try_lock(),
                };
                match answer {
                    Ok(()) => break,
                    Err(TryLockError::WouldBlock) if patience.pause() => {}
                    Err(TryLockError::WouldBlock) => return Err(Trouble::Busy),
                    // A file system without such locks has but SQLite's own.
                    Err(TryLockError::Error(error)) if is_unknown(&error) => break,
                    Err(TryLockError::Error(error)) => return Err(error.into()),
                }
            }
            // Somebody may have removed it, and others may hold the lock on a new one.
            let there = file.metadata()?;
            if Inode::of(&there).is_at(&path) {
                let note = there.len();
                return Ok(Lock { file, note });
            }
            if !patience.pause() {
                return Err(Trouble::Busy);
            }
        }
    }

    fn path(database: &Path) -> PathBuf {
        place::beside(database, ".lock")
    }

    /// Whether somebody began what is to be finished under the exclusive lock.
    pub(super) fn has_note(&self) -> bool {
        self.note > 0
    }

    /// What was begun.
    pub(super) fn note(&mut self) -> io::Result<Vec<u8>> {
        let mut note = Vec::new();
        self.file.rewind()?;
        (&self.file).take(LONGEST_NOTE).read_to_end(&mut note)?;
        Ok(note)
    }

    /// Leaves a note for who comes next, in case this process does not come to the end; an empty
    /// one says that all is done.
    pub(super) fn set_note(&mut self, note: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(note)?;
        self.file.sync_data()?;
        self.note = note.len() as u64;
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not end it if the process was forked meanwhile.
        let _ = self.file.unlock();
    }
}

fn open(path: &Path) -> io::Result<File> {
    match place::private_file(fs::OpenOptions::new().create(true).truncate(false), path) {
        // Another user's, who let this one read it: enough for the lock.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path),
        answer => answer,
    }
}

fn is_unknown(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error()) {
        return true;
    }
    error.kind() == io::ErrorKind::Unsupported
}
