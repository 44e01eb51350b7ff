use std::fs;

use rusqlite::TransactionBehavior;

#[cfg(unix)]
use super::child::{Actor, command};
use super::*;

fn rename(folder: &Path, from: &str, to: &str) {
    fs::rename(folder.join(from), folder.join(to)).unwrap();
}

#[test]
fn an_error_takes_back_all_of_its_transaction() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    add(&mut database, 1).unwrap();
    let failed = database.write(PATIENCE, |transaction| {
        transaction.execute("DELETE FROM alerts", [])?;
        transaction.execute("INSERT INTO nowhere VALUES (1)", [])
    });
    assert!(matches!(failed, Err(Trouble::Failed(_))), "{failed:?}");
    assert_eq!(ids(&mut database), [1]);
    add(&mut database, 2).unwrap();
    assert_eq!(ids(&mut database), [1, 2]);
}

#[test]
fn a_transaction_that_was_ended_before_its_end_is_a_failure() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    // As SQLite itself does after some errors, of which the work then takes no notice.
    let broken = database.write(PATIENCE, |transaction| {
        transaction.execute_batch("INSERT INTO meta VALUES ('a', '1'); ROLLBACK")
    });
    assert!(matches!(broken, Err(Trouble::Failed(_))), "{broken:?}");
    add(&mut database, 1).unwrap();
    assert_eq!(ids(&mut database), [1]);
}

#[test]
fn a_panic_in_the_work_takes_it_back() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    let work = std::panic::AssertUnwindSafe(|| {
        database.write(PATIENCE, |transaction| -> rusqlite::Result<()> {
            transaction.execute("INSERT INTO meta VALUES ('a', '1')", [])?;
            panic!("as planned");
        })
    });
    assert!(std::panic::catch_unwind(work).is_err());
    add(&mut database, 1).unwrap();
    let notes: i64 = database
        .read(|connection| connection.query_row("SELECT count(*) FROM meta", [], |row| row.get(0)))
        .unwrap();
    assert_eq!((notes, ids(&mut database)), (0, vec![1]));
}

#[test]
fn a_database_that_is_replaced_is_not_written_any_more() {
    let (folder, path) = folder();
    let other = folder.path().join("other.db");
    add_all(&mut open(&other), 100..110).unwrap();
    let mut database = open(&path);
    add(&mut database, 1).unwrap();
    rename(folder.path(), "other.db", "state.db");
    add(&mut database, 2).unwrap();
    let mut expected: Vec<u64> = (100..110).collect();
    expected.insert(0, 2);
    assert_eq!(ids(&mut database), expected);
    drop(database);
    let mut again = open(&path);
    assert_eq!(ids(&mut again), expected);
    assert!(is_whole(&mut again));
    // The old one's WAL was not written into the new one, nor was it deleted.
    let strays = names(folder.path());
    let is_stray = |name: &String| name.starts_with("state.db.stray-") && name.ends_with("-wal");
    assert!(strays.iter().any(is_stray), "{strays:?}");
}

