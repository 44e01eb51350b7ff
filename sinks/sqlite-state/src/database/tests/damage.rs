use std::fs;

use super::files::*;
use super::*;

#[test]
fn what_is_no_database_is_set_aside_whole() {
    let mut noise = vec![0; 50_000];
    let mut state = 1u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = state.to_be_bytes()[0];
    }
    for content in [
        b"hello".to_vec(),
        b"a text file\n".repeat(1000),
        noise,
        vec![0; 100_000],
        b"SQLite format 3\0".to_vec(),
    ] {
        let (folder, path) = folder();
        fs::write(&path, &content).unwrap();
        assert!(matches!(try_open(&path), Err(Trouble::Damaged(_))));
        let (mut database, aside) = replaced(&path);
        assert!(fs::read(&aside.to).unwrap() == content);
        assert!(aside.to.to_str().unwrap().contains("state.db.corrupt-2"));
        add(&mut database, 1).unwrap();
        let recovery = recovered(&mut database).unwrap();
        assert!(recovery.is_done);
        assert_eq!(recovery.recovered, 0);
        assert_eq!(ids(&mut database), [1]);
        assert!(fs::read(&aside.to).unwrap() == content);
        let left = names(folder.path());
        assert_eq!(left.len(), 5, "{left:?}");
    }
}

#[test]
fn a_database_without_its_header_is_set_aside_whole() {
    let (_folder, path) = folder();
    filled(&path, 100);
    damage(&path, 0, 16);
    let before = fs::read(&path).unwrap();
    let (mut database, aside) = replaced(&path);
    assert!(fs::read(&aside.to).unwrap() == before);
    recovered(&mut database).unwrap();
    assert!(fs::read(&aside.to).unwrap() == before);
    assert_eq!(audited(&mut database), 1);
}

#[test]
fn names_that_are_taken_are_left_alone() {
    let (folder, path) = folder();
    for round in 0..4 {
        fs::write(&path, format!("no database {round}").repeat(100)).unwrap();
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("state.db{ending}")));
        }
        replaced(&path);
    }
    let corrupt: Vec<String> = names(folder.path())
        .into_iter()
        .filter(|name| name.contains(".corrupt-"))
        .collect();
    assert_eq!(corrupt.len(), 4, "{corrupt:?}");
}

#[test]
fn damage_that_a_write_meets_is_set_aside_by_it() {
    let (_folder, path) = folder();
    filled(&path, 2000);
    let mut database = open(&path);
    damage_table(&path, "alerts");
    let before = fs::read(&path).unwrap();
    let Err(Trouble::Damaged(reason)) = add(&mut database, 5000) else {
        panic!("the damage was not seen");
    };
    let aside = database
        .replace_damaged(&reason, PATIENCE)
        .unwrap()
        .unwrap();
    assert!(fs::read(&aside.to).unwrap() == before);
    add(&mut database, 5000).unwrap();
    assert!(database.recovery_pending().unwrap());
    // Somebody else who had it open follows.
    assert!(is_whole(&mut database));
}

#[test]
fn another_process_may_have_been_quicker() {
    let (folder, path) = folder();
    filled(&path, 2000);
    let (mut first, mut second) = (open(&path), open(&path));
    damage_table(&path, "alerts");
    let mut asides = 0;
    for (database, id) in [(&mut first, 5000), (&mut second, 5001)] {
        // The second sees at once that the file is another.
        if let Err(Trouble::Damaged(reason)) = add(database, id) {
            asides += usize::from(
                database
                    .replace_damaged(&reason, PATIENCE)
                    .unwrap()
                    .is_some(),
            );
            add(database, id).unwrap();
        }
    }
    assert_eq!(asides, 1);
    assert_eq!(ids(&mut first), [5000, 5001]);
    let corrupt = names(folder.path())
        .iter()
        .filter(|name| name.contains(".corrupt-"))
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .count();
    assert_eq!(corrupt, 1);
}

#[test]
fn a_whole_database_is_not_set_aside_because_somebody_says_so() {
    let (folder, path) = folder();
    let mut database = filled(&path, 100);
    let aside = database.replace_damaged("so they say", PATIENCE).unwrap();
    assert_eq!(aside, None);
    assert_eq!(ids(&mut database).len(), 100);
    // Twice in a row it is believed.
    let aside = database.replace_damaged("so they say", PATIENCE).unwrap();
    assert!(aside.is_some());
    assert_eq!(ids(&mut database).len(), 0);
    recovered(&mut database).unwrap();
    assert_eq!(ids(&mut database).len(), 100);
    assert!(names(folder.path()).len() >= 4);
}

