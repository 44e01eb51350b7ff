//! Fills a state database with many alerts and measures how long it takes to read it:
//! `cargo run --release -p alert-sink-sqlite-state --example measure -- ALERTS PATH [KEYS]`.
//!
//! A database that is there already is only read. Each tenth key's incident is open, or all of them
//! if there are as many keys as alerts. Each time shown is the least of several.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use alert_core::{Severity, Timestamp};
use alert_sink_sqlite_state::{AlertName, HistoryQuery, StateError, StateReader, StateStore};
use rusqlite::Connection;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let number = |at: usize| arguments.get(at)?.to_str()?.parse::<i64>().ok();
    let (Some(alerts), Some(path)) = (number(0), arguments.get(1).map(Path::new)) else {
        return Err("usage: measure ALERTS PATH [KEYS]".into());
    };
    if !path.exists() {
        let began = Instant::now();
        fill(path, alerts, number(2).unwrap_or(1_000))?;
        tell(&format!("filled with {alerts}"), began.elapsed())?;
    }
    read(path, alerts)
}

fn tell(what: &str, took: Duration) -> io::Result<()> {
    writeln!(
        io::stdout(),
        "{:>12.3} ms  {what}",
        took.as_secs_f64() * 1e3
    )
}

/// Spreads the alerts over 90 days.
fn fill(path: &Path, alerts: i64, keys: i64) -> Outcome<()> {
    drop(StateStore::open(path)?);
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = off; PRAGMA cache_size = -400000; BEGIN")?;
    let now = i64::try_from(Timestamp::now().as_micros())?;
    let step = (90 * 24 * 3_600 * 1_000_000 / alerts.max(1)).max(1);
    connection.execute(
        "INSERT INTO alerts
             (id, time, severity, status, source, title, message, context, dedup_key)
         WITH RECURSIVE n(i, time) AS
             (SELECT 1, ?2 - ?3 * (?1 - 1) UNION ALL SELECT i + 1, time + ?3 FROM n WHERE i < ?1)
         SELECT unhex(printf('%012x70008%015x', time / 1000, i)), time,
             CASE WHEN i % 10 = 0 THEN 2 WHEN i % 10 < 4 THEN 1 ELSE 0 END, 0,
             printf('service-%02d', i % 50), printf('disk %d is filling', i % 777),
             printf('/var on host %d is at 93 %%, it was at 88 %% an hour ago', i % 999),
             printf('{\"host\":\"db-%d\",\"used\":93,\"mount\":\"/var\"}', i % 999),
             CASE WHEN i % 2 = 0 OR ?4 >= ?1 THEN printf('disk:%d', i % ?4) END
         FROM n",
        [alerts, now, step, keys],
    )?;
    connection.execute(
        "INSERT INTO incidents (dedup_key, severity, source, title, first_at, last_at, count,
             last_id, newest_at, newest_id, resolved_at)
         SELECT dedup_key, severity, source, title, min(time), max(time), count(*), id, time, id,
             iif(seq / 2 % 10 = 0 OR ?2 >= ?1, NULL, time)
         FROM alerts WHERE dedup_key IS NOT NULL GROUP BY dedup_key",
        [alerts, keys],
    )?;
    connection.execute_batch(
        "INSERT INTO counts
             SELECT time / 60000000, severity, count(*) FROM alerts GROUP BY 1, 2;
         INSERT INTO deliveries
             (alert, at, program, sink, verdict, reason, attempts, took_us)
             SELECT id, time, 'demo', 'ops', 'delivered', 'delivered', 1, 250000
             FROM alerts WHERE seq % 10 = 0;
         INSERT INTO audit (at, actor, action, subject)
             SELECT time, 'alice', 'ack', title FROM alerts WHERE seq % 100 = 0;
         COMMIT; PRAGMA wal_checkpoint(TRUNCATE)",
    )?;
    Ok(())
}

fn read(path: &Path, alerts: i64) -> Outcome<()> {
    measure("open", || StateReader::open(path))?;
    let reader = StateReader::open(path)?;
    let now = Timestamp::now();
    measure("status", || reader.status(now))?;
    let any = HistoryQuery::new;
    for (what, query) in [
        ("history", any()),
        ("history, critical", any().severity(Severity::Critical)),
        (
            "history, warning and above",
            any().min_severity(Severity::Warning),
        ),
        ("history, one source", any().source("service-07")),
        ("history, a pattern of sources", any().source("service-0*")),
        ("history, no such source", any().source("nobody-*")),
        ("history, one key", any().dedup_key("disk:4")),
        ("history, open", any().open()),
        ("history, open, 10,000 alerts", any().open().recent(10_000)),
        ("history, 10,000 alerts", any().recent(10_000)),
        ("search with hits", any().search("DISK 77")),
        ("search without a hit", any().search("nowhere to be found")),
        ("search without a hit, not ASCII", any().search("Straße")),
    ] {
        measure(what, || reader.history(&query))?;
    }
    measure("story", || reader.story(AlertName::Number(alerts / 2)))
}

fn measure<T>(what: &str, work: impl Fn() -> Result<T, StateError>) -> Outcome<()> {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        work()?;
        least = least.min(began.elapsed());
    }
    Ok(tell(what, least)?)
}
