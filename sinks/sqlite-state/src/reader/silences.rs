use alert_core::Timestamp;
use rusqlite::Connection;

use super::shape;
use crate::place::micros;
use crate::row::{Status, StoredSilence};

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
