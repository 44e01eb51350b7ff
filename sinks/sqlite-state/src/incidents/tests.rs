//! Incidents against their definition, in tiny worlds in which everything meets.

use alert_core::{Alert, AlertId, Severity, Status, Timestamp};
use proptest::prelude::*;
use rusqlite::{Connection, params};

use crate::database::SCHEMA;
use crate::record::record_at;

const KEYS: [&str; 2] = ["a", "b"];

/// One row: key, title, first and last time, count, last id, newest time and id, resolved.
type Row = (
    String,
    String,
    i64,
    i64,
    i64,
    [u8; 16],
    i64,
    [u8; 16],
    Option<i64>,
);

fn fresh() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

fn alert(number: u8, time: u64, key: &'static str, status: Status) -> Alert {
    let mut json = serde_json::to_value(
        Alert::builder(Severity::ALL[usize::from(number) % 3], format!("t{number}"))
            .dedup_key(key)
            .status(status)
            .time(Timestamp::from_micros(time))
            .build(),
    )
    .unwrap();
    json["id"] = serde_json::to_value(AlertId::from_bytes([number; 16])).unwrap();
    // The text has milliseconds alone.
    json["time"] = serde_json::to_value(Timestamp::from_micros(time * 1_000)).unwrap();
    serde_json::from_value(json).unwrap()
}

fn micros(alert: &Alert) -> i64 {
    i64::try_from(alert.time().as_micros()).unwrap()
}

fn rows_of(connection: &Connection) -> Vec<Row> {
    let mut rows = connection
        .prepare(
            "SELECT dedup_key, title, first_at, last_at, count, last_id, newest_at, newest_id,
                 resolved_at FROM incidents ORDER BY dedup_key",
        )
        .unwrap();
    let rows = rows.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
        ))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The definition, word for word.
fn rows_by_definition(alerts: &[Alert]) -> Vec<Row> {
    let mut rows = Vec::new();
    for key in KEYS {
        let mut all: Vec<_> = alerts
            .iter()
            .filter(|alert| alert.dedup_key() == Some(key))
            .collect();
        all.sort_by_key(|alert| (alert.time(), alert.id()));
        all.dedup_by_key(|alert| alert.id());
        let (mut back, mut after, mut episode) = (all.clone(), Vec::new(), Vec::new());
        while let Some(resolved) = back.pop_if(|alert| alert.status() == Status::Resolved) {
            after.push(resolved);
        }
        while let Some(firing) = back.pop_if(|alert| alert.status() == Status::Firing) {
            episode.push(firing);
        }
        let (Some(last), Some(first)) = (episode.first(), episode.last()) else {
            continue;
        };
        let newest = all.last().unwrap();
        rows.push((
            key.to_owned(),
            last.title().to_owned(),
            micros(first),
            micros(last),
            i64::try_from(episode.len()).unwrap(),
            last.id().to_bytes(),
            micros(newest),
            newest.id().to_bytes(),
            after.last().map(|alert| micros(alert)),
        ));
    }
    rows
}

fn alerts() -> impl Strategy<Value = Vec<Alert>> {
    let status = prop_oneof![2 => Just(Status::Firing), 1 => Just(Status::Resolved)];
    let one = (0_u8..60, 0_u64..12, prop::sample::select(&KEYS[..]), status);
    prop::collection::vec(one, 0..24).prop_map(|some| {
        let mut known = std::collections::HashMap::new();
        let all = some.into_iter().map(|(number, time, key, status)| {
            // One id is one alert, however often it comes.
            let one = known
                .entry(number)
                .or_insert_with(|| alert(number, time, key, status));
            one.clone()
        });
        all.collect()
    })
}

fn record(connection: &mut Connection, alerts: &[Alert]) {
    let transaction = connection.transaction().unwrap();
    record_at(&transaction, alerts.iter(), Timestamp::MIN).unwrap();
    transaction.commit().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn incidents_are_what_they_are_defined_to_be_after_each_batch(
        alerts in alerts(),
        sizes in prop::collection::vec(1_usize..6, 24),
    ) {
        let mut connection = fresh();
        let mut done = 0;
        for size in sizes {
            let until = (done + size).min(alerts.len());
            record(&mut connection, &alerts[done..until]);
            done = until;
            prop_assert_eq!(rows_of(&connection), rows_by_definition(&alerts[..done]));
        }
    }
}

