//! The state database as it is read here, and how what is in it is shown.

use std::path::{Path, PathBuf};

use alert::config::Environment;
use alert::sinks::sqlite_state::{StateError, StateReader};
use alert::{Severity, Status, Timestamp};

use crate::ago::{ago, exact};
use crate::database::Database;
use crate::failure::Failure;
use crate::table::{Cell, Hue};

/// Where the database that the arguments name is, and the database; none if nothing was stored yet.
/// May block for seconds.
///
/// # Errors
/// Wrong usage, a config or a database that cannot be read.
pub(crate) fn open(database: &Database) -> Result<(PathBuf, Option<StateReader>), Failure> {
    let path = database.path(&Environment::real())?;
    let reader = at(&path)?;
    Ok((path, reader))
}

/// The database there, if there is one.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn at(path: &Path) -> Result<Option<StateReader>, Failure> {
    there(StateReader::open(path))
}

/// What was read, unless there is no database.
///
/// # Errors
/// What else went wrong.
pub(crate) fn there<T>(read: Result<T, StateError>) -> Result<Option<T>, Failure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(Failure::state(&error)),
    }
}

/// Says that there is nothing to show, and where it would be.
pub(crate) fn absent(path: &Path) -> String {
    let path = path.to_string_lossy();
    format!(
        "no state database at `{}` yet: nothing was stored",
        alert::terminal(&path)
    )
}

/// A path as `--json` tells it.
pub(crate) fn told(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A severity in its colour.
pub(crate) fn severity(severity: Severity) -> Cell {
    let hue = match severity {
        Severity::Info => Hue::Plain,
        Severity::Warning => Hue::Yellow,
        Severity::Critical => Hue::Red,
    };
    Cell::hued(hue, severity.as_str())
}

/// Whether an alert told of an end.
pub(crate) fn resolved(is_resolved: bool) -> Cell {
    match is_resolved {
        true => Cell::hued(Hue::Green, Status::Resolved.as_str()),
        false => Cell::new(""),
    }
}

/// How long ago something was.
pub(crate) fn since(now: Timestamp, time: Timestamp) -> Cell {
    Cell::new(ago(now, time))
}

/// When exactly.
pub(crate) fn when(time: Timestamp) -> Cell {
    Cell::hued(Hue::Dim, exact(time))
}

/// JSON in one line, a text as it is.
pub(crate) fn value(value: &alert::JsonValue) -> String {
    match value {
        alert::JsonValue::String(text) => text.clone(),
        value => value.to_string(),
    }
}
