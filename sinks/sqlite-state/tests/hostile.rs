//! What somebody may have put in the place of our tables holds nobody up.

use std::path::{Path, PathBuf};
use std::time::Duration;

use alert_core::{JsonValue, OpenContext, SinkConfig};
use alert_sink_sqlite_state::{Audit, AuditQuery, StateConfig, StateReader, StateStore};
use rusqlite::Connection;
use serde_json::json;

const WITHIN: Duration = Duration::from_secs(5);
const FOR_EVER: &str = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x FROM n)";

/// A database in which somebody has changed the schema.
fn changed(folder: &tempfile::TempDir, change: &str) -> PathBuf {
    let path = folder.path().join("state.db");
    drop(StateStore::open(&path).unwrap());
    let somebody = Connection::open(&path).unwrap();
    somebody.execute_batch(change).unwrap();
    path
}

fn is_refused_by_all_doors(path: &Path) {
    let doors = [
        StateReader::open(path).map(drop),
        StateStore::open(path).map(drop),
        Audit::open(path).map(drop),
    ];
    for door in doors {
        let error = door.unwrap_err().to_string();
        assert!(error.contains("another program"), "{error}");
    }
    let config = StateConfig::new(path);
    assert_eq!(config.silences(), []);
    let error = config.open(&OpenContext::new("state", WITHIN)).unwrap_err();
    assert!(error.to_string().contains("another program"), "{error}");
}

#[test]
fn a_view_without_end_in_the_place_of_a_table_is_refused() {
    for (table, columns) in [
        (
            "silences",
            "id, x AS matches, x AS created_at, x AS created_by, x AS note, 9e18 AS ends_at, NULL AS ended_by",
        ),
        (
            "state",
            "namespace, 'status' AS key, x AS value, x AS updated_at",
        ),
        ("meta", "key, x AS value"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let view = format!(
            "DROP TABLE {table}; CREATE VIEW {table} AS {FOR_EVER} SELECT x AS {columns} FROM n"
        );
        is_refused_by_all_doors(&changed(&folder, &view));
    }
}

#[test]
fn a_computed_column_a_virtual_table_and_a_table_that_is_missing_are_refused() {
    for change in [
        "ALTER TABLE alerts ADD COLUMN more TEXT AS (printf('%.*c', 900000000, 'x'))",
        "DROP TABLE counts; CREATE VIRTUAL TABLE counts USING fts5(minute, severity, count)",
        "DROP TABLE counts; CREATE VIRTUAL TABLE counts USING rtree(minute, severity, count)",
        "DROP TABLE open_counts",
    ] {
        let folder = tempfile::tempdir().unwrap();
        is_refused_by_all_doors(&changed(&folder, change));
    }
}

#[test]
fn what_takes_the_place_of_an_open_database_is_looked_at_as_well() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let path = folders[0].path().join("state.db");
    let (store, reader) = (
        StateStore::open(&path).unwrap(),
        StateReader::open(&path).unwrap(),
    );
    let view = format!(
        "PRAGMA journal_mode = delete; DROP TABLE state; CREATE VIEW state AS
             {FOR_EVER} SELECT x AS namespace, x AS key, x AS value, x AS updated_at FROM n"
    );
    std::fs::rename(changed(&folders[1], &view), &path).unwrap();
    for door in [store.remove("n", "k"), reader.value("n", "k")] {
        let error = door.unwrap_err().to_string();
        assert!(error.contains("another program"), "{error}");
    }
}

#[test]
fn tables_indexes_and_columns_of_other_programs_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed(
        &folder,
        "CREATE TABLE dashboard (x); CREATE INDEX mine ON alerts (title);
         ALTER TABLE sinks ADD COLUMN mine TEXT",
    );
    StateReader::open(&path).unwrap();
    StateStore::open(&path).unwrap();
}

/// So deep that nothing may visit all of it, not even its destructor.
fn with_a_deep_value(work: impl FnOnce(&JsonValue)) {
    let deep = (0..200_000).fold(JsonValue::Null, |inner, _| JsonValue::Array(vec![inner]));
    work(&deep);
    std::mem::forget(deep);
}

#[test]
fn a_value_that_is_nested_too_deeply_is_refused_as_a_value_and_left_out_of_the_audit_trail() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, audit) = (
        StateStore::open(&path).unwrap(),
        Audit::open(&path).unwrap(),
    );
    with_a_deep_value(|deep| {
        let error = store.set("status", "deep", deep).unwrap_err();
        assert!(error.is_refused(), "{error}");
        audit.record("me", "set", "deep", Some(deep), Some(&1.into()), None);
    });
    assert_eq!(audit.failed(), 0);
    let reader = StateReader::open(&path).unwrap();
    assert_eq!(reader.values(None).unwrap(), []);
    let entry = reader.audit(&AuditQuery::new()).unwrap().remove(0);
    let left_out = json!({ "left_out": "more than 127 arrays and objects in each other" });
    assert_eq!(
        (entry.before, entry.after),
        (Some(left_out), Some(1.into()))
    );
}
