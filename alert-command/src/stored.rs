//! The state database as it is read here, and how what is in it is shown.

use std::path::{Path, PathBuf};

use alert::config::Environment;
use alert::sinks::sqlite_state::StateReader;
use alert::{Severity, Timestamp};

use crate::ago::{ago, exact};
use crate::database::Database;
use crate::failure::Failure;
use crate::table::{Cell, Hue};

/// What a command that reads found where the database should be.
#[derive(Debug)]
pub(crate) enum Found {
    Open(PathBuf, StateReader),
    /// Nothing was stored yet.
    Absent(PathBuf),
}

/// Opens the database that the arguments name. May block for seconds.
///
/// # Errors
/// Wrong usage, a config or a database that cannot be read.
pub(crate) fn open(database: &Database) -> Result<Found, Failure> {
    at(database.path(&Environment::real())?)
}

/// Opens the database there.
///
/// # Errors
/// If it is there and cannot be read.
pub(crate) fn at(path: PathBuf) -> Result<Found, Failure> {
    match StateReader::open(&path) {
        Ok(reader) => Ok(Found::Open(path, reader)),
        Err(error) if error.is_absent() => Ok(Found::Absent(path)),
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
