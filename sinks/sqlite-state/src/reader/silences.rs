use std::path::Path;
use std::time::Duration;

use alert_core::{Silence, Timestamp};
use rusqlite::Connection;

use super::shape;
use crate::database::Database;
use crate::place::micros;
use crate::row::{Status, StoredSilence};

/// For how long another program is waited for while a pipeline is put together.
const AT_ONCE: Duration = Duration::from_millis(20);

/// The silences that hold at this time, those that end first at the front.
pub(crate) fn in_force(
    connection: &Connection,
    now: Timestamp,
) -> rusqlite::Result<Vec<StoredSilence>> {
    let rest =
        "FROM silences WHERE ends_at > ?1 AND ended_by IS NULL ORDER BY ends_at, id LIMIT ?2";
    shape::all(
        connection,
        rest,
        (micros(now), shape::limit(Status::MOST_ROWS)),
    )
}

pub(crate) fn silence(connection: &Connection, id: i64) -> rusqlite::Result<Option<StoredSilence>> {
    shape::first(connection, "FROM silences WHERE id = ?1", [id])
}

/// Those in force in the database at this absolute path, as far as that can be read at once.
pub(crate) fn known_silences(path: &Path) -> Vec<Silence> {
    let read =
        |mut database: Database| database.read(|connection| in_force(connection, Timestamp::now()));
    let found = Database::open_to_read(path, AT_ONCE).and_then(read);
    let found = found.unwrap_or_default();
    found.iter().map(|stored| stored.silence()).collect()
}