fn fire(number: u8, time: u64) -> Alert {
    alert(number, time, "a", Status::Firing)
}

fn resolve(number: u8, time: u64) -> Alert {
    alert(number, time, "a", Status::Resolved)
}

fn acknowledge(connection: &Connection) {
    let acked = connection
        .execute("UPDATE incidents SET acked_at = 1, acked_by = 'me'", [])
        .unwrap();
    assert_eq!(acked, 1);
}

fn is_acknowledged(connection: &Connection) -> bool {
    connection
        .query_row("SELECT acked_by IS NOT NULL FROM incidents", [], |row| {
            row.get(0)
        })
        .unwrap()
}

#[test]
fn more_of_an_incident_leaves_it_acknowledged_and_a_new_one_does_not() {
    let mut connection = fresh();
    record(&mut connection, &[fire(1, 10)]);
    acknowledge(&connection);
    for (more, stays) in [
        (vec![fire(2, 20)], true),
        (vec![fire(3, 15), fire(4, 5)], true),
        (vec![resolve(5, 30)], true),
        (vec![resolve(6, 1)], true),
        (vec![fire(7, 25)], true),
        (vec![fire(8, 40)], false),
    ] {
        record(&mut connection, &more);
        assert_eq!(is_acknowledged(&connection), stays, "{more:?}");
    }
}

#[test]
fn an_end_that_comes_late_makes_a_new_incident_of_what_came_after_it() {
    let mut connection = fresh();
    record(&mut connection, &[fire(1, 10), fire(2, 20), fire(3, 30)]);
    acknowledge(&connection);
    record(&mut connection, &[resolve(4, 20)]);
    assert!(!is_acknowledged(&connection));
    let rows = rows_of(&connection);
    assert_eq!((rows[0].2, rows[0].4), (30_000, 1));
}

#[test]
fn the_row_stays_when_its_alerts_are_pruned() {
    let mut connection = fresh();
    record(&mut connection, &[fire(1, 10), fire(2, 20)]);
    connection.execute("DELETE FROM alerts", []).unwrap();
    record(&mut connection, &[fire(3, 30), fire(4, 15)]);
    let rows = rows_of(&connection);
    assert_eq!((rows[0].2, rows[0].3, rows[0].4), (10_000, 30_000, 4));
}

#[test]
fn a_flood_of_one_key_from_two_programs_takes_time_in_proportion() {
    let mut connection = fresh();
    // Each batch is half behind what is there; were the episode counted each time, these were
    // some hundred million rows.
    for batch in 0_u64..400 {
        let alerts: Vec<_> = (0_u64..50)
            .map(|i| {
                let time = batch / 2 * 100 + i + batch % 2;
                Alert::warning("flood")
                    .dedup_key("a")
                    .time(Timestamp::from_micros(time))
                    .build()
            })
            .collect();
        record(&mut connection, &alerts);
    }
    let rows = rows_of(&connection);
    assert_eq!(rows[0].4, 20_000);
}

#[test]
fn each_question_is_answered_by_an_index() {
    let connection = fresh();
    for sql in [
        "SELECT time, id FROM alerts WHERE dedup_key = ?1 ORDER BY time DESC, id DESC LIMIT 1",
        "SELECT time, id FROM alerts WHERE dedup_key = ?1 AND status = 1 AND (time, id) < (?2, ?3)
         ORDER BY time DESC, id DESC LIMIT 1",
        "SELECT count(*) FROM (SELECT 1 FROM alerts WHERE dedup_key = ?1 LIMIT ?2)",
    ] {
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let values = params![null(), null(), null()];
        let steps: Vec<String> = plan
            .query_map(&values[..plan.parameter_count()], |row| row.get(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let steps = steps.join("; ");
        assert!(steps.contains("(dedup_key=?"), "{sql}: {steps}");
    }
}

fn null() -> Option<i64> {
    None
}
