//! Reading what can be read of a database that was set aside, in small steps beside the work of the
//! new one. How far it is stands in the new database, in the same transactions as the rows: whoever
//! opens it next goes on there, and two processes may do so at once.

mod cell;
mod graft;
mod progress;
mod source;
mod step;
mod table;
mod target;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use self::progress::{Position, Progress};
use self::source::Source;
use self::table::{Numbers, TABLES};
use super::aside::Begun;

#[cfg(test)]
pub(super) use self::step::Recovery;

/// A number above this is damage itself, not a number that was given.
const HIGHEST: i64 = 1 << 48;

/// The highest number that each table has given, where it can be read.
pub(super) fn highest_numbers(from: &Path) -> BTreeMap<String, i64> {
    let Ok(source) = Source::open(from) else {
        return BTreeMap::new();
    };
    TABLES
        .iter()
        .filter(|table| table.numbers != Numbers::None)
        .filter_map(|table| {
            let highest = source.highest(table)?;
            (0..HIGHEST)
                .contains(&highest)
                .then(|| (table.name.to_owned(), highest))
        })
        .collect()
}

/// Notes in the new database that there are rows to recover; harmless if it is noted already.
pub(super) fn begin(
    connection: &Connection,
    begun: &Begun,
    highest: &BTreeMap<String, i64>,
) -> rusqlite::Result<()> {
    if Progress::load(connection)?.is_some_and(|progress| progress.from == begun.to) {
        return Ok(());
    }
    for table in TABLES.iter().filter(|table| table.numbers == Numbers::Kept) {
        if let Some(highest) = highest.get(table.name) {
            target::go_on_after(connection, table, *highest)?;
        }
    }
    Progress {
        from: begun.to.clone(),
        began_at: begun.began_at,
        reason: begun.reason.clone(),
        at: TABLES.first().map(Position::start),
        highest: highest.clone(),
        recovered: BTreeMap::new(),
        unreadable: 0,
        tries: 0,
        stopped: None,
        done: false,
    }
    .store(connection)
}
