//! What can be wrong with the database, sorted by what is to be done about it.

use std::fmt;
use std::io;

use rusqlite::{ErrorCode, ffi};

/// Why the database could not be opened, read or written. Its text names no path.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Trouble {
    /// Another program held it for as long as was waited.
    Busy,
    /// No room on the disk, or in the quota.
    Full,
    /// The file, its folder or the file system cannot be written, or not be opened.
    Denied(String),
    /// It is no database, or a damaged one.
    Damaged(String),
    /// It is a database of another program.
    Foreign,
    /// A later version of this program made it.
    Newer(i32),
    /// It is not there (only where it is not to be created).
    Absent,
    /// Another file is at its path since it was opened, or none.
    Replaced,
    /// It was opened before a `fork`.
    Forked,
    /// The disk failed, or something that is not foreseen.
    Failed(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Busy => f.write_str("another program has held the database for too long"),
            Trouble::Full => f.write_str("there is no room left on the disk"),
            Trouble::Denied(why) => f.write_str(why),
            Trouble::Damaged(why) => write!(f, "the database is damaged: {why}"),
            Trouble::Foreign => {
                f.write_str("it is a database of another program, name another file")
            }
            Trouble::Newer(version) => write!(
                f,
                "a later version of this program made it (schema {version}, this one knows {}), update this one",
                super::migrate::newest()
            ),
            Trouble::Absent => f.write_str("there is no such file yet"),
            Trouble::Replaced => f.write_str("another file has taken its place"),
            Trouble::Forked => {
                f.write_str("it was opened before a fork, open it anew in the child")
            }
            Trouble::Failed(why) => f.write_str(why),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        let text = || match &error {
            rusqlite::Error::SqliteFailure(_, Some(text)) => text.to_lowercase(),
            other => other.to_string().to_lowercase(),
        };
        match error.sqlite_error().map(|error| error.extended_code) {
            // The shared memory is a file, too, and needs room.
            Some(ffi::SQLITE_IOERR_SHMSIZE) => return Trouble::Full,
            Some(ffi::SQLITE_READONLY_DBMOVED) => return Trouble::Replaced,
            _ => {}
        }
        match error.sqlite_error_code() {
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed,
            ) => Trouble::Busy,
            Some(ErrorCode::DiskFull) => Trouble::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Trouble::Denied(format!(
                    "it or its folder cannot be written by this user: {}",
                    text()
                ))
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Damaged(text()),
            _ => Trouble::Failed(text()),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        let text = || error.to_string().to_lowercase();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Trouble::Full,
            io::ErrorKind::NotADirectory => {
                Trouble::Denied("what should be its folder is none".to_owned())
            }
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput => Trouble::Denied(text()),
            _ if is_loop(&error) => Trouble::Denied("links lead in a circle".to_owned()),
            _ => Trouble::Failed(text()),
        }
    }
}

fn is_loop(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}
