//! What a reader finds, and what it leaves alone.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use alert_core::{Alert, JsonValue, Severity, Timestamp};
use alert_sink_sqlite_state::{
    AlertName, Audit, AuditQuery, By, HistoryQuery, SilenceMatch, StateReader, StateStore,
};
use rusqlite::Connection;

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    Place {
        _folder: folder,
        path,
    }
}

fn some_alerts() -> [Alert; 3] {
    [
        Alert::warning("disk filling")
            .source("billing")
            .dedup_key("disk:/")
            .build(),
        Alert::critical("disk full")
            .source("billing")
            .dedup_key("disk:/")
            .build(),
        Alert::info("hello")
            .source("shop")
            .link("runbook", "https://example.org")
            .build(),
    ]
}

#[test]
fn a_status_tells_of_all_that_is_there() {
    let place = place();
    let store = StateStore::open(&place.path).unwrap();
    let alerts = some_alerts();
    store.record(&alerts).unwrap();
    store.set("status", "backup", &"ok".into()).unwrap();
    let hour = 3_600 * 1_000_000;
    let end = Timestamp::from_micros(Timestamp::now().as_micros() + hour);
    let matches: SilenceMatch = "source=shop".parse().unwrap();
    store
        .silence(&matches, end, &By::new("alice").note("deploy"))
        .unwrap();

    let status = StateReader::open(&place.path)
        .unwrap()
        .status(Timestamp::now())
        .unwrap();
    let title = |last: &Option<JsonValue>| last.as_ref().unwrap()["title"].clone();
    assert_eq!(title(&status.last_info), "hello");
    assert_eq!(title(&status.last_warning), "disk filling");
    assert_eq!(title(&status.last_critical), "disk full");
    assert_eq!(status.open.len(), 1);
    assert_eq!(
        (status.open[0].count, &*status.open[0].title),
        (2, "disk full")
    );
    assert_eq!(
        (status.open_counts.critical, status.open_counts.total()),
        (1, 1)
    );
    for window in [status.last_hour, status.last_day, status.last_week] {
        assert_eq!((window.info, window.warning, window.critical), (1, 1, 1));
    }
    assert_eq!(status.silences.len(), 1);
    assert_eq!(status.silences[0].matches, matches);
    assert_eq!(status.results[0].value, "ok");
    assert_eq!(status.audit[0].action, "silence");
    assert!(status.file_bytes > 0);
    assert_eq!(status.recovery, None);
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(json["open"][0]["severity"], "critical");
}

#[test]
fn a_story_tells_what_became_of_an_alert() {
    let place = place();
    let store = StateStore::open(&place.path).unwrap();
    let alerts = some_alerts();
    store.record(&alerts).unwrap();
    store
        .acknowledge(AlertName::Number(2), &By::new("alice").note("on it"))
        .unwrap();
    let audit = Audit::open(&place.path).unwrap();
    audit
        .try_record("bob", "resolve", "disk:/", None, None, None)
        .unwrap();
    audit
        .try_record("bob", "resolve", "other", None, None, None)
        .unwrap();
    let writer = Connection::open(&place.path).unwrap();
    for (at, sink) in [(9, "log"), (5, "ops")] {
        writer
            .execute(
                "INSERT INTO deliveries (alert, at, program, sink, verdict, reason, attempts, took_us)
                 VALUES (?1, ?2, 'demo', ?3, 'delivered', 'delivered', 1, 7)",
                (alerts[1].id().to_bytes(), at, sink),
            )
            .unwrap();
    }

    let reader = StateReader::open(&place.path).unwrap();
    let story = reader.story(alerts[1].id().into()).unwrap().unwrap();
    assert_eq!(
        Some(&story),
        reader.story("#2".parse().unwrap()).unwrap().as_ref()
    );
    assert_eq!((story.alert.number, &*story.alert.title), (2, "disk full"));
    let sinks: Vec<_> = story.deliveries.iter().map(|row| &*row.sink).collect();
    assert_eq!(sinks, ["ops", "log"]);
    let incident = story.incident.unwrap();
    assert_eq!(incident.acked_by.as_deref(), Some("alice"));
    assert_eq!(Some(incident), reader.incident("disk:/").unwrap());
    let actions: Vec<_> = story.audit.iter().map(|entry| &*entry.action).collect();
    assert_eq!(actions, ["ack", "resolve"]);
    assert_eq!(reader.story(AlertName::Number(99)).unwrap(), None);
    assert_eq!(reader.incident("nothing").unwrap(), None);
}

