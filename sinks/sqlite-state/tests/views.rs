//! The views that other tools read are as the README says.

use std::time::Duration;

use alert_core::{Alert, Batch, OpenContext, Sink, SinkConfig, Timestamp};
use alert_sink_sqlite_state::StateConfig;
use rusqlite::Connection;

const README: &str = include_str!("../README.md");
const WITHIN: Duration = Duration::from_secs(10);

fn text(connection: &Connection, sql: &str) -> String {
    let value = |row: &rusqlite::Row<'_>| row.get(0);
    connection.query_row(sql, [], value).unwrap()
}

#[test]
fn each_view_has_the_columns_that_the_readme_names_and_speaks_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut sink = StateConfig::new(&path)
        .open(&OpenContext::new("state", WITHIN))
        .unwrap();
    let alert = Alert::critical("disk full")
        .source("billing")
        .dedup_key("disk")
        .context("count", 5)
        .time(Timestamp::from_micros(1_795_499_337_123_456))
        .build();
    let alerts = [alert.clone()];
    let outcomes = Batch::by_hand(&alerts, WITHIN, |batch| sink.deliver_batch(batch));
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");

    let connection = Connection::open(&path).unwrap();
    // As careful programs read a file that is not their own.
    connection
        .pragma_update(None, "trusted_schema", false)
        .unwrap();
    connection
        .execute_batch(
            "INSERT INTO deliveries (alert, at, program, sink, verdict, reason, attempts, took_us)
                 SELECT id, time, 'p', 'ops', 'delivered', 'delivered', 1, 1500 FROM alerts;
             INSERT INTO sinks VALUES
                 ('p', 'ops', 'discord', 'healthy', NULL, 1000000, NULL, NULL, 0, 1, 0, 17, 2000000);
             INSERT INTO audit (at, actor, action, subject) VALUES (1234567, 'me', 'ack', 'x');",
        )
        .unwrap();
    for view in [
        "history",
        "incident_list",
        "outcomes",
        "sink_health",
        "audit_trail",
    ] {
        let sql = format!("SELECT group_concat(name, ' ') FROM pragma_table_info('{view}')");
        let columns = text(&connection, &sql);
        let line = README
            .lines()
            .find(|line| line.starts_with(&format!("| `{view}` |")));
        let line = line.unwrap_or_else(|| panic!("{view} is not in the README"));
        assert!(line.contains(&format!("`{columns}`")), "{view}: {columns}");
        let sql = format!("SELECT count(*) FROM (SELECT DISTINCT * FROM {view})");
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1, "{view}");
    }
    for (sql, expected) in [
        ("SELECT time FROM history", "2026-11-24T05:48:57.123Z"),
        ("SELECT severity || status FROM history", "criticalfiring"),
        ("SELECT id FROM history", &alert.id().to_string()),
        ("SELECT context ->> 'count' || '' FROM history", "5"),
        (
            "SELECT state || severity || title FROM incident_list",
            "opencriticaldisk full",
        ),
        (
            "SELECT last_at FROM incident_list",
            "2026-11-24T05:48:57.123Z",
        ),
        ("SELECT last_id FROM incident_list", &alert.id().to_string()),
        ("SELECT number || sink || took_ms FROM outcomes", "1ops1.5"),
        (
            "SELECT last_success_at FROM sink_health",
            "1970-01-01T00:00:01.000Z",
        ),
        ("SELECT time FROM audit_trail", "1970-01-01T00:00:01.234Z"),
    ] {
        assert_eq!(text(&connection, sql), expected, "{sql}");
    }
    for sample in README
        .lines()
        .filter_map(|line| line.strip_prefix("sqlite3 "))
    {
        let sql = sample.split('"').nth(1).unwrap();
        connection.query_row(sql, [], |_| Ok(())).unwrap();
    }
}
