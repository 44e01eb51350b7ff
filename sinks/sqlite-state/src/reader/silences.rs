use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use alert_core::{Silence, Timestamp, mine};
use rusqlite::Connection;

use super::shape;
use crate::database::{Database, Trouble};
use crate::place::micros;
use crate::row::{Status, StoredSilence};

/// For how long another program is waited for while a pipeline is put together.
const AT_ONCE: Duration = Duration::from_millis(20);
/// How long the reading takes at most, with a disk that is slow.
const IN_ALL: Duration = Duration::from_millis(500);

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

/// The same, as a pipeline heeds them.
pub(crate) fn to_heed(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Silence>> {
    let found = in_force(connection, now)?;
    Ok(found.iter().map(|stored| stored.silence()).collect())
}

pub(crate) fn silence(connection: &Connection, id: i64) -> rusqlite::Result<Option<StoredSilence>> {
    shape::first(connection, "FROM silences WHERE id = ?1", [id])
}

/// Those in force in the database at this absolute path, as far as that can be read at once. In a
/// thread of its own, which is left behind if need be: SQLite waits some ten seconds, whatever it is
/// told, for a program that was stopped while it made the index of the WAL.
pub(crate) fn known_silences(path: &Path) -> Vec<Silence> {
    if !path.exists() {
        return Vec::new();
    }
    let path = path.to_owned();
    let (tell, told) = sync_channel(1);
    let reading = thread::Builder::new().name("alert-silences".to_owned());
    let reading = reading.spawn(move || {
        let _mine = mine();
        let _ = tell.send(read_at_once(&path).unwrap_or_default());
    });
    match reading {
        Ok(_) => told.recv_timeout(IN_ALL).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn read_at_once(path: &Path) -> Result<Vec<Silence>, Trouble> {
    let mut database = Database::open_to_read(path, AT_ONCE)?;
    database.read(|connection| to_heed(connection, Timestamp::now()))
}