#[test]
fn a_story_has_what_was_done_about_the_alert_and_its_key_in_one_order() {
    let place = place();
    let store = StateStore::open(&place.path).unwrap();
    let alert = Alert::warning("filling").dedup_key("disk:/").build();
    store.record(std::slice::from_ref(&alert)).unwrap();
    let audit = Audit::open(&place.path).unwrap();
    let id = alert.id().to_string();
    for subject in ["disk:/", &id, "disk:/", "other", &id] {
        audit
            .try_record("me", "look", subject, None, None, None)
            .unwrap();
    }
    let reader = StateReader::open(&place.path).unwrap();
    let story = reader.story(alert.id().into()).unwrap().unwrap();
    let numbers: Vec<_> = story.audit.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [1, 2, 3, 5]);
}

#[test]
fn a_reader_and_a_read_that_runs_hold_up_no_writer() {
    let place = place();
    let store = StateStore::open(&place.path).unwrap();
    store.record(&some_alerts()).unwrap();
    let reader = StateReader::open(&place.path).unwrap();
    // A read that has begun and does not end.
    let stuck = Connection::open(&place.path).unwrap();
    let mut stuck = stuck.prepare("SELECT title FROM alerts").unwrap();
    let mut rows = stuck.query([]).unwrap();
    assert!(rows.next().unwrap().is_some());

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut calls = 0;
            while !is_over.load(Ordering::Relaxed) {
                reader.status(Timestamp::now()).unwrap();
                reader.history(&HistoryQuery::new().search("disk")).unwrap();
                calls += 1;
            }
            calls
        });
        for number in 0..100 {
            store.set("status", "step", &number.into()).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(reading.join().unwrap() > 0);
    });
    let step = reader.value("status", "step").unwrap().unwrap();
    assert_eq!(step.value, 99);
}

/// Content and time of change of the database.
fn print(path: &Path) -> (Vec<u8>, std::time::SystemTime) {
    let changed = fs::metadata(path).unwrap().modified().unwrap();
    (fs::read(path).unwrap(), changed)
}

#[test]
fn reading_leaves_the_file_as_it_is() {
    let place = place();
    StateStore::open(&place.path)
        .unwrap()
        .record(&some_alerts())
        .unwrap();
    let before = print(&place.path);
    let reader = StateReader::open(&place.path).unwrap();
    reader.status(Timestamp::now()).unwrap();
    assert_eq!(reader.history(&HistoryQuery::new()).unwrap().len(), 3);
    reader
        .history(&HistoryQuery::new().open().search("x").source("*"))
        .unwrap();
    reader.story(AlertName::Number(1)).unwrap();
    reader.audit(&AuditQuery::new()).unwrap();
    reader.silences(Timestamp::now()).unwrap();
    reader.values(None).unwrap();
    drop(reader);
    assert_eq!(print(&place.path), before);
    // What SQLite puts beside it for its readers holds nothing.
    let log = place.path.with_extension("db-wal");
    assert!(fs::metadata(log).map_or(0, |there| there.len()) == 0);
}

