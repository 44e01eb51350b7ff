//! What people and programs do to a state database.

use std::path::PathBuf;

use alert_core::{Alert, AlertId, SinkConfig, Timestamp};
use alert_sink_sqlite_state::{
    AlertName, AuditEntry, AuditQuery, By, SilenceMatch, StateConfig, StateReader, StateStore,
};
use rusqlite::Connection;
use serde_json::json;

struct World {
    _folder: tempfile::TempDir,
    path: PathBuf,
    store: StateStore,
    reader: StateReader,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let store = StateStore::open(&path).unwrap();
    let reader = StateReader::open(&path).unwrap();
    World {
        _folder: folder,
        path,
        store,
        reader,
    }
}

impl World {
    fn trail(&self) -> Vec<AuditEntry> {
        self.reader.audit(&AuditQuery::new()).unwrap()
    }

    /// From now on, the audit trail takes nothing.
    fn refuse_entries(&self) {
        let connection = Connection::open(&self.path).unwrap();
        connection
            .execute_batch(
                "CREATE TRIGGER no_entries BEFORE INSERT ON audit
                 BEGIN SELECT RAISE(ABORT, 'no entries today'); END",
            )
            .unwrap();
    }
}

fn in_an_hour() -> Timestamp {
    after(3_600)
}

fn after(seconds: u64) -> Timestamp {
    Timestamp::from_micros(Timestamp::now().as_micros() + seconds * 1_000_000)
}

fn billing() -> SilenceMatch {
    "source=billing-*".parse().unwrap()
}

#[test]
fn a_value_is_set_changed_and_removed() {
    let world = world();
    assert_eq!(
        world
            .store
            .set("status", "backup", &json!({"ok": true}))
            .unwrap(),
        None
    );
    let before = world
        .store
        .set("status", "backup", &json!(2))
        .unwrap()
        .unwrap();
    assert_eq!(before.value, json!({"ok": true}));
    let value = world.reader.value("status", "backup").unwrap().unwrap();
    assert_eq!(value.value, 2);
    assert!(value.updated_at >= before.updated_at);
    assert_eq!(
        world
            .store
            .remove("status", "backup")
            .unwrap()
            .unwrap()
            .value,
        2
    );
    assert_eq!(world.store.remove("status", "backup").unwrap(), None);
    assert_eq!(world.reader.value("status", "backup").unwrap(), None);
    assert_eq!(world.trail(), []);
}

