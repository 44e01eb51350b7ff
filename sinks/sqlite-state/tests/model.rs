//! Whatever alerts come, in whatever order, as often and in whatever batches, through one sink or
//! two: in the end the database says what the definitions say.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use alert_core::{
    Alert, AlertId, Batch, OpenContext, Severity, Sink, SinkConfig, Status, Timestamp,
};
use alert_sink_sqlite_state::{StateConfig, StateSink};
use proptest::prelude::*;
use rusqlite::{Connection, Row};

const WITHIN: Duration = Duration::from_secs(10);
const MINUTE: u64 = 60_000_000;
/// Some of the alerts are older than what is counted.
const AGES: [u64; 4] = [0, 1, 60, 9 * 24 * 60];

type Line = Vec<String>;

/// What the database says, table by table.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    alerts: Vec<Line>,
    last: Vec<Line>,
    counts: Vec<Line>,
    incidents: Vec<Line>,
}

fn texts(row: &Row<'_>) -> rusqlite::Result<Line> {
    let columns = row.as_ref().column_count();
    let text = |column| {
        let value: rusqlite::types::Value = row.get(column)?;
        Ok(format!("{value:?}"))
    };
    (0..columns).map(text).collect()
}

fn lines(connection: &Connection, sql: &str) -> Vec<Line> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], texts).unwrap();
    rows.map(Result::unwrap).collect()
}

fn told(path: &Path) -> Told {
    let connection = Connection::open(path).unwrap();
    Told {
        alerts: lines(
            &connection,
            "SELECT hex(id), time, severity, status, title, dedup_key FROM alerts ORDER BY id",
        ),
        last: lines(
            &connection,
            "SELECT key, value, updated_at FROM state WHERE namespace = 'alert' ORDER BY key",
        ),
        counts: lines(
            &connection,
            "SELECT minute, severity, count FROM counts ORDER BY minute, severity",
        ),
        incidents: lines(
            &connection,
            "SELECT dedup_key, title, severity, first_at, last_at, count, hex(last_id), newest_at,
                 hex(newest_id), resolved_at FROM incidents ORDER BY dedup_key",
        ),
    }
}

fn integer(value: u64) -> String {
    format!("Integer({value})")
}

fn text(value: &str) -> String {
    format!("Text({value:?})")
}

fn id(alert: &Alert) -> String {
    let bytes = alert.id().to_bytes();
    text(
        &bytes
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<String>(),
    )
}

fn time(alert: &Alert) -> String {
    integer(alert.time().as_micros())
}

fn severity(alert: &Alert) -> String {
    integer(alert.severity().index() as u64)
}

/// What it is to say, from the definitions.
fn defined(given: &[Alert], now: Timestamp) -> Told {
    let by_id: BTreeMap<AlertId, &Alert> = given.iter().map(|alert| (alert.id(), alert)).collect();
    let mut sorted: Vec<&Alert> = by_id.values().copied().collect();
    sorted.sort_by_key(|alert| (alert.time(), alert.id()));
    let none = || "Null".to_owned();

    let mut last = BTreeMap::new();
    let mut counts = BTreeMap::new();
    let mut keys: BTreeMap<&str, Vec<&Alert>> = BTreeMap::new();
    for alert in &sorted {
        let json = serde_json::to_string(alert).unwrap();
        last.insert(alert.severity().as_str(), (json, time(alert)));
        let minute = alert.time().as_micros() / MINUTE;
        if minute + 8 * 24 * 60 >= now.as_micros() / MINUTE {
            *counts
                .entry((minute, alert.severity().index()))
                .or_insert(0_u64) += 1;
        }
        if let Some(key) = alert.dedup_key() {
            keys.entry(key).or_default().push(alert);
        }
    }
    let mut incidents = Vec::new();
    for (key, alerts) in keys {
        let resolves = |alert: &&&Alert| alert.status() == Status::Resolved;
        let after: Vec<_> = alerts.iter().rev().take_while(resolves).collect();
        let rest = &alerts[..alerts.len() - after.len()];
        let episode: Vec<_> = rest
            .iter()
            .rev()
            .take_while(|alert| !resolves(alert))
            .collect();
        let (Some(newest_firing), Some(first)) = (episode.first(), episode.last()) else {
            continue;
        };
        let newest = alerts.last().unwrap();
        incidents.push(vec![
            text(key),
            text(newest_firing.title()),
            severity(newest_firing),
            time(first),
            time(newest_firing),
            integer(episode.len() as u64),
            id(newest_firing),
            time(newest),
            id(newest),
            after.last().map_or_else(none, |alert| time(alert)),
        ]);
    }
    let alert = |alert: &&Alert| {
        vec![
            id(alert),
            time(alert),
            severity(alert),
            integer(u64::from(alert.status() == Status::Resolved)),
            text(alert.title()),
            alert.dedup_key().map_or_else(none, text),
        ]
    };
    Told {
        alerts: by_id.values().map(alert).collect(),
        last: last
            .into_iter()
            .map(|(word, (json, time))| vec![text(&format!("last_{word}")), text(&json), time])
            .collect(),
        counts: counts
            .into_iter()
            .map(|((minute, severity), count)| {
                vec![integer(minute), integer(severity as u64), integer(count)]
            })
            .collect(),
        incidents,
    }
}

