use std::fs;
use std::sync::Barrier;

use rusqlite::Connection;

use super::files::filled;
use super::*;
use crate::database::migrate::{APPLICATION_ID, STEPS, Stamp};
use crate::database::open::Opening;
use crate::database::patience::Patience;

pub(super) const MADE_UP: &[&str] = &[
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
     INSERT INTO meta VALUES ('one', '1')",
    "ALTER TABLE meta ADD COLUMN at INTEGER; UPDATE meta SET at = 7",
    "CREATE TABLE other (n INTEGER); INSERT INTO other SELECT count(*) FROM meta",
    "INSERT INTO meta (key, value) SELECT 'sum', n FROM other",
];

pub(super) fn open_by(path: &Path, steps: &[&str]) -> Result<Database, Trouble> {
    Opening {
        path,
        synchronous: Synchronous::Normal,
        within: PATIENCE,
        steps,
    }
    .open(&mut Patience::new(PATIENCE))
}

/// All that is in it, as text.
pub(super) fn content(database: &Database) -> Vec<String> {
    let guard = database.link.as_ref().unwrap().lock().unwrap();
    let connection = guard.as_ref().unwrap();
    let read = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |row| {
                (0..columns)
                    .map(|at| row.get_ref(at).map(|value| format!("{value:?}")))
                    .collect::<Result<Vec<_>, _>>()
            })
            .unwrap();
        rows.map(|row| row.unwrap().join(" ")).collect()
    };
    let stamp = Stamp::of(connection).unwrap();
    let mut content = vec![format!("{stamp:?}")];
    content.extend(read(
        "SELECT type, name, sql FROM sqlite_schema ORDER BY name",
    ));
    content.extend(read("SELECT * FROM meta ORDER BY key"));
    content
}

#[test]
fn step_by_step_leads_where_all_at_once_leads() {
    let (_folder, path) = folder();
    let all = content(&open_by(&path, MADE_UP).unwrap());
    for first in 1..=MADE_UP.len() {
        let (_folder, path) = folder();
        drop(open_by(&path, &MADE_UP[..first]).unwrap());
        assert_eq!(content(&open_by(&path, MADE_UP).unwrap()), all);
    }
}

#[test]
fn a_step_that_fails_leaves_the_version_before_it() {
    let (_folder, path) = folder();
    let before = content(&open_by(&path, &MADE_UP[..2]).unwrap());
    let broken = [
        MADE_UP[0],
        MADE_UP[1],
        "INSERT INTO meta VALUES ('half', '2', 3); INSERT INTO nowhere VALUES (1)",
    ];
    assert!(matches!(open_by(&path, &broken), Err(Trouble::Failed(_))));
    assert_eq!(content(&open_by(&path, &MADE_UP[..2]).unwrap()), before);
    open_by(&path, MADE_UP).unwrap();
}

#[test]
fn several_may_bring_it_up_to_date_at_once() {
    let (_folder, path) = folder();
    let all = content(&open_by(&path, MADE_UP).unwrap());
    for first in 0..MADE_UP.len() {
        let (_folder, path) = folder();
        if first > 0 {
            drop(open_by(&path, &MADE_UP[..first]).unwrap());
        }
        let start = Barrier::new(6);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    start.wait();
                    assert_eq!(content(&open_by(&path, MADE_UP).unwrap()), all);
                });
            }
        });
    }
}

