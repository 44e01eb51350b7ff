use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connect;
use super::trouble::Trouble;

/// How many steps of SQLite's machine pass between two looks at the clock.
const STEPS: i32 = 10_000;

/// Whether a database of which damage was reported is whole after all: what a connection saw may
/// come from files that were exchanged under it. Only what is proven within this time counts.
pub(super) fn is_whole(real: &Path, within: Duration) -> Result<bool, Trouble> {
    match look(real, within) {
        Ok(is_whole) => Ok(is_whole),
        Err(trouble @ (Trouble::Busy | Trouble::Full | Trouble::Denied(_))) => Err(trouble),
        Err(_) => Ok(false),
    }
}

fn look(real: &Path, within: Duration) -> Result<bool, Trouble> {
    let mut connection = connect::to_read(real, within)?;
    let until = Instant::now().checked_add(within);
    let is_over = move || until.is_none_or(|until| Instant::now() >= until);
    connection.progress_handler(STEPS, Some(is_over))?;
    let found = proof(&mut connection);
    connect::distrust(&connection);
    Ok(found?)
}

fn proof(connection: &mut Connection) -> rusqlite::Result<bool> {
    let answer: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(answer == "ok")
}
