//! What happens to the database beside the deliveries: it is pruned, and set aside when it is
//! damaged.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use alert_core::{
    Alert, Batch, ErrorClass, OpenContext, Pipeline, Reason, Sink, SinkConfig, SinkError, Timestamp,
};
use alert_sink_sqlite_state::{
    By, HistoryQuery, Keep, SilenceMatch, StateConfig, StateReader, StateSink, StateStore,
};
use alert_testkit::{Recording, SAFETY, TestPipeline};
use rusqlite::Connection;

const WITHIN: Duration = Duration::from_secs(10);
const PAGE: u64 = 4096;

fn open(config: &StateConfig) -> StateSink {
    config.open(&OpenContext::new("state", WITHIN)).unwrap()
}

fn deliver(sink: &mut StateSink, alerts: &[Alert]) -> Result<(), SinkError> {
    let outcomes = Batch::by_hand(alerts, WITHIN, |batch| sink.deliver_batch(batch));
    outcomes
        .into_iter()
        .try_for_each(|outcome| outcome.map(drop))
}

fn count(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT count(*) FROM alerts";
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Looks again and again, with an outer limit.
#[track_caller]
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < SAFETY, "it did not come to that");
        // Nobody unparks this thread: it is a pause that ends by itself.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn some(alerts: usize) -> Vec<Alert> {
    let one = |_| Alert::info("a").message("m".repeat(200)).build();
    (0..alerts).map(one).collect()
}

#[test]
fn too_many_and_too_old_alerts_are_removed_beside_the_deliveries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let keep = Keep::default().alerts(100).age(Duration::from_secs(3_600));
    let mut sink = open(&StateConfig::new(&path).keep(keep));
    deliver(&mut sink, &some(1_000)).unwrap();
    wait_until(|| count(&path) == 100);
    let old = Timestamp::now().as_micros() - 2 * 3_600_000_000;
    let old = Alert::critical("old")
        .time(Timestamp::from_micros(old))
        .build();
    deliver(&mut sink, &[old]).unwrap();
    let reader = StateReader::open(&path).unwrap();
    let newest = || reader.history(&HistoryQuery::default()).unwrap();
    wait_until(|| newest().iter().all(|alert| alert.title == "a"));
    wait_until(|| count(&path) == 100);
    // It was the last critical one all the same.
    let last = reader.value("alert", "last_critical").unwrap().unwrap();
    assert_eq!(last.value["title"], "old");
}

#[test]
fn programs_that_live_for_a_moment_only_prune_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    deliver(&mut open(&StateConfig::new(&path)), &some(1_000)).unwrap();
    let config = StateConfig::new(&path).keep(Keep::default().alerts(100));
    for _ in 0..100 {
        // Dropped at once: nothing but its opening has had time for it.
        drop(open(&config));
        if count(&path) == 100 {
            return;
        }
    }
    panic!("{} alerts are left", count(&path));
}

#[test]
fn a_program_that_lives_for_a_moment_only_heeds_a_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let store = StateStore::open(&path).unwrap();
    let hour = Timestamp::now().as_micros() + 3_600_000_000;
    let silence: SilenceMatch = "source=billing-*".parse().unwrap();
    let by = By::new("ann").note("deploy");
    store
        .silence(&silence, Timestamp::from_micros(hour), &by)
        .unwrap();
    let people = Recording::new();
    let builder = Pipeline::builder().sink("state", StateConfig::new(&path));
    let pipeline = TestPipeline::start(builder.entry(people.entry("people")));
    let reasons = |source: &'static str| {
        let outcomes = pipeline.emit_tracked(Alert::critical("x").source(source));
        let outcomes = outcomes.wait(SAFETY);
        ["state", "people"].map(|sink| outcomes.get(sink).unwrap().reason())
    };
    assert_eq!(reasons("billing-eu"), [Reason::Delivered, Reason::Silenced]);
    assert_eq!(reasons("shop"), [Reason::Delivered, Reason::Delivered]);
}