#[test]
fn a_setting_aside_that_was_begun_is_finished_by_who_comes_next() {
    // Killed after each of its renames: what was moved has the new name, the rest has the old one.
    for moved in 0..=3 {
        let (folder, path) = folder();
        let before = {
            let mut database = filled(&path, 500);
            add(&mut database, 1000).unwrap();
            copy_open(&path)
        };
        for (name, bytes) in &before {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let to = "state.db.corrupt-20261123T201500Z";
        let note = format!("{{\"to\":\"{to}\",\"reason\":\"a test\",\"began_at\":5}}");
        fs::write(folder.path().join("state.db.lock"), note).unwrap();
        for ending in ["-wal", "-shm", ""].iter().take(moved) {
            let from = folder.path().join(format!("state.db{ending}"));
            fs::rename(from, folder.path().join(format!("{to}{ending}"))).unwrap();
        }
        let mut database = open(&path);
        add(&mut database, 2000).unwrap();
        for (name, bytes) in &before {
            let name = name.replace("state.db", to);
            if !name.ends_with("-shm") {
                assert!(
                    fs::read(folder.path().join(name)).unwrap() == *bytes,
                    "{moved}"
                );
            }
        }
        let recovery = recovered(&mut database).unwrap();
        assert_eq!((recovery.from.as_str(), recovery.recovered), (to, 501));
        assert_eq!(ids(&mut database).len(), 502, "{moved}");
        // The number that it had before is never given again.
        assert_eq!(stored(&mut database).last(), Some(&(502, 2000)));
        let lock = fs::metadata(folder.path().join("state.db.lock")).unwrap();
        assert_eq!(lock.len(), 0);
    }
}

#[test]
fn a_note_that_was_cut_off_is_none() {
    let (folder, path) = folder();
    filled(&path, 10);
    for note in [
        "{\"to\":\"state.d",
        "\0\0\0",
        "{\"to\":\"../up\",\"reason\":\"\",\"began_at\":1}",
    ] {
        fs::write(folder.path().join("state.db.lock"), note).unwrap();
        assert_eq!(ids(&mut open(&path)).len(), 10);
    }
    assert_eq!(names(folder.path()), ["state.db", "state.db.lock"]);
}

#[test]
fn what_is_damaged_while_a_setting_aside_is_not_finished_is_set_aside_too() {
    let (folder, path) = folder();
    drop(filled(&path, 100));
    let (database, first) = replaced_anyway(&path);
    drop(database);
    // Killed before the note was taken back, and then the new one was damaged.
    let to = first.to.file_name().unwrap().to_str().unwrap();
    let note = format!("{{\"to\":\"{to}\",\"reason\":\"a test\",\"began_at\":5}}");
    fs::write(folder.path().join("state.db.lock"), note).unwrap();
    fs::write(&path, "no database").unwrap();
    let (mut database, second) = replaced(&path);
    assert_ne!(first.to, second.to);
    assert_eq!(fs::read(&second.to).unwrap(), b"no database");
    add(&mut database, 1).unwrap();
    let lock = fs::metadata(folder.path().join("state.db.lock")).unwrap();
    assert_eq!(lock.len(), 0);
}

/// As a sink opens it.
fn delivering(path: &std::path::Path) -> Database {
    let (database, aside) = Database::open_or_replace(path, Synchronous::Normal, PATIENCE).unwrap();
    assert_eq!(aside, None);
    database
}

#[test]
fn damage_that_only_a_reader_meets_is_set_aside_by_who_writes_next() {
    for is_open_before in [true, false] {
        let (_folder, path) = folder();
        drop(filled(&path, 2000));
        damage(&path, 60 * PAGE, 4096);
        let before = is_open_before.then(|| delivering(&path));
        // This page is in the middle of the history, where nobody writes.
        add(&mut open(&path), 5000).unwrap();
        let mut reader = Database::open_to_read(&path, PATIENCE).unwrap();
        let all = "SELECT sum(length(message)) FROM alerts";
        let read = reader.read(|connection| connection.query_row(all, [], |_| Ok(())));
        assert!(matches!(read, Err(Trouble::Damaged(_))), "{read:?}");
        // Who cannot set it aside goes on.
        add(&mut open(&path), 5001).unwrap();
        let mut writer = before.unwrap_or_else(|| delivering(&path));
        let Err(Trouble::Damaged(reason)) = add(&mut writer, 5002) else {
            panic!("the damage was not told");
        };
        assert!(writer.replace_damaged(&reason, PATIENCE).unwrap().is_some());
        add(&mut writer, 5002).unwrap();
        recovered(&mut writer).unwrap();
        assert!(ids(&mut writer).len() > 1900);
        assert!(is_whole(&mut writer));
    }
}

#[test]
fn a_false_alarm_of_a_reader_is_looked_into_once() {
    let (folder, path) = folder();
    drop(filled(&path, 100));
    let mut writer = delivering(&path);
    let reader = Database::open_to_read(&path, PATIENCE).unwrap();
    reader.note_doubt("so they say");
    let Err(Trouble::Damaged(reason)) = add(&mut writer, 200) else {
        panic!("the doubt was not told");
    };
    assert_eq!(reason, "so they say");
    assert_eq!(writer.replace_damaged(&reason, PATIENCE).unwrap(), None);
    add(&mut writer, 200).unwrap();
    assert_eq!(ids(&mut writer).len(), 101);
    assert!(
        !names(folder.path())
            .iter()
            .any(|name| name.contains("corrupt"))
    );
}

/// Sets aside a whole database: twice in a row damage is believed.
fn replaced_anyway(path: &std::path::Path) -> (Database, crate::database::SetAside) {
    let mut database = open(path);
    assert_eq!(database.replace_damaged("a test", PATIENCE).unwrap(), None);
    let aside = database.replace_damaged("a test", PATIENCE).unwrap();
    (database, aside.unwrap())
}