#[test]
fn where_there_is_nothing_nothing_is_made() {
    let place = place();
    let error = StateReader::open(&place.path).unwrap_err();
    assert!(error.is_absent() && !error.is_transient(), "{error}");
    assert!(error.to_string().contains("state.db"), "{error}");
    assert!(!place.path.exists());
    let folder = place.path.parent().unwrap();
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn what_is_none_of_ours_or_later_or_damaged_is_refused_with_a_reason() {
    let place = place();
    let refused = || StateReader::open(&place.path).unwrap_err().to_string();
    fs::write(
        &place.path,
        "this is no database at all, but a text that is long enough",
    )
    .unwrap();
    assert!(refused().contains("damaged"), "{}", refused());
    fs::remove_file(&place.path).unwrap();

    let foreign = Connection::open(&place.path).unwrap();
    foreign.execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(refused().contains("another program"), "{}", refused());
    drop(foreign);
    fs::remove_file(&place.path).unwrap();

    drop(StateStore::open(&place.path).unwrap());
    let later = Connection::open(&place.path).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    assert!(refused().contains("a later version"), "{}", refused());
}

#[test]
fn a_database_that_takes_the_place_of_another_is_read_from_then_on() {
    let (place, other) = (place(), place());
    StateStore::open(&place.path)
        .unwrap()
        .set("n", "which", &1.into())
        .unwrap();
    StateStore::open(&other.path)
        .unwrap()
        .set("n", "which", &2.into())
        .unwrap();
    let reader = StateReader::open(&place.path).unwrap();
    let which = || reader.value("n", "which").unwrap().unwrap().value;
    assert_eq!(which(), 1);
    fs::rename(&other.path, &place.path).unwrap();
    assert_eq!(which(), 2);
}

#[test]
fn what_no_program_of_ours_wrote_is_shown_nevertheless() {
    let place = place();
    drop(StateStore::open(&place.path).unwrap());
    let writer = Connection::open(&place.path).unwrap();
    writer
        .execute_batch(
            "PRAGMA ignore_check_constraints = on;
             INSERT INTO alerts (seq, id, time, severity, status, source, title, message, context,
                 dedup_key, links) VALUES
                 (-5, x'00', -7, 99, 7, CAST(x'ff41' AS TEXT), '', hex(zeroblob(3000000)),
                     '{no json', CAST(x'fe' AS TEXT), 'no json'),
                 (9223372036854775807, x'01', 9223372036854775807, -3, -1, '', '', '',
                     printf('%.*c', 500, '['), CAST(x'fe' AS TEXT), NULL);
             INSERT INTO incidents (dedup_key, severity, source, title, first_at, last_at, count,
                 last_id, newest_at, newest_id) VALUES
                 (CAST(x'fe' AS TEXT), 77, '', '', -9, 9223372036854775807, -1, x'', 0, x'');
             INSERT INTO counts VALUES (0, 50, 9223372036854775807), (0, -1, -5);
             INSERT INTO state VALUES ('alert', 'last_info', 'no json', -1), ('status', '', '', 0);
             INSERT INTO silences (matches, created_at, created_by, note, ends_at) VALUES
                 ('{\"source\":7}', 0, '', '', 9223372036854775807);
             INSERT INTO sinks VALUES ('', '', '', '', NULL, -1, -1, NULL, -1, -1, -1, -1, -1);
             INSERT INTO audit (at, actor, action, subject, before, after) VALUES
                 (-1, '', '', '', '[', '1e999');
             INSERT INTO meta VALUES ('recovery', 'no json')",
        )
        .unwrap();

    let reader = StateReader::open(&place.path).unwrap();
    let status = reader.status(Timestamp::from_micros(5)).unwrap();
    assert_eq!(status.last_info, Some("no json".into()));
    assert_eq!(status.open[0].severity, Severity::Critical);
    assert_eq!(status.open[0].first_at, Timestamp::MIN);
    assert_eq!(status.last_hour.critical, i64::MAX.unsigned_abs());
    assert_eq!(status.sinks[0].delivered, 0);
    assert_eq!(
        status.silences[0].unreadable.as_deref(),
        Some(r#"{"source":7}"#)
    );
    assert!(
        !status.silences[0]
            .silence()
            .matches(&Alert::info("t").build())
    );
    assert_eq!(status.audit[0].before, Some("[".into()));
    assert_eq!(status.recovery, Some("no json".into()));

    let alerts = reader.history(&HistoryQuery::new()).unwrap();
    assert_eq!(alerts[1].number, -5);
    assert_eq!(alerts[1].source, "\u{fffd}A");
    assert_eq!(alerts[1].context, "{no json");
    assert_eq!(alerts[1].severity, Severity::Critical);
    assert_eq!(alerts[0].time, Timestamp::MAX);
    assert!(alerts[1].message.len() <= (4 << 20) + 8);
    assert!(alerts[1].message.ends_with("00…"), "that it is cut shows");
    assert!(alerts[0].context.is_string());
    reader
        .history(&HistoryQuery::new().source("*A").search("00"))
        .unwrap();
    reader
        .history(&HistoryQuery::new().open().recent(usize::MAX))
        .unwrap();
    for number in [-5, i64::MAX, i64::MIN] {
        reader.story(AlertName::Number(number)).unwrap();
    }
    assert_eq!(reader.values(None).unwrap().len(), 2);
}

#[test]
fn of_very_many_no_more_than_is_asked_for_are_told() {
    let place = place();
    let store = StateStore::open(&place.path).unwrap();
    store.record(&some_alerts()).unwrap();
    let reader = StateReader::open(&place.path).unwrap();
    let told = |recent| {
        reader
            .history(&HistoryQuery::new().recent(recent))
            .unwrap()
            .len()
    };
    assert_eq!((told(0), told(2), told(usize::MAX)), (0, 2, 3));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read_or_refused_with_a_reason() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    StateStore::open(&place.path)
        .unwrap()
        .record(&some_alerts())
        .unwrap();
    let folder = place.path.parent().unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).unwrap();
    let read =
        StateReader::open(&place.path).and_then(|reader| reader.history(&HistoryQuery::new()));
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    match read {
        Ok(alerts) => assert_eq!(alerts.len(), 3),
        Err(error) => {
            assert!(!error.is_absent() && !error.is_transient(), "{error}");
            assert!(error.to_string().contains("cannot be written"), "{error}");
        }
    }
}

/// Not a test of its own: the program that is killed by the next one.
#[test]
#[ignore = "run by another test"]
fn a_writer_that_waits_to_be_killed() {
    let Some(path) = std::env::var_os("STATE_DATABASE") else {
        return;
    };
    let store = StateStore::open(path).unwrap();
    store.record(&some_alerts()).unwrap();
    writeln!(io::stdout(), "\nit is written").unwrap();
    // Until it is killed, or whoever started it is gone.
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn what_a_program_wrote_is_read_while_it_lives_and_after_it_was_killed() {
    let place = place();
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "a_writer_that_waits_to_be_killed",
            "--nocapture",
        ])
        .env("STATE_DATABASE", &place.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "it is written"));
    let reader = StateReader::open(&place.path).unwrap();
    let told = |reader: &StateReader| reader.history(&HistoryQuery::new()).unwrap().len();
    assert_eq!(told(&reader), 3);
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(told(&reader), 3);
    drop(reader);
    assert_eq!(told(&StateReader::open(&place.path).unwrap()), 3);
}

#[cfg(unix)]
#[test]
fn the_status_by_a_link_tells_the_same_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (
        folder.path().join("state.db"),
        folder.path().join("link.db"),
    );
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let store = StateStore::open(&path).unwrap();
    store.record(&some_alerts()).unwrap();
    let [one, two] = [&path, &link].map(|path| {
        let status = StateReader::open(path).unwrap();
        let status = status.status(Timestamp::now()).unwrap();
        (status.file_bytes, status.wal_bytes)
    });
    assert_eq!(one, two);
    assert!(one.1 > 0);
}
