use std::collections::BTreeMap;

use alert_core::{Severity, Timestamp};
use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::database::SCHEMA;

fn fresh() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

fn now() -> Timestamp {
    Timestamp::from_micros(30 * 24 * 3_600 * 1_000_000 + 59_999_999)
}

/// A minute, told by how long ago it is; around the ends of the windows most of the time.
fn ago() -> impl Strategy<Value = i64> {
    let end = prop::sample::select(&[0, 60, 1_440, 10_080][..]);
    prop_oneof![3 => (end, -2..=2_i64).prop_map(|(end, by)| end + by), 1 => -3..12_000_i64]
}

proptest! {
    #[test]
    fn windows_count_what_was_raised_in_their_minutes(
        rows in prop::collection::btree_map((ago(), 0..3_i64), 0..1_000_i64, 0..30),
    ) {
        let connection = fresh();
        let minute = i64::try_from(now().as_micros()).unwrap() / 60_000_000;
        for ((ago, severity), count) in &rows {
            connection
                .execute("INSERT INTO counts VALUES (?1, ?2, ?3)", (minute - ago, severity, count))
                .unwrap();
        }
        let windows = windows(&connection, now()).unwrap();
        for (window, length) in windows.iter().zip([60, 24 * 60, 7 * 24 * 60]) {
            for severity in Severity::ALL {
                let index = severity.index() as i64;
                let inside = rows.iter().filter(|((ago, one), _)| {
                    *one == index && (0..=length).contains(ago)
                });
                let wanted: i64 = inside.map(|(_, count)| count).sum();
                prop_assert_eq!(window.of(severity), u64::try_from(wanted).unwrap());
            }
        }
    }

    #[test]
    fn open_incidents_are_counted_however_they_change(
        steps in prop::collection::vec((0..5_u8, 0..3_i64, prop::option::of(Just(1_i64)), 0..4_u8), 0..40),
    ) {
        let connection = fresh();
        for (key, severity, resolved_at, how) in steps {
            let key = key.to_string();
            match how {
                0 => connection.execute("DELETE FROM incidents WHERE dedup_key = ?1", [key]),
                1 => connection.execute(
                    "UPDATE incidents SET resolved_at = ?2 WHERE dedup_key = ?1",
                    (key, resolved_at),
                ),
                _ => connection.execute(
                    "INSERT INTO incidents (dedup_key, severity, source, title, first_at, last_at,
                         count, last_id, newest_at, newest_id, resolved_at)
                     VALUES (?1, ?2, '', '', 0, 0, 1, x'', 0, x'', ?3)
                     ON CONFLICT (dedup_key) DO UPDATE SET severity = excluded.severity,
                         resolved_at = excluded.resolved_at, count = count + 1",
                    (key, severity, resolved_at),
                ),
            }
            .unwrap();
        }
        let mut wanted = BTreeMap::new();
        let mut open = connection
            .prepare("SELECT severity FROM incidents WHERE resolved_at IS NULL")
            .unwrap();
        for severity in open.query_map([], |row| row.get::<_, i64>(0)).unwrap() {
            *wanted.entry(severity.unwrap()).or_insert(0_u64) += 1;
        }
        let counts = open_counts(&connection).unwrap();
        for severity in Severity::ALL {
            let wanted = wanted.get(&(severity.index() as i64)).copied().unwrap_or(0);
            prop_assert_eq!(counts.of(severity), wanted);
        }
    }
}

#[test]
fn a_status_needs_no_alerts() {
    let connection = fresh();
    connection
        .execute_batch("DROP TABLE alerts; DROP TABLE deliveries")
        .unwrap();
    assert_eq!(status(&connection, now()).unwrap().open, []);
}

#[test]
fn the_newest_open_incidents_come_first_and_are_few() {
    let connection = fresh();
    connection
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
             INSERT INTO incidents (dedup_key, severity, source, title, first_at, last_at, count,
                 last_id, newest_at, newest_id, resolved_at)
             SELECT i, i % 3, '', '', 0, i, 1, x'', i, x'', iif(i % 10 = 0, i, NULL) FROM n",
        )
        .unwrap();
    let status = status(&connection, now()).unwrap();
    assert_eq!(status.open.len(), Status::MOST_OPEN);
    assert_eq!(status.open[0].dedup_key, "199");
    assert_eq!(status.open[9].dedup_key, "189");
    assert_eq!(status.open_counts.total(), 180);
}
