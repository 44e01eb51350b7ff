//! Advisory locks on open files (`flock`). They end with the file's last descriptor, so a killed
//! process leaves none behind.

use std::fs::{File, TryLockError};

/// What became of a try to lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// It is held.
    Held,
    /// Somebody else's is in the way.
    Taken,
    /// Nothing is locked here: not on this system, or not on this file system.
    Unknown,
}

/// Notes that a write is on its way. Never waits.
pub(crate) fn lock_shared(file: &File) -> Lock {
    if cfg!(unix) {
        lock(file.try_lock_shared())
    } else {
        Lock::Unknown
    }
}

/// Whether nobody else is writing; if so, holds them off. Never waits. A shared lock is given up
/// for it, also where it fails.
pub(crate) fn lock_alone(file: &File) -> Lock {
    if cfg!(unix) {
        lock(file.try_lock())
    } else {
        // A lock is no advice there: it would keep others from writing.
        Lock::Unknown
    }
}

fn lock(tried: Result<(), TryLockError>) -> Lock {
    match tried {
        Ok(()) => Lock::Held,
        Err(TryLockError::WouldBlock) => Lock::Taken,
        Err(TryLockError::Error(_)) => Lock::Unknown,
    }
}

pub(crate) fn unlock(file: &File) {
    // Closing the file releases it too; there is nothing else to do about a failure.
    let _ = file.unlock();
}