#[test]
fn values_outside_the_bounds_are_refused_without_being_repeated() {
    let World { store, reader, .. } = &world();
    let long = "hunter2".repeat(40);
    let huge = json!("hunter2".repeat(200_000));
    for refused in [
        store.set("alert", "last_info", &json!("hunter2")),
        store.remove("alert", "last_info"),
        store.set("", "key", &json!(1)),
        store.set("status", "", &json!(1)),
        store.set(&long, "key", &json!(1)),
        store.set("status", &long, &json!(1)),
        store.set("status", "key", &huge),
    ] {
        let error = refused.unwrap_err();
        assert!(error.is_refused() && !error.is_transient(), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert_eq!(reader.values(None).unwrap(), []);
    let name = "n".repeat(StateStore::MAX_NAME);
    store
        .set(&name, &name, &json!("x".repeat(StateStore::MAX_VALUE - 2)))
        .unwrap();
}

#[test]
fn an_acknowledgement_is_of_the_open_incident_and_a_later_one_stands() {
    let world = world();
    let alert = Alert::critical("disk full").dedup_key("disk:/").build();
    world.store.record(std::slice::from_ref(&alert)).unwrap();
    let done = world
        .store
        .acknowledge(AlertName::Number(1), &By::new("alice"))
        .unwrap()
        .unwrap();
    assert!(done.unaudited.is_none());
    assert_eq!(done.what.alert.id, alert.id());
    let by_bob = By::new("bob").note("mine now");
    let done = world
        .store
        .acknowledge(alert.id().into(), &by_bob)
        .unwrap()
        .unwrap();
    let incident = done.what.incident.unwrap();
    assert_eq!(
        world.reader.incident("disk:/").unwrap(),
        Some(incident.clone())
    );
    assert_eq!(incident.acked_by.as_deref(), Some("bob"));
    assert_eq!(incident.ack_note.as_deref(), Some("mine now"));

    let trail = world.trail();
    assert_eq!(trail.len(), 2);
    let (second, first) = (&trail[0], &trail[1]);
    assert_eq!(
        (&*first.actor, &*first.action, &first.before),
        ("alice", "ack", &None)
    );
    assert_eq!(first.subject, alert.id().to_string());
    assert_eq!(second.before, first.after);
    assert_eq!(second.after.as_ref().unwrap()["acked_by"], "bob");
    assert_eq!(second.note.as_deref(), Some("mine now"));
}

#[test]
fn without_an_open_incident_the_trail_alone_tells_of_an_acknowledgement() {
    let world = world();
    let alerts = [
        Alert::info("no key").build(),
        Alert::info("disk full").dedup_key("disk:/").build(),
        Alert::info("disk empty")
            .dedup_key("disk:/")
            .resolved()
            .build(),
    ];
    world.store.record(&alerts).unwrap();
    for number in [1, 2] {
        let done = world
            .store
            .acknowledge(AlertName::Number(number), &By::new("alice"))
            .unwrap();
        assert_eq!(done.unwrap().what.incident, None);
    }
    assert_eq!(
        world.reader.incident("disk:/").unwrap().unwrap().acked_at,
        None
    );
    assert_eq!(world.trail().len(), 2);
}

#[test]
fn what_is_not_there_is_not_acknowledged() {
    let world = world();
    for which in [AlertName::Number(1), AlertName::Id(AlertId::next())] {
        assert!(
            world
                .store
                .acknowledge(which, &By::new("alice"))
                .unwrap()
                .is_none()
        );
    }
    assert_eq!(world.trail(), []);
}

#[test]
fn a_silence_holds_until_it_is_ended() {
    let world = world();
    let by = By::new("alice").note("deploy");
    let done = world.store.silence(&billing(), in_an_hour(), &by).unwrap();
    assert!(done.unaudited.is_none());
    let now = Timestamp::now();
    assert_eq!(
        world.reader.silences(now).unwrap(),
        std::slice::from_ref(&done.what)
    );
    let end = done.what.ends_at;
    let last = Timestamp::from_micros(end.as_micros() - 1);
    assert_eq!(world.reader.silences(last).unwrap().len(), 1);
    assert_eq!(world.reader.silences(end).unwrap(), []);
    let silence = done.what.silence();
    assert_eq!(silence.name(), done.what.id.to_string());
    assert!(silence.matches(&Alert::info("t").source("billing-eu").build()));

    let ended = world
        .store
        .unsilence(done.what.id, &By::new("bob"))
        .unwrap()
        .unwrap();
    assert_eq!(ended.what.ended_by.as_deref(), Some("bob"));
    assert_eq!(world.reader.silences(now).unwrap(), []);
    assert!(
        world
            .store
            .unsilence(done.what.id, &By::new("bob"))
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .store
            .unsilence(99, &By::new("bob"))
            .unwrap()
            .is_none()
    );
    let trail = world.trail();
    let told: Vec<_> = trail
        .iter()
        .map(|entry| (&*entry.action, &*entry.subject))
        .collect();
    assert_eq!(told, [("unsilence", "silence:1"), ("silence", "silence:1")]);
    assert_eq!(trail[0].before, trail[1].after);
}

#[test]
fn a_config_knows_the_silences_before_its_sink_is_open() {
    let world = world();
    let config = StateConfig::new(&world.path);
    assert_eq!(config.silences(), []);
    let by = By::new("alice");
    let done = world.store.silence(&billing(), in_an_hour(), &by).unwrap();
    assert_eq!(config.silences(), [done.what.silence()]);
    let nowhere = world.path.with_file_name("none/state.db");
    assert_eq!(StateConfig::new(&nowhere).silences(), []);
    assert!(!nowhere.parent().unwrap().exists(), "it was created");
}

#[test]
fn a_silence_that_has_ended_by_itself_is_not_ended_again() {
    let world = world();
    let done = world
        .store
        .silence(&billing(), in_an_hour(), &By::new("alice"))
        .unwrap();
    let connection = Connection::open(&world.path).unwrap();
    connection
        .execute("UPDATE silences SET ends_at = 5", [])
        .unwrap();
    assert!(
        world
            .store
            .unsilence(done.what.id, &By::new("bob"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_silence_outside_the_bounds_is_refused() {
    let world = world();
    let by = By::new("alice");
    let year = 367 * 24 * 3_600;
    let mut huge = billing();
    huge.source = Some("x".repeat(5_000));
    for refused in [
        world.store.silence(&billing(), Timestamp::now(), &by),
        world.store.silence(&billing(), Timestamp::MIN, &by),
        world.store.silence(&billing(), after(year), &by),
        world.store.silence(&billing(), Timestamp::MAX, &by),
        world.store.silence(&huge, in_an_hour(), &by),
    ] {
        assert!(refused.unwrap_err().is_refused());
    }
    assert_eq!(world.reader.silences(Timestamp::MIN).unwrap(), []);
    assert_eq!(world.trail(), []);
}

#[test]
fn there_are_no_more_silences_than_a_pipeline_heeds() {
    let world = world();
    let connection = Connection::open(&world.path).unwrap();
    connection
        .execute(
            "INSERT INTO silences (matches, created_at, created_by, note, ends_at)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1024)
             SELECT '{}', 0, '', '', 253402207200999999 FROM n",
            [],
        )
        .unwrap();
    let by = By::new("alice");
    let error = world
        .store
        .silence(&billing(), in_an_hour(), &by)
        .unwrap_err();
    assert!(error.is_refused(), "{error}");
    world.store.unsilence(7, &by).unwrap().unwrap();
    world.store.silence(&billing(), in_an_hour(), &by).unwrap();
}

#[test]
fn what_the_trail_does_not_take_is_done_nevertheless() {
    let world = world();
    let alert = Alert::critical("disk full").dedup_key("disk:/").build();
    world.store.record(&[alert]).unwrap();
    world.refuse_entries();
    let by = By::new("alice");
    let done = world
        .store
        .acknowledge(AlertName::Number(1), &by)
        .unwrap()
        .unwrap();
    assert!(
        done.unaudited
            .unwrap()
            .to_string()
            .contains("no entries today")
    );
    assert!(
        world
            .reader
            .incident("disk:/")
            .unwrap()
            .unwrap()
            .acked_at
            .is_some()
    );
    let done = world.store.silence(&billing(), in_an_hour(), &by).unwrap();
    assert!(done.unaudited.is_some());
    let done = world.store.unsilence(done.what.id, &by).unwrap().unwrap();
    assert!(done.unaudited.is_some());
    assert_eq!(world.reader.silences(Timestamp::now()).unwrap(), []);
    assert_eq!(world.trail(), []);
}

#[test]
fn an_entry_that_takes_the_whole_transaction_with_it_leaves_nothing_done_and_says_why() {
    let world = world();
    let somebody = Connection::open(&world.path).unwrap();
    somebody
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON audit
             BEGIN SELECT RAISE(ROLLBACK, 'no more room'); END",
        )
        .unwrap();
    let by = By::new("alice");
    let error = world.store.silence(&billing(), in_an_hour(), &by);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("no more room"), "{error}");
    assert_eq!(world.reader.silences(Timestamp::now()).unwrap(), []);
    somebody.execute_batch("DROP TRIGGER full").unwrap();
    let done = world.store.silence(&billing(), in_an_hour(), &by).unwrap();
    assert!(done.unaudited.is_none());
}

#[test]
fn alerts_are_recorded_once_however_many_and_often() {
    let world = world();
    let alerts: Vec<_> = (0..2_500)
        .map(|n| Alert::info(format!("t{n}")).build())
        .collect();
    world.store.record(&alerts).unwrap();
    world.store.record(&alerts).unwrap();
    let connection = Connection::open(&world.path).unwrap();
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM alerts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 2_500);
    let counts = world.reader.status(Timestamp::now()).unwrap().last_hour;
    assert_eq!(counts.info, 2_500);
}