/// A database that another program made, in a file of this journal mode.
fn make(path: &Path, journal: &str, sql: &str) {
    let connection = Connection::open(path).unwrap();
    let _: String = connection
        .pragma_update_and_check(None, "journal_mode", journal, |row| row.get(0))
        .unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn what_is_not_ours_is_refused_and_not_touched() {
    let newer = format!(
        "CREATE TABLE t (x); PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 99"
    );
    let old = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = -1");
    for (sql, is_newer) in [
        (newer.as_str(), true),
        (old.as_str(), false),
        ("CREATE TABLE t (x); INSERT INTO t VALUES (1)", false),
        ("PRAGMA application_id = 5", false),
        ("PRAGMA user_version = 1", false),
    ] {
        for journal in ["delete", "wal"] {
            let (folder, path) = folder();
            make(&path, journal, sql);
            let before = fs::read(&path).unwrap();
            let answer = Database::open_or_replace(&path, Synchronous::Normal, PATIENCE);
            match answer {
                Err(Trouble::Newer(99)) if is_newer => {}
                Err(Trouble::Foreign) if !is_newer => {}
                other => panic!("{sql}: {other:?}"),
            }
            assert!(fs::read(&path).unwrap() == before, "{sql}");
            assert_eq!(names(folder.path()), ["state.db", "state.db.lock"], "{sql}");
            assert!(Database::open_to_read(&path, PATIENCE).is_err());
            assert!(fs::read(&path).unwrap() == before, "{sql}");
        }
    }
}

#[test]
fn a_wal_of_another_program_stays_beside_its_database() {
    let (folder, path) = folder();
    make(&path, "wal", "CREATE TABLE t (x); PRAGMA wal_checkpoint");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    let wal = folder.path().join("state.db-wal");
    let before = (fs::read(&path).unwrap(), fs::read(&wal).unwrap());
    assert!(matches!(try_open(&path), Err(Trouble::Foreign)));
    assert!((fs::read(&path).unwrap(), fs::read(&wal).unwrap()) == before);
    other.execute_batch("INSERT INTO t VALUES (2)").unwrap();
}

#[test]
fn a_database_of_each_version_that_there_was_is_read() {
    let versions = [include_str!("../../../tests/fixtures/v1.sql")];
    assert_eq!(versions.len(), STEPS.len(), "each version has its fixture");
    for (sql, version) in versions.iter().zip(1..) {
        let (_folder, path) = folder();
        make(&path, "wal", sql);
        let connection = Connection::open(&path).unwrap();
        assert_eq!(Stamp::of(&connection).unwrap().version, version);
        drop(connection);
        let as_it_was = |path: &Path| -> Vec<(String, String)> {
            Connection::open(path)
                .unwrap()
                .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
                .unwrap()
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect()
        };
        let (_folder, by_steps) = super::folder();
        let first = usize::try_from(version).unwrap();
        drop(open_by(&by_steps, &STEPS[..first]).unwrap());
        assert_eq!(
            as_it_was(&path),
            as_it_was(&by_steps),
            "a step is never changed"
        );
        let mut database = open(&path);
        assert_eq!(stored(&mut database), [(3, 1), (5, 2)]);
        let count = |database: &mut Database, table: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table}");
            database
                .read(|connection| connection.query_row(&sql, [], |row| row.get(0)))
                .unwrap()
        };
        for table in [
            "state",
            "counts",
            "incidents",
            "deliveries",
            "sinks",
            "silences",
            "audit",
        ] {
            assert!(
                count(&mut database, table) > 0,
                "version {version}: {table}"
            );
        }
        add(&mut database, 3).unwrap();
        assert_eq!(stored(&mut database).last(), Some(&(6, 3)));
        assert!(is_whole(&mut database));
    }
}

#[test]
fn what_a_later_version_brings_up_to_date_meanwhile_is_not_touched_any_more() {
    let (_folder, path) = folder();
    let mut writer = filled(&path, 1);
    let mut reader = Database::open_to_read(&path, PATIENCE).unwrap();
    let later = Connection::open(&path).unwrap();
    let version = STEPS.len() + 1;
    later
        .execute_batch(&format!("PRAGMA user_version = {version}"))
        .unwrap();
    for _ in 0..2 {
        let refused = add(&mut writer, 2);
        assert!(matches!(refused, Err(Trouble::Newer(_))), "{refused:?}");
        let refused = reader.read(|_| Ok(()));
        assert!(matches!(refused, Err(Trouble::Newer(_))), "{refused:?}");
    }
    let count: i64 = later
        .query_row("SELECT count(*) FROM alerts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 1);
}
