use std::fs;
use std::sync::Barrier;
use std::time::Instant;

use super::*;
use crate::database::journal::Journal;
use crate::database::lock::{Hold, Lock};
use crate::database::patience::Patience;

#[cfg(unix)]
#[test]
fn folders_and_files_are_for_this_user_alone_whatever_the_umask() {
    use super::child::{Actor, command};
    use std::os::unix::fs::PermissionsExt;
    for umask in ["000", "022", "077", "777"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/state.db");
        let script = format!("umask {umask}; exec \"$@\"");
        let through = ["sh", "-c", &script, "sh"].map(AsRef::as_ref);
        let mut actor = Actor::start(command("hold", &path, &through));
        assert_eq!(actor.hear().as_deref(), Some("holding"), "umask {umask}");
        let mode = |name: &str| {
            let there = fs::metadata(folder.path().join(name)).unwrap();
            there.permissions().mode() & 0o7777
        };
        assert_eq!((mode("a"), mode("a/b")), (0o700, 0o700), "umask {umask}");
        for name in ["state.db", "state.db-wal", "state.db-shm", "state.db.lock"] {
            assert_eq!(mode(&format!("a/b/{name}")), 0o600, "{name}, umask {umask}");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_and_named() {
    use rustix::fs::{CWD, Mode, mkfifoat};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    mkfifoat(CWD, at("pipe"), Mode::from_raw_mode(0o600)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    fs::write(at("file"), "x").unwrap();
    std::os::unix::fs::symlink(at("loop"), at("loop")).unwrap();
    for (path, word) in [
        (at("folder"), "a folder"),
        (at("pipe"), "a named pipe"),
        (at("socket"), "a socket"),
        ("/dev/full".into(), "a device"),
        ("/dev/null".into(), "a device"),
    ] {
        let Err(Trouble::Denied(text)) = try_open(&path) else {
            panic!("{path:?} was opened");
        };
        assert!(text.contains(word), "{text}");
        assert!(!path.with_file_name("full.lock").exists());
    }
    for path in [at("file/state.db"), at("loop")] {
        let refused = try_open(&path);
        assert!(matches!(refused, Err(Trouble::Denied(_))), "{refused:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_also_to_what_is_not_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink("new/real.db", at("link.db")).unwrap();
    std::os::unix::fs::symlink("link.db", at("second.db")).unwrap();
    let mut through_a_link = open(&at("second.db"));
    assert_eq!(
        names(&at("new")),
        ["real.db", "real.db-shm", "real.db-wal", "real.db.lock"]
    );
    add(&mut through_a_link, 1).unwrap();
    assert_eq!(ids(&mut open(&at("new/real.db"))), [1]);
    assert_eq!(names(folder.path()), ["link.db", "new", "second.db"]);
}

#[test]
fn each_setting_is_what_it_should_be() {
    let (_folder, path) = folder();
    for (synchronous, level) in [(Synchronous::Normal, 1), (Synchronous::Full, 2)] {
        let mut database = Database::open(&path, synchronous, PATIENCE).unwrap();
        let wanted = [
            ("synchronous", level),
            ("trusted_schema", 0),
            ("cell_size_check", 1),
            ("mmap_size", 0),
            ("journal_size_limit", 64 << 20),
        ];
        for (pragma, value) in wanted {
            let is: i64 = database
                .read(|connection| connection.pragma_query_value(None, pragma, |row| row.get(0)))
                .unwrap();
            assert_eq!(is, value, "{pragma}");
        }
        let mut connection = database.link.as_ref().unwrap().lock().unwrap();
        let connection = connection.as_mut().unwrap();
        assert_eq!(Journal::of(connection).unwrap(), Journal::Wal);
        let is_defensive =
            connection.db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE);
        assert!(is_defensive.unwrap());
    }
    assert_eq!(open(&path).remark(), None);
}

#[cfg(unix)]
#[test]
fn without_shared_memory_a_rollback_journal_serves() {
    let (_folder, path) = folder();
    let flags = rusqlite::OpenFlags::default();
    // This way of SQLite's to the files has no shared memory.
    let connection =
        rusqlite::Connection::open_with_flags_and_vfs(&path, flags, c"unix-none").unwrap();
    assert_eq!(Journal::settle(&connection).unwrap(), Journal::Rollback);
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete");
}

#[test]
fn any_number_may_open_at_once_what_is_not_there_yet() {
    for _ in 0..10 {
        let (_folder, path) = folder();
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for id in 0..8 {
                let (start, path) = (&start, &path);
                scope.spawn(move || {
                    start.wait();
                    let mut database = open(path);
                    add(&mut database, id).unwrap();
                });
            }
        });
        let mut database = open(&path);
        assert_eq!(ids(&mut database), (0..8).collect::<Vec<_>>());
    }
}

#[test]
fn any_number_of_processes_may_open_at_once_what_is_not_there_yet() {
    use super::child::{Actor, command};
    for _ in 0..5 {
        let (_folder, path) = folder();
        let mut actors: Vec<Actor> = (0..6)
            .map(|_| Actor::start(command("open", &path, &[])))
            .collect();
        for actor in &mut actors {
            assert_eq!(actor.hear().as_deref(), Some("opened"));
        }
    }
}

#[test]
fn an_empty_file_is_filled_and_nothing_is_set_aside() {
    let (folder, path) = folder();
    fs::write(&path, "").unwrap();
    let (database, aside) =
        Database::open_or_replace(&path, Synchronous::Normal, PATIENCE).unwrap();
    assert_eq!(aside, None);
    drop(database);
    assert_eq!(names(folder.path()), ["state.db", "state.db.lock"]);
}

#[test]
fn opening_does_not_wait_for_who_writes() {
    let (_folder, path) = folder();
    drop(open(&path));
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut database = Database::open(&path, Synchronous::Normal, Duration::ZERO).unwrap();
    let began = Instant::now();
    let patience = Duration::from_millis(150);
    let busy = database.write(patience, |_| Ok(())).unwrap_err();
    assert!(matches!(busy, Trouble::Busy), "{busy:?}");
    assert!(!busy.to_string().contains("locked"), "{busy}");
    let took = began.elapsed();
    assert!(took >= patience / 2, "{took:?}");
    other.execute_batch("ROLLBACK").unwrap();
    database.write(PATIENCE, |_| Ok(())).unwrap();
}

#[test]
fn who_holds_the_lock_file_is_not_waited_for_for_ever() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    let lock = Lock::take(&path, Hold::Exclusive, &mut Patience::new(PATIENCE)).unwrap();
    let patience = Duration::from_millis(100);
    assert!(matches!(
        Database::open(&path, Synchronous::Normal, patience),
        Err(Trouble::Busy)
    ));
    assert!(matches!(
        database.write(patience, |_| Ok(())),
        Err(Trouble::Busy)
    ));
    // Readers do not even ask.
    assert_eq!(ids(&mut database), [0; 0]);
    drop(lock);
    add(&mut database, 1).unwrap();
}

#[test]
fn a_removed_lock_file_is_made_again() {
    let (folder, path) = folder();
    let mut database = open(&path);
    fs::remove_file(folder.path().join("state.db.lock")).unwrap();
    add(&mut database, 1).unwrap();
    assert!(folder.path().join("state.db.lock").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_or_a_file_that_cannot_be_written_is_said_so() {
    use super::child::{Actor, command};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        return left_out("another user is needed to lack rights");
    }
    let folder = tempfile::tempdir().unwrap();
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    set(folder.path(), 0o755).unwrap();
    let path = folder.path().join("state.db");
    let nobody = |role: &str, path: &Path| {
        let mut command = command(role, path, &[]);
        command.uid(65534).gid(65534);
        let mut child = command.spawn().ok()?;
        let _ = child.kill();
        let _ = child.wait();
        Some(Actor::start(command).hear())
    };
    let Some(answer) = nobody("open", &path) else {
        return left_out("another user cannot run this program");
    };
    let denied = |answer: Option<String>| {
        let answer = answer.unwrap();
        assert!(answer.starts_with("Denied"), "{answer}");
        assert!(answer.contains("written"), "{answer}");
    };
    denied(answer);
    // The folder is not theirs, the files are but may only be read.
    drop(open(&path));
    for name in ["state.db", "state.db.lock"] {
        set(&folder.path().join(name), 0o644).unwrap();
    }
    denied(nobody("open", &path).unwrap());
    // To read it is enough.
    let read = nobody("read", &path).unwrap();
    assert_eq!(read.as_deref(), Some("read 0"));
    set(folder.path(), 0o777).unwrap();
    denied(nobody("open", &path).unwrap());
    assert!(ids(&mut open(&path)).is_empty());
}
