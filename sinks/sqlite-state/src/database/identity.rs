use std::fs::Metadata;
use std::path::Path;

/// Which file is at a path. Asked by path only: closing a descriptor of a database file would drop
/// this process's locks on it (SQLite, "How To Corrupt An SQLite Database File", section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(Option<(u64, u64)>);

impl Identity {
    /// `None` if there is nothing at the path.
    pub(crate) fn at(path: &Path) -> Option<Identity> {
        std::fs::metadata(path).ok().as_ref().map(Self::of)
    }

    #[cfg(unix)]
    fn of(there: &Metadata) -> Identity {
        use std::os::unix::fs::MetadataExt;
        Identity(Some((there.dev(), there.ino())))
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Identity {
        Identity(None)
    }
}
