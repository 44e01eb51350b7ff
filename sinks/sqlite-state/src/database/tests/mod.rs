//! Real files, real threads, real processes.

mod child;
mod damage;
mod files;
mod forks;
mod killed;
mod migrations;
mod opening;
mod recovering;
mod transactions;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::params;

use super::{Database, Synchronous, Trouble};

/// Longer than anything here takes, also on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

fn open(path: &Path) -> Database {
    try_open(path).unwrap()
}

fn try_open(path: &Path) -> Result<Database, Trouble> {
    Database::open(path, Synchronous::Normal, PATIENCE)
}

/// Adds the alert whose id is this number, if it is not there.
fn add(database: &mut Database, id: u64) -> Result<(), Trouble> {
    add_all(database, id..=id)
}

fn add_all(database: &mut Database, ids: impl IntoIterator<Item = u64>) -> Result<(), Trouble> {
    database.write(PATIENCE, |transaction| {
        for id in ids {
            transaction
                .prepare_cached(
                    "INSERT INTO alerts (id, time, severity, status, source, title, message, context)
                     VALUES (?1, ?2, 1, 0, 'test', ?3, ?4, '{}') ON CONFLICT (id) DO NOTHING",
                )?
                .execute(params![
                    u128::from(id).to_be_bytes(),
                    i64::try_from(id).unwrap(),
                    format!("alert {id}"),
                    "m".repeat(200),
                ])?;
        }
        Ok(())
    })
}

/// Number and id of each alert, by number.
fn stored(database: &mut Database) -> Vec<(i64, u64)> {
    database
        .read(|connection| {
            connection
                .prepare("SELECT seq, id FROM alerts ORDER BY seq")?
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, [u8; 16]>(1)?)))?
                .map(|row| row.map(|(seq, id)| (seq, as_number(id))))
                .collect()
        })
        .unwrap()
}

fn as_number(id: [u8; 16]) -> u64 {
    u64::try_from(u128::from_be_bytes(id)).unwrap()
}

fn ids(database: &mut Database) -> Vec<u64> {
    let mut ids: Vec<u64> = stored(database).into_iter().map(|(_, id)| id).collect();
    ids.sort_unstable();
    ids
}

fn is_whole(database: &mut Database) -> bool {
    let answer: String = database
        .read(|connection| connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)))
        .unwrap();
    answer == "ok"
}

/// The names of what is in the folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    (folder, path)
}

/// Says on standard error that a test was left out, and why.
fn left_out(why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "left out: {why}");
}