#[test]
fn a_sink_is_dropped_promptly_while_another_program_has_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut sink = open(&StateConfig::new(&path).keep(Keep::default().alerts(1)));
    deliver(&mut sink, &some(100)).unwrap();
    let other = Connection::open(&path).unwrap();
    other.busy_timeout(WITHIN).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    drop(sink);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    other.execute_batch("ROLLBACK").unwrap();
}

/// Overwrites the file from this page on.
fn damage(path: &Path, from: u64) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    assert!(length > from * PAGE, "{length}");
    file.seek(SeekFrom::Start(from * PAGE)).unwrap();
    let garbage = vec![0xa5; usize::try_from(length - from * PAGE).unwrap()];
    file.write_all(&garbage).unwrap();
}

fn is_set_aside(folder: &Path) -> bool {
    let mut names = fs::read_dir(folder).unwrap();
    names.any(|name| {
        let name = name.unwrap().file_name();
        name.to_string_lossy().starts_with("state.db.corrupt-")
    })
}

fn survives(from: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut sink = open(&StateConfig::new(&path));
    deliver(&mut sink, &some(1_000)).unwrap();
    drop(sink);
    wait_until(|| !folder.path().join("state.db-wal").exists());
    damage(&path, from);

    let well = Recording::new();
    let builder = Pipeline::builder().sink("state", StateConfig::new(&path));
    let pipeline = TestPipeline::start(builder.entry(well.entry("well")));
    let alert = Alert::critical("after").dedup_key("b").build();
    let outcomes = pipeline.emit_tracked(alert).wait(SAFETY);
    assert!(outcomes.get("well").unwrap().is_delivered());
    assert!(outcomes.get("state").unwrap().is_delivered());
    assert!(is_set_aside(folder.path()));
    let reader = StateReader::open(&path).unwrap();
    let status = || reader.status(Timestamp::now()).unwrap();
    assert_eq!(status().open.len(), 1);
    // The audit trail tells of it in the end.
    wait_until(|| status().audit.iter().any(|entry| entry.action == "recover"));
}

#[test]
fn a_file_that_is_no_database_any_more_is_set_aside_when_the_sink_opens() {
    survives(0);
}

#[test]
fn damage_that_shows_in_a_delivery_costs_no_alert_that_comes() {
    survives(12);
}

#[test]
fn damage_that_only_outcomes_of_other_sinks_meet_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(open(&StateConfig::new(&path)));
    let connection = Connection::open(&path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'deliveries_by_alert'";
    let page: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    let page = u64::try_from(page).unwrap();
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(connection);
    wait_until(|| !folder.path().join("state.db-wal").exists());
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((page - 1) * PAGE)).unwrap();
    file.write_all(&[0xa5; 4096]).unwrap();
    drop(file);

    let well = Recording::new();
    let builder = Pipeline::builder().sink("state", StateConfig::new(&path));
    let pipeline = TestPipeline::start(builder.entry(well.entry("well")));
    wait_until(|| {
        let outcomes = pipeline.emit_tracked(Alert::info("a")).wait(SAFETY);
        assert!(outcomes.get("state").unwrap().is_delivered());
        is_set_aside(folder.path())
    });
    let reader = StateReader::open(&path).unwrap();
    let newest = || reader.history(&HistoryQuery::default()).unwrap();
    let told = |id| reader.story(id).unwrap().unwrap().deliveries.len();
    wait_until(|| {
        pipeline.emit_tracked(Alert::info("b")).wait(SAFETY);
        newest().iter().any(|alert| told(alert.id.into()) == 1)
    });
}

#[test]
fn alerts_wait_uncounted_while_another_program_has_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut sink = open(&StateConfig::new(&path));
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let alerts = some(1);
    let short = Duration::from_millis(300);
    let outcomes = Batch::by_hand(&alerts, short, |batch| sink.deliver_batch(batch));
    let error = outcomes.into_iter().next().unwrap().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    let told = format!("{error:?}");
    assert!(told.contains("not_sent: true"), "{told}");
    assert!(!error.to_string().contains("locked"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    deliver(&mut sink, &alerts).unwrap();
    assert_eq!(count(&path), 1);
}
