//! `alert status`: how things are, on one screen, for a program or for a monitoring system.

mod arguments;
mod check;
mod recovery;
mod told;
mod trouble;
#[cfg(unix)]
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use alert::Timestamp;
use alert::sinks::sqlite_state::Status as Stored;
use serde::Serialize;

pub(crate) use self::arguments::Status;
pub(crate) use self::told::acknowledged;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::stored;

pub(crate) fn run(arguments: &Status, screen: &Screen) -> ExitCode {
    if arguments.check {
        return check::run(arguments, screen);
    }
    if let Some(every) = arguments.watch {
        return watched(arguments, every, screen);
    }
    let json = arguments.form.json;
    let path = arguments.database.path(&alert::config::Environment::real());
    match path.and_then(Seen::of) {
        Ok(seen) if json => screen.json(&Shape {
            database: stored::told(&seen.path),
            status: seen.status.as_ref(),
        }),
        Ok(seen) => screen.out(&told::page(
            &seen,
            screen.table_columns(),
            screen.out_paint(),
        )),
        Err(failure) => return failure.end(json, screen),
    }
    ExitCode::SUCCESS
}

#[cfg(unix)]
fn watched(arguments: &Status, every: std::time::Duration, screen: &Screen) -> ExitCode {
    watch::run(arguments, every, screen)
}

#[cfg(not(unix))]
fn watched(_: &Status, _: std::time::Duration, screen: &Screen) -> ExitCode {
    Failure::usage("--watch is not there on this system").end(false, screen)
}

/// What was found in the database, if there is one.
#[derive(Debug)]
struct Seen {
    path: PathBuf,
    status: Option<Stored>,
}

impl Seen {
    /// Reads it. May block for seconds.
    fn of(path: PathBuf) -> Result<Self, Failure> {
        let status = match stored::at(&path)? {
            None => None,
            Some(reader) => stored::there(reader.status(Timestamp::now()))?,
        };
        Ok(Self { path, status })
    }
}

/// What `--json` writes; without a database there is no status.
#[derive(Serialize)]
struct Shape<'a> {
    database: String,
    status: Option<&'a Stored>,
}

#[cfg(test)]
mod tests;
