//! The audit trail: added to, and nothing else.

use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use alert_sink_sqlite_state::{Audit, AuditEntry, AuditQuery, StateReader};
use rusqlite::Connection;
use serde_json::json;

struct World {
    _folder: tempfile::TempDir,
    path: PathBuf,
    audit: Audit,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let audit = Audit::open(&path).unwrap();
    World {
        _folder: folder,
        path,
        audit,
    }
}

impl World {
    fn entries(&self, query: &AuditQuery) -> Vec<AuditEntry> {
        StateReader::open(&self.path).unwrap().audit(query).unwrap()
    }
}

#[test]
fn an_entry_is_read_back_as_it_was_written() {
    let world = world();
    let (before, after) = (json!({"size": 2}), json!([null, "4"]));
    let number = world
        .audit
        .try_record(
            "alice",
            "resize",
            "volume:logs",
            Some(&before),
            Some(&after),
            Some("full"),
        )
        .unwrap();
    world
        .audit
        .record("bob", "reload", "config", None, None, None);
    let entries = world.entries(&AuditQuery::new());
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (&*entries[0].actor, &entries[0].before, &entries[0].note),
        ("bob", &None, &None)
    );
    let entry = &entries[1];
    assert_eq!(entry.number, number);
    assert_eq!(
        (&*entry.actor, &*entry.action, &*entry.subject),
        ("alice", "resize", "volume:logs")
    );
    assert_eq!((&entry.before, &entry.after), (&Some(before), &Some(after)));
    assert_eq!(entry.note.as_deref(), Some("full"));
    assert_eq!(world.audit.failed(), 0);
}

#[test]
fn each_condition_of_a_query_is_kept() {
    let world = world();
    for (actor, action, subject) in [
        ("a", "ack", "x"),
        ("b", "ack", "y"),
        ("a", "silence", "x"),
        ("a", "ack", "x"),
    ] {
        world
            .audit
            .try_record(actor, action, subject, None, None, None)
            .unwrap();
    }
    let any = AuditQuery::new;
    let since = world.entries(&any())[0].at;
    for (query, numbers) in [
        (any(), vec![4, 3, 2, 1]),
        (any().recent(2), vec![4, 3]),
        (any().actor("a"), vec![4, 3, 1]),
        (any().action("ack"), vec![4, 2, 1]),
        (any().subject("x").action("ack"), vec![4, 1]),
        (any().subject("z"), vec![]),
        (any().since(since).recent(1), vec![4]),
    ] {
        let found: Vec<_> = world
            .entries(&query)
            .iter()
            .map(|entry| entry.number)
            .collect();
        assert_eq!(found, numbers, "{query:?}");
    }
}

#[test]
fn no_program_changes_replaces_or_removes_an_entry() {
    let world = world();
    for _ in 0..2 {
        world
            .audit
            .try_record("alice", "ack", "x", None, None, None)
            .unwrap();
    }
    let before = world.entries(&AuditQuery::new());
    let other = Connection::open(&world.path).unwrap();
    for sql in [
        "UPDATE audit SET actor = 'mallory'",
        "UPDATE audit SET seq = 9 WHERE seq = 1",
        "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 1",
        "INSERT OR REPLACE INTO audit VALUES (1, 0, 'mallory', 'ack', 'x', NULL, NULL, NULL)",
        "REPLACE INTO audit (seq, at, actor, action, subject) VALUES (2, 0, 'm', 'a', 's')",
        "INSERT INTO audit (seq, at, actor, action, subject) VALUES (1, 0, 'm', 'a', 's')
             ON CONFLICT (seq) DO UPDATE SET actor = 'mallory'",
    ] {
        let error = other.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(world.entries(&AuditQuery::new()), before);
}

#[test]
fn what_is_too_long_is_cut_or_told_by_its_size() {
    let world = world();
    let long = "é".repeat(100_000);
    let (fits, huge) = (json!("x".repeat(Audit::MAX_VALUE - 2)), json!(long));
    world
        .audit
        .try_record(&long, &long, &long, Some(&fits), Some(&huge), Some(&long))
        .unwrap();
    let entry = world.entries(&AuditQuery::new()).remove(0);
    for text in [&entry.actor, &entry.action, &entry.subject] {
        assert!(
            text.len() <= Audit::MAX_TEXT && text.contains('…'),
            "{text}"
        );
    }
    assert!(entry.note.unwrap().len() <= Audit::MAX_NOTE);
    assert_eq!(entry.before, Some(fits));
    assert_eq!(
        entry.after,
        Some(json!({"left_out": "200002 bytes of JSON"}))
    );
}

#[test]
fn a_failure_is_counted_within_the_patience_however_many_threads_wait() {
    let World {
        path,
        audit,
        _folder,
    } = world();
    let audit = audit.patience(Duration::from_millis(50));
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let together = Barrier::new(8);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                together.wait();
                audit.record("alice", "ack", "x", None, None, None);
            });
        }
    });
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(audit.failed(), 8);
    let error = audit
        .try_record("hunter2", "ack", "x", None, None, None)
        .unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    audit.record("alice", "ack", "x", None, None, None);
    assert_eq!(audit.failed(), 8);
}
