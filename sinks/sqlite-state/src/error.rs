use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use alert_core::terminal;

use crate::database::Trouble;

/// Why a state database could not be opened, read or written: one line that names the file and says
/// what to do. No value of the database or of the call is in it.
#[derive(Debug)]
pub struct StateError {
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Trouble(Trouble),
    Refused(String),
}

impl StateError {
    pub(crate) fn of(path: &Path, trouble: Trouble) -> Self {
        Self {
            path: path.to_owned(),
            cause: Cause::Trouble(trouble),
        }
    }

    pub(crate) fn refused(path: &Path, why: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            cause: Cause::Refused(why.into()),
        }
    }

    /// Whether there is no database yet, which is no fault: none has been written.
    pub fn is_absent(&self) -> bool {
        matches!(self.cause, Cause::Trouble(Trouble::Absent))
    }

    /// Whether trying again later may help without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.cause,
            Cause::Trouble(Trouble::Busy | Trouble::Full | Trouble::Replaced)
        )
    }

    /// Whether nothing is wrong with the database: what was asked is outside its bounds.
    pub fn is_refused(&self) -> bool {
        matches!(self.cause, Cause::Refused(_))
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.to_string_lossy();
        write!(f, "state database `{}`: ", terminal(&path))?;
        match &self.cause {
            Cause::Trouble(trouble) => write!(f, "{trouble}{}", advice(trouble)),
            Cause::Refused(why) => f.write_str(why),
        }
    }
}

/// What to do next, where the trouble itself does not say it.
fn advice(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Busy => ", try again",
        Trouble::Full => ", make some",
        Trouble::Damaged(_) => {
            ", the next program that delivers to it sets it aside and recovers what can be read"
        }
        Trouble::Absent => ", the first alert that a sink of type `sqlite-state` takes makes it",
        _ => "",
    }
}

impl Error for StateError {}
