use alert_core::{Reason, Timestamp};

use super::notes::{MOST, Note, Notes};
use super::*;

fn note(number: usize) -> Note {
    Note {
        alert: [0; 16],
        at: Timestamp::from_micros(number as u64),
        sink: "ops".to_owned(),
        reason: Reason::Delivered,
        attempts: 1,
        took_us: 1,
        error: None,
        answer: None,
    }
}

#[test]
fn of_too_many_outcomes_the_oldest_are_dropped_and_counted_once() {
    let mut notes = Notes::default();
    for number in 0..MOST + 7 {
        notes.add(note(number));
    }
    assert_eq!(notes.all().count(), MOST);
    assert_eq!(notes.all().next().map(|note| note.at.as_micros()), Some(7));
    assert_eq!(notes.are_written(), 7);
    assert!(notes.is_empty());
    notes.add(note(1));
    assert_eq!(notes.are_written(), 0);
}

#[test]
fn what_cannot_be_written_is_kept_and_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut observer = StateObserver::new(path.clone(), Synchronous::Normal);
    // A folder has the database's name.
    std::fs::create_dir(&path).unwrap();
    observer.notes.add(note(1));
    for _ in 0..3 {
        observer.write();
        assert_eq!(observer.told.len(), 1, "it is told once");
    }
    std::fs::remove_dir(&path).unwrap();
    observer.notes.add(note(2));
    observer.write();
    observer.write();
    assert!(observer.told.is_empty());
    let mut database = Database::open(&path, Synchronous::Normal, PATIENCE).unwrap();
    let written: i64 = database
        .read(|connection| {
            connection.query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0))
        })
        .unwrap();
    assert_eq!(written, 2);
}

#[test]
fn a_long_text_of_a_service_is_cut() {
    let text = short(&"ä".repeat(2_000));
    assert!(text.len() <= TEXT, "{}", text.len());
}