fn alerts(now: u64) -> impl Strategy<Value = Vec<Alert>> {
    let key = prop_oneof![1 => Just(None), 4 => prop::sample::select(&["a", "b", "c"][..]).prop_map(Some)];
    let time = (prop::sample::select(&AGES[..]), 0_u64..5);
    let severity = prop::sample::select(&Severity::ALL[..]);
    let one = (severity, "[a-z]{1,3}", key, any::<bool>(), time);
    let one = one.prop_map(move |(severity, title, key, resolved, (age, micros))| {
        let minutes = (now / MINUTE - age) * MINUTE;
        let mut alert = Alert::builder(severity, title)
            .context("count", micros)
            .time(Timestamp::from_micros(minutes + micros));
        if let Some(key) = key {
            alert = alert.dedup_key(key);
            if resolved {
                alert = alert.resolved();
            }
        }
        alert.build()
    });
    prop::collection::vec(one, 1..30)
}

fn open(path: &Path) -> StateSink {
    let cx = OpenContext::new("state", WITHIN);
    StateConfig::new(path).open(&cx).unwrap()
}

fn deliver(sink: &mut StateSink, alerts: &[Alert]) {
    let outcomes = Batch::by_hand(alerts, WITHIN, |batch| sink.deliver_batch(batch));
    for outcome in outcomes {
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}

/// Alerts, of which some come more than once, in any order.
fn arrivals(now: u64) -> impl Strategy<Value = Vec<Alert>> {
    let again = prop::collection::vec(any::<prop::sample::Index>(), 0..10);
    (alerts(now), again).prop_flat_map(|(mut alerts, again)| {
        let twice: Vec<_> = again
            .iter()
            .map(|index| index.get(&alerts).clone())
            .collect();
        alerts.extend(twice);
        Just(alerts).prop_shuffle()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_database_says_what_the_definitions_say_whatever_the_order(
        // The minute in which the test began: it is old enough to go on for a while.
        arrivals in arrivals(Timestamp::now().as_micros()),
        // Which sink takes the next batch, and how large it is.
        batches in prop::collection::vec((0_usize..2, 1_usize..8), 40),
        reopens in 0_usize..40,
    ) {
        let began = Timestamp::now();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let mut sinks = [open(&path), open(&path)];
        let (mut done, mut count) = (0, 0);
        for (sink, size) in batches {
            let until = (done + size).min(arrivals.len());
            deliver(&mut sinks[sink], &arrivals[done..until]);
            done = until;
            count += 1;
            if count == reopens {
                sinks = [open(&path), open(&path)];
            }
            if done == arrivals.len() {
                break;
            }
        }
        let expected = defined(&arrivals[..done], began);
        prop_assert_eq!(&told(&path), &expected);
        drop(sinks);
        // What is there already adds nothing.
        deliver(&mut open(&path), &arrivals[..done]);
        prop_assert_eq!(&told(&path), &expected);
    }
}
