//! Real faults: processes that are killed, disks that are full, calls that fail.
#![cfg(unix)]

mod disk;
mod full;
mod kill;
mod together;
mod writer;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// What is stored, after the database has been opened as the sink does it: each id once, and the
/// file is whole.
fn stored(path: &Path) -> BTreeSet<String> {
    drop(writer::open(path).unwrap());
    let connection = Connection::open(path).unwrap();
    let answer: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(answer, "ok");
    let mut statement = connection.prepare("SELECT hex(id) FROM alerts").unwrap();
    let ids: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let each: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(each.len(), ids.len(), "an id twice");
    each
}

fn assert_stored(path: &Path, acknowledged: &BTreeSet<String>) {
    let stored = stored(path);
    let lost: Vec<&String> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "{} lost: {lost:?}", lost.len());
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    (folder, path)
}

/// Whether something was taken for damage.
fn is_set_aside(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let name = entry.unwrap().file_name();
        name.to_string_lossy().contains(".corrupt-")
    })
}

/// Says on standard error that a test was left out, and why.
fn left_out(why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "left out: {why}");
}