#[test]
fn a_database_that_is_removed_is_made_again() {
    let (folder, path) = folder();
    let mut database = open(&path);
    add(&mut database, 1).unwrap();
    fs::remove_file(&path).unwrap();
    add(&mut database, 2).unwrap();
    assert_eq!(ids(&mut database), [2]);
    for name in names(folder.path()) {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    add(&mut database, 3).unwrap();
    assert_eq!(ids(&mut database), [3]);
    fs::remove_dir_all(folder.path()).unwrap();
    add(&mut database, 4).unwrap();
    assert_eq!(ids(&mut open(&path)), [4]);
}

#[test]
fn files_beside_it_that_are_removed_cost_nothing() {
    for removed in [
        &["state.db-wal"][..],
        &["state.db-shm"],
        &["state.db-wal", "state.db-shm"],
    ] {
        let (folder, path) = folder();
        let mut first = open(&path);
        let mut second = open(&path);
        let mut expected = Vec::new();
        for round in 0..6 {
            add(&mut first, round * 10).unwrap();
            add(&mut second, round * 10 + 1).unwrap();
            expected.extend([round * 10, round * 10 + 1]);
            for name in removed {
                fs::remove_file(folder.path().join(name)).unwrap();
            }
            // Now the one and now the other is the first to notice.
            if round % 2 == 0 {
                std::mem::swap(&mut first, &mut second);
            }
            assert_eq!(ids(&mut first), expected, "{removed:?}, round {round}");
        }
        drop((first, second));
        let mut again = open(&path);
        assert_eq!(ids(&mut again), expected, "{removed:?}");
        assert!(is_whole(&mut again));
    }
}

#[test]
fn who_comes_while_the_wal_is_gone_waits_for_who_has_it() {
    let (folder, path) = folder();
    let mut database = open(&path);
    for id in 0..10 {
        add(&mut database, id).unwrap();
        fs::remove_file(folder.path().join("state.db-wal")).unwrap();
        std::thread::scope(|scope| {
            let comes = scope.spawn(|| ids(&mut open(&path)));
            assert_eq!(ids(&mut database), (0..=id).collect::<Vec<_>>());
            assert_eq!(comes.join().unwrap(), (0..=id).collect::<Vec<_>>());
        });
    }
    assert!(is_whole(&mut database));
}

#[test]
fn an_index_that_was_left_alone_is_not_waited_for_for_ever() {
    let (folder, path) = folder();
    add(&mut open(&path), 1).unwrap();
    fs::write(folder.path().join("state.db-shm"), vec![7; 32768]).unwrap();
    let patience = Duration::from_millis(200);
    let mut database = Database::open(&path, Synchronous::Normal, patience).unwrap();
    assert_eq!(ids(&mut database), [1]);
    assert!(is_whole(&mut database));
}

#[test]
fn a_wal_that_is_removed_last_costs_nothing() {
    let (folder, path) = folder();
    let mut database = open(&path);
    add(&mut database, 1).unwrap();
    fs::remove_file(folder.path().join("state.db-wal")).unwrap();
    drop(database);
    assert_eq!(ids(&mut open(&path)), [1]);
}

#[test]
fn a_reader_follows_the_path_too() {
    let (folder, path) = folder();
    assert!(matches!(
        Database::open_to_read(&path, PATIENCE),
        Err(Trouble::Absent)
    ));
    assert_eq!(names(folder.path()), [""; 0]);
    let mut database = open(&path);
    let mut reader = Database::open_to_read(&path, PATIENCE).unwrap();
    add(&mut database, 1).unwrap();
    assert_eq!(ids(&mut reader), [1]);
    assert!(reader.write(PATIENCE, |_| Ok(())).is_err());
    add_all(&mut open(&folder.path().join("other.db")), [5]).unwrap();
    rename(folder.path(), "other.db", "state.db");
    add(&mut database, 6).unwrap();
    assert_eq!(ids(&mut reader), [5, 6]);
}

#[test]
fn a_reader_does_not_hold_up_who_writes() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    add(&mut database, 1).unwrap();
    let mut other = rusqlite::Connection::open(&path).unwrap();
    let reading = other
        .transaction_with_behavior(TransactionBehavior::Deferred)
        .unwrap();
    let count = || -> i64 {
        reading
            .query_row("SELECT count(*) FROM alerts", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(count(), 1);
    database
        .write(Duration::ZERO, |transaction| {
            transaction.execute("DELETE FROM alerts", [])
        })
        .unwrap();
    assert_eq!(count(), 1);
}

#[cfg(unix)]
#[test]
fn another_process_that_never_ends_is_not_waited_for_longer_than_is_allowed() {
    use std::time::Instant;
    let (_folder, path) = folder();
    let mut database = open(&path);
    let mut holder = super::child::Actor::start(super::child::command("hold", &path, &[]));
    assert_eq!(holder.hear().as_deref(), Some("holding"));
    // Neither is it if it was stopped.
    let process = rustix::process::Pid::from_child(&holder.child);
    rustix::process::kill_process(process, rustix::process::Signal::STOP).unwrap();
    let patience = Duration::from_millis(200);
    let began = Instant::now();
    let busy = database.write(patience, |_| Ok(())).unwrap_err();
    let took = began.elapsed();
    assert!(matches!(busy, Trouble::Busy), "{busy:?}");
    // What a busy machine adds is nobody's fault.
    assert!(
        took >= patience / 2 && took < Duration::from_secs(5),
        "{took:?}"
    );
    assert!(ids(&mut database).is_empty());
    let began = Instant::now();
    drop(Database::open(&path, Synchronous::Normal, patience).unwrap());
    assert!(began.elapsed() < Duration::from_secs(5));
    holder.kill();
    add(&mut database, 1).unwrap();
}

#[cfg(unix)]
#[test]
fn a_pipeline_does_not_wait_for_a_program_that_was_stopped_while_it_made_the_index() {
    let (_folder, path) = folder();
    drop(open(&path));
    let mut stopped = Actor::start(command("hold the index", &path, &[]));
    assert_eq!(stopped.hear().as_deref(), Some("holding"));
    let began = std::time::Instant::now();
    assert!(crate::reader::known_silences(&path).is_empty());
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_mark_tells_whether_others_have_changed_something() {
    let (folder, path) = folder();
    let (mut looker, mut other) = (open(&path), open(&path));
    let first = looker.mark().unwrap();
    assert_eq!(looker.mark().unwrap(), first);
    add(&mut other, 1).unwrap();
    let second = looker.mark().unwrap();
    assert_ne!(second, first);
    assert_eq!(looker.mark().unwrap(), second);
    drop(other);
    fs::create_dir(folder.path().join("old")).unwrap();
    for ending in ["", "-wal", "-shm"] {
        let name = format!("state.db{ending}");
        rename(folder.path(), &name, &format!("old/{name}"));
    }
    assert_ne!(looker.mark().unwrap(), second);
}

#[cfg(unix)]
#[test]
fn the_length_of_the_wal_is_told_also_where_a_link_leads() {
    let (folder, path) = folder();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut database = open(&link);
    add(&mut database, 1).unwrap();
    let length = fs::metadata(folder.path().join("state.db-wal"))
        .unwrap()
        .len();
    assert!(length > 0);
    assert_eq!(database.log_length(), length);
}

#[test]
fn after_a_failure_that_says_nothing_of_the_disk_the_database_is_opened_anew() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    let failed = database.write(PATIENCE, |transaction| {
        transaction.execute("INSERT INTO nowhere VALUES (1)", [])
    });
    assert!(matches!(failed, Err(Trouble::Failed(_))), "{failed:?}");
    assert!(database.link.is_none());
    add(&mut database, 1).unwrap();
    assert_eq!(ids(&mut database), [1]);
}
