use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use alert_core::terminal;

use crate::database::Trouble;

/// Why a state database could not be opened, read or written: one line that names the file.
#[derive(Debug)]
pub struct StateError {
    path: PathBuf,
    trouble: Trouble,
}

impl StateError {
    pub(crate) fn of(path: &Path, trouble: Trouble) -> Self {
        Self {
            path: path.to_owned(),
            trouble,
        }
    }

    /// Whether there is no database yet, which is no fault: none has been written.
    pub fn is_absent(&self) -> bool {
        matches!(self.trouble, Trouble::Absent)
    }

    /// Whether trying again later may help without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::Busy | Trouble::Full | Trouble::Replaced
        )
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.to_string_lossy();
        write!(f, "state database `{}`: {}", terminal(&path), self.trouble)
    }
}

impl Error for StateError {}
