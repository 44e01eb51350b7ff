//! What is kept, against what is said of it.

use std::time::Duration;

use alert_core::{Alert, Status, Timestamp};
use proptest::prelude::*;
use rusqlite::Connection;

use super::{Limits, Step, is_due, prune};
use crate::config::Keep;
use crate::database::SCHEMA;
use crate::record::record_at;
use crate::total;

const DAY: u64 = 24 * 3_600 * 1_000_000;

fn day(days: u64) -> Timestamp {
    Timestamp::from_micros(days * DAY)
}

fn keep(days: u64, alerts: u64) -> Keep {
    let age = Duration::from_secs(days * 24 * 3_600);
    Keep {
        age: age.into(),
        alerts,
    }
}

fn fresh() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

fn record(connection: &mut Connection, alerts: &[Alert], now: Timestamp) {
    let transaction = connection.transaction().unwrap();
    record_at(&transaction, alerts.iter(), now).unwrap();
    transaction.commit().unwrap();
}

/// Prunes until all is done; how many transactions that took.
fn prune_all(connection: &mut Connection, limits: &Limits) -> usize {
    let mut steps = 0;
    while is_due(connection, limits).unwrap() {
        let transaction = connection.transaction().unwrap();
        prune(&transaction, limits, &mut Step::new()).unwrap();
        transaction.commit().unwrap();
        steps += 1;
        assert!(steps < 10_000, "it comes to no end");
    }
    steps
}

