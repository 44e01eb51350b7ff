//! Alerts through the state database, beside a bare `rusqlite` loop that writes the same rows in transactions of the same
//! size.

use std::path::Path;
use std::time::{Duration, Instant};

use alert::delivery::Delivery;
use alert::sinks::sqlite_state::{StateConfig, StateStore, Synchronous};
use alert::{Alert, Pipeline, SinkEntry};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::measure::{print_table, quantile};

const TURNS: usize = 9;
const PATIENCE: Duration = Duration::from_secs(300);

struct Way {
    synchronous: Synchronous,
    together: usize,
    alerts: usize,
}

const fn way(synchronous: Synchronous, together: usize, alerts: usize) -> Way {
    Way {
        synchronous,
        together,
        alerts,
    }
}

const WAYS: [Way; 8] = [
    way(Synchronous::Normal, 1, 5_000),
    way(Synchronous::Normal, 10, 20_000),
    way(Synchronous::Normal, 100, 50_000),
    way(Synchronous::Normal, 1_000, 100_000),
    way(Synchronous::Full, 1, 2_000),
    way(Synchronous::Full, 10, 10_000),
    way(Synchronous::Full, 100, 50_000),
    way(Synchronous::Full, 1_000, 100_000),
];

/// One alert's columns, made beforehand.
struct Row {
    id: [u8; 16],
    time: i64,
    source: String,
    title: String,
    message: String,
    context: String,
    json: String,
}

pub(crate) fn run() {
    let mut rows = Vec::new();
    for way in &WAYS {
        let (mut ours, mut ready, mut made) = (Vec::new(), Vec::new(), Vec::new());
        let mut bytes = (0, 0);
        for _ in 0..TURNS {
            let rate = |took: Duration| way.alerts as f64 / took.as_secs_f64();
            let folder = tempfile::tempdir().expect("there is room for temporary files");
            let path = folder.path().join("ours.db");
            ours.push(rate(through_a_pipeline(way, &path)));
            bytes.0 = size_of_all(&path, way.alerts);
            let all: Vec<Row> = (0..way.alerts).map(|n| row(&alert(n))).collect();
            let path = folder.path().join("ready.db");
            ready.push(rate(barely(way, &path, all.into_iter())));
            bytes.1 = size_of_all(&path, way.alerts);
            let path = folder.path().join("made.db");
            let making = (0..way.alerts).map(|n| row(&alert(n)));
            made.push(rate(barely(way, &path, making)));
        }
        let median = |rates: &[f64]| format!("{:.0}", quantile(rates, 0.5));
        let ratio = |peer: &[f64]| {
            let ratios = ours.iter().zip(peer).map(|(ours, peer)| ours / peer);
            format!("{:.2}", quantile(&ratios.collect::<Vec<f64>>(), 0.5))
        };
        rows.push(vec![
            format!("{:?}, {}", way.synchronous, way.together).to_lowercase(),
            median(&ours),
            median(&ready),
            ratio(&ready),
            median(&made),
            ratio(&made),
            format!("{} / {}", bytes.0, bytes.1),
        ]);
    }
    print_table(
        &format!(
            "Alerts a second into the state database, median of {TURNS} turns. Bare rusqlite writes the same rows, made \
             beforehand, and made of alerts as it goes; bytes of the file per alert, ours and bare"
        ),
        &[
            "alerts a transaction",
            "alerts/s",
            "made before",
            "ratio",
            "as it goes",
            "ratio",
            "bytes",
        ],
        &rows,
    );
}

fn alert(n: usize) -> Alert {
    Alert::warning("Harness below target")
        .message("harness at 82 percent, target is 85")
        .source("nightly")
        .context("count", n)
        .context("region", "eu-1")
        .build()
}

fn row(alert: &Alert) -> Row {
    Row {
        id: alert.id().to_bytes(),
        time: alert.time().as_micros() as i64,
        source: alert.source().to_owned(),
        title: alert.title().to_owned(),
        message: alert.message().to_owned(),
        context: serde_json::to_string(alert.context()).expect("a context is JSON"),
        json: serde_json::to_string(alert).expect("an alert is JSON"),
    }
}

/// From the first emit until all are in the file.
fn through_a_pipeline(way: &Way, path: &Path) -> Duration {
    let mut config = StateConfig::new(path);
    config.synchronous = way.synchronous;
    let mut delivery = Delivery::default();
    delivery.batch.max = way.together;
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::config("state", config).delivery(delivery))
        .build();
    // Opened, so that no turn counts what happens once.
    pipeline.emit_within(alert(0), PATIENCE);
    assert!(pipeline.flush(PATIENCE), "it takes too long");
    let start = Instant::now();
    for n in 1..=way.alerts {
        pipeline.emit_within(alert(n), PATIENCE);
    }
    assert!(pipeline.flush(PATIENCE), "it takes too long");
    let took = start.elapsed();
    pipeline.close(PATIENCE);
    let reader = Connection::open(path).expect("it was written");
    let stored: i64 = reader
        .query_row("SELECT count(*) FROM alerts", [], |row| row.get(0))
        .expect("it can be read");
    assert_eq!(stored as usize, way.alerts + 1);
    took
}

/// The same tables, statements of the same sort, and nothing else.
fn barely(way: &Way, path: &Path, rows: impl Iterator<Item = Row>) -> Duration {
    drop(StateStore::open(path).expect("it can be made"));
    let mut connection = Connection::open(path).expect("it is there");
    let level = format!("{:?}", way.synchronous).to_lowercase();
    connection
        .pragma_update(None, "synchronous", level)
        .expect("it can be set");
    let start = Instant::now();
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .expect("nobody else is there");
        {
            let mut insert = transaction
                .prepare_cached(
                    "INSERT INTO alerts (id, time, severity, status, source, title, message, context)
                     VALUES (?1, ?2, 1, 0, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
                )
                .expect("the table is there");
            let mut last = None;
            let mut count = 0;
            for row in rows.by_ref().take(way.together) {
                insert
                    .execute(params![
                        row.id,
                        row.time,
                        row.source,
                        row.title,
                        row.message,
                        row.context
                    ])
                    .expect("there is room");
                count += 1;
                last = Some(row);
            }
            let last = last.expect("there was one");
            let mut state = transaction
                .prepare_cached(
                    "INSERT INTO state (namespace, key, value, updated_at)
                     VALUES ('alert', 'last_warning', ?1, ?2) ON CONFLICT (namespace, key)
                     DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
                     WHERE excluded.updated_at >= updated_at",
                )
                .expect("the table is there");
            state
                .execute(params![last.json, last.time])
                .expect("there is room");
            let mut counts = transaction
                .prepare_cached(
                    "INSERT INTO counts (minute, severity, count) VALUES (?1, 1, ?2)
                     ON CONFLICT (minute, severity) DO UPDATE SET count = count + excluded.count",
                )
                .expect("the table is there");
            counts
                .execute(params![last.time / 60_000_000, count])
                .expect("there is room");
        }
        transaction.commit().expect("there is room");
    }
    start.elapsed()
}

/// Once nobody has it open, all is in the file.
fn size_of_all(path: &Path, alerts: usize) -> u64 {
    let connection = Connection::open(path).expect("it is there");
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("nobody else is there");
    let size = std::fs::metadata(path).expect("it is there").len();
    size / alerts as u64
}
