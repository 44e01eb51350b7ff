use std::fs::Metadata;
use std::path::Path;

use super::place;

/// Which file this is; all are the same where there is no number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inode(#[cfg(unix)] (u64, u64));

impl Inode {
    #[cfg(unix)]
    pub(super) fn of(there: &Metadata) -> Inode {
        use std::os::unix::fs::MetadataExt;
        Inode((there.dev(), there.ino()))
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Inode {
        Inode()
    }

    pub(super) fn at(path: &Path) -> Option<Inode> {
        std::fs::metadata(path).ok().as_ref().map(Self::of)
    }

    pub(super) fn is_at(self, path: &Path) -> bool {
        Self::at(path) == Some(self)
    }
}

/// Which files are at a database's path. Asked by path only: closing a descriptor of a database
/// file would drop this process's locks on it (SQLite, "How To Corrupt An SQLite Database File",
/// section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) database: Option<Inode>,
    pub(super) wal: Option<Inode>,
    pub(super) index: Option<Inode>,
}

impl Identity {
    /// With the two files that belong to it as long as anybody has it open in WAL mode.
    pub(super) fn at(path: &Path) -> Identity {
        Identity {
            database: Inode::at(path),
            wal: Inode::at(&place::beside(path, "-wal")),
            index: Inode::at(&place::beside(path, "-shm")),
        }
    }
}