fn numbers(connection: &Connection, sql: &str) -> Vec<i64> {
    let mut rows = connection.prepare(sql).unwrap();
    let rows = rows.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn number(connection: &Connection, sql: &str) -> i64 {
    numbers(connection, sql)[0]
}

fn outcome(connection: &Connection, alert: &[u8], at: Timestamp) {
    let at = i64::try_from(at.as_micros()).unwrap();
    connection
        .execute(
            "INSERT INTO deliveries (alert, at, program, sink, verdict, reason, attempts, took_us)
             VALUES (?1, ?2, 'p', 's', 'delivered', 'delivered', 1, 1)",
            (alert, at),
        )
        .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_newest_within_age_and_number_are_kept_with_their_outcomes(
        days in prop::collection::vec(0_u64..40, 0..40),
        more in prop::collection::vec(0_u64..40, 0..40),
        age in 0_u64..30,
        // Of fewer, an outcome may be removed for its number, see below.
        most in 5_u64..50,
    ) {
        let mut connection = fresh();
        let now = day(40);
        let limits = Limits::at(&keep(age, most), now);
        let mut kept: Vec<(u64, usize)> = Vec::new();
        let mut given = 0;
        for days in [days, more] {
            let alerts: Vec<_> = days
                .iter()
                .map(|days| Alert::info("a").time(day(*days)).build())
                .collect();
            record(&mut connection, &alerts, now);
            // What is there already takes numbers, too.
            record(&mut connection, &alerts, now);
            for (alert, days) in alerts.iter().zip(&days) {
                outcome(&connection, &alert.id().to_bytes(), day(*days));
                kept.push((*days, given));
                given += 1;
            }
            prune_all(&mut connection, &limits);
            kept.retain(|(days, _)| *days >= 40 - age);
            kept.sort_unstable();
            let excess = kept.len().saturating_sub(usize::try_from(most).unwrap());
            kept.drain(..excess);
            let there = numbers(&connection, "SELECT time FROM alerts ORDER BY time");
            let expected: Vec<_> = kept
                .iter()
                .map(|(days, _)| i64::try_from(days * DAY).unwrap())
                .collect();
            prop_assert_eq!(&there, &expected);
            let here = i64::try_from(kept.len()).unwrap();
            let outcomes = number(
                &connection,
                "SELECT count(*) FROM deliveries JOIN alerts ON id = alert",
            );
            // One that so many others came after goes before its alert.
            if given as u64 <= 16 * most {
                prop_assert_eq!(outcomes, here);
            }
            let all = number(&connection, "SELECT count(*) FROM deliveries");
            prop_assert_eq!(all, outcomes);
            let transaction = connection.transaction().unwrap();
            prop_assert_eq!(total::total(&transaction).unwrap(), here);
            transaction.commit().unwrap();
        }
    }
}

#[test]
fn an_outcome_goes_before_its_alert_once_sixteen_for_each_alert_that_may_be_kept_came_after_it() {
    let mut connection = fresh();
    let limits = Limits::at(&keep(30, 2), day(40));
    let stays = Alert::info("newest by far").time(day(39)).build();
    record(&mut connection, std::slice::from_ref(&stays), day(39));
    outcome(&connection, &stays.id().to_bytes(), day(39));
    let here = |connection: &Connection| {
        number(
            connection,
            "SELECT count(*) FROM deliveries JOIN alerts ON id = alert",
        )
    };
    for (others, left) in [(31, 1), (1, 0)] {
        for _ in 0..others {
            outcome(&connection, &[7; 16], day(39));
        }
        prune_all(&mut connection, &limits);
        assert_eq!(here(&connection), left);
    }
}

#[test]
fn what_is_open_in_force_or_audited_stays_whatever_its_age() {
    let mut connection = fresh();
    let firing = |key: &'static str| Alert::critical("on").dedup_key(key).time(day(1)).build();
    let resolved = Alert::critical("off")
        .dedup_key("closed")
        .status(Status::Resolved);
    let alerts = [
        firing("open"),
        firing("closed"),
        resolved.time(day(2)).build(),
    ];
    record(&mut connection, &alerts, day(2));
    outcome(&connection, &[7; 16], day(1));
    connection
        .execute_batch(&format!(
            "INSERT INTO silences (matches, created_at, created_by, note, ends_at)
                 VALUES ('{{}}', 0, 'me', '', {}), ('{{}}', 0, 'me', '', {});
             INSERT INTO audit (at, actor, action, subject) VALUES (0, 'me', 'ack', 'x');
             INSERT INTO sinks VALUES
                 ('p', 'gone', 'k', 'healthy', NULL, NULL, NULL, NULL, 0, 0, 0, 1, {}),
                 ('p', 'here', 'k', 'healthy', NULL, NULL, NULL, NULL, 0, 0, 0, 1, {});",
            2 * DAY,
            200 * DAY,
            3 * DAY,
            99 * DAY,
        ))
        .unwrap();
    prune_all(&mut connection, &Limits::at(&keep(10, 1_000), day(100)));
    for (left, table) in [
        (0, "alerts"),
        (0, "deliveries"),
        (0, "counts"),
        (1, "incidents"),
        (1, "silences"),
        (1, "sinks"),
        (1, "audit"),
        (1, "state"),
    ] {
        let count = number(&connection, &format!("SELECT count(*) FROM {table}"));
        assert_eq!(count, left, "{table}");
    }
    let open = number(
        &connection,
        "SELECT count(*) FROM incidents WHERE dedup_key = 'open'",
    );
    assert_eq!(open, 1);
}

#[test]
fn nothing_is_due_where_nothing_is_too_old_or_too_much() {
    let mut connection = fresh();
    let limits = Limits::at(&keep(10, 3), day(100));
    let alert = |days| Alert::info("a").time(day(days)).build();
    assert!(!is_due(&connection, &limits).unwrap());
    record(
        &mut connection,
        &[alert(90), alert(95), alert(200)],
        day(100),
    );
    outcome(&connection, &[7; 16], day(90));
    assert!(!is_due(&connection, &limits).unwrap());
    record(&mut connection, &[alert(99)], day(100));
    assert_eq!(prune_all(&mut connection, &limits), 1);
    let oldest = number(&connection, "SELECT min(time) FROM alerts");
    assert_eq!(oldest, i64::try_from(95 * DAY).unwrap());
}

#[test]
fn a_count_that_is_wrong_is_found() {
    let mut connection = fresh();
    let limits = Limits::at(&keep(10, 3), day(100));
    let alerts: Vec<_> = (0..5)
        .map(|_| Alert::info("a").time(day(99)).build())
        .collect();
    record(&mut connection, &alerts, day(100));
    prune_all(&mut connection, &limits);
    assert!(!total::is_wrong(&connection, 1).unwrap());
    // Somebody removed one by hand, from the middle.
    let gone = "DELETE FROM alerts WHERE seq = (SELECT max(seq) - 1 FROM alerts)";
    connection.execute(gone, []).unwrap();
    assert!(total::is_wrong(&connection, 1).unwrap());
    let transaction = connection.transaction().unwrap();
    total::doubt(&transaction).unwrap();
    assert_eq!(total::total(&transaction).unwrap(), 2);
}

#[test]
fn one_step_is_short() {
    let mut connection = fresh();
    let alerts: Vec<_> = (0..2_000)
        .map(|_| Alert::info("a").time(day(1)).build())
        .collect();
    record(&mut connection, &alerts, day(1));
    let limits = Limits::at(&keep(1, 10), day(100));
    let transaction = connection.transaction().unwrap();
    assert!(!prune(&transaction, &limits, &mut Step::new()).unwrap());
    transaction.commit().unwrap();
    assert!(number(&connection, "SELECT count(*) FROM alerts") >= 1_500);
}
