//! Databases to be damaged.

use std::fs;
use std::io::{Seek, SeekFrom, Write};

use super::*;
use crate::database::SetAside;
use crate::database::recover::Recovery;

pub(super) const PAGE: u64 = 4096;

/// A database with so many alerts, open.
pub(super) fn filled(path: &Path, count: u64) -> Database {
    let mut database = open(path);
    add_all(&mut database, 1..=count).unwrap();
    database
}

/// Overwrites a part of the file. Nobody may have it open who is to keep its locks.
pub(super) fn damage(path: &Path, at: u64, length: usize) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&vec![0xa5; length]).unwrap();
}

/// Overwrites the first page of a table, through which all of its rows are found.
pub(super) fn damage_table(path: &Path, table: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let root: i64 = connection
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
            [table],
            |row| row.get(0),
        )
        .unwrap();
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(connection);
    damage(path, u64::try_from(root - 1).unwrap() * PAGE, 4096);
}

/// The files of a database while it is open, and what is in them.
pub(super) fn copy_open(path: &Path) -> Vec<(String, Vec<u8>)> {
    ["-wal", "-shm", ""]
        .iter()
        .map(|ending| {
            let name = format!("state.db{ending}");
            let bytes = fs::read(path.with_file_name(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

pub(super) fn replaced(path: &Path) -> (Database, SetAside) {
    let (database, aside) = Database::open_or_replace(path, Synchronous::Normal, PATIENCE).unwrap();
    (database, aside.unwrap())
}

/// Recovers to the end.
pub(super) fn recovered(database: &mut Database) -> Option<Recovery> {
    loop {
        let recovery = database.recover_step(PATIENCE, "test").unwrap()?;
        if recovery.is_done {
            assert!(!database.recovery_pending().unwrap());
            return Some(recovery);
        }
    }
}

/// How many ends of recoveries are in the audit trail.
pub(super) fn audited(database: &mut Database) -> i64 {
    let sql = "SELECT count(*) FROM audit WHERE action = 'recover' AND actor = 'test'
               AND json_extract(after, '$.unreadable') >= 0";
    database
        .read(|connection| connection.query_row(sql, [], |row| row.get(0)))
        .unwrap()
}
