use super::*;
use crate::database::identity::Inode;
use crate::database::link::Link;

#[test]
fn what_another_process_opened_is_neither_used_nor_closed() {
    let (_folder, path) = folder();
    let mut database = open(&path);
    add(&mut database, 1).unwrap();
    let link = database.link.as_mut().unwrap();
    link.pretend_to_be_of(std::process::id() + 1);
    for _ in 0..2 {
        assert!(matches!(add(&mut database, 2), Err(Trouble::Forked)));
        let read = database.read(|_| Ok(()));
        assert!(matches!(read, Err(Trouble::Forked)));
    }
    // SQLite believes that this process has it open: it was not closed.
    drop(database);
    let another = try_open(&path);
    assert!(matches!(another, Err(Trouble::Forked)), "{another:?}");
    assert!(Database::open_to_read(&path, PATIENCE).is_err());
    assert!(matches!(
        Link::allow(Inode::at(&path)),
        Err(Trouble::Forked)
    ));
}

#[test]
fn what_is_closed_may_be_opened_by_a_child() {
    let (_folder, path) = folder();
    drop((open(&path), open(&path)));
    Link::allow(Inode::at(&path)).unwrap();
    let _open = open(&path);
    Link::allow(Inode::at(&path)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_child_leaves_its_parent_what_it_has_open() {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rustix::process::{Pid, WaitOptions, waitpid};

    let (_folder, path) = folder();
    let mut database = open(&path);
    add(&mut database, 1).unwrap();
    match fork::fork().unwrap() {
        fork::Fork::Child => {
            // Nothing here may wait for a lock that another test's thread held.
            let written = add(&mut database, 2);
            let read = database.read(|_| Ok(()));
            drop(database);
            let is_right = matches!(
                (written, read),
                (Err(Trouble::Forked), Err(Trouble::Forked))
            );
            // The end of this process that runs nothing of the test harness.
            let _ = Command::new(if is_right { "true" } else { "false" }).exec();
            std::process::abort();
        }
        fork::Fork::Parent(child) => {
            let child = Pid::from_raw(child).unwrap();
            let (_, status) = waitpid(Some(child), WaitOptions::empty()).unwrap().unwrap();
            assert_eq!(status.exit_status(), Some(0));
        }
    }
    // Its locks are still there: another process that closes it is not the last.
    let mut other = super::child::Actor::start(super::child::command("open", &path, &[]));
    assert_eq!(other.hear().as_deref(), Some("opened"));
    assert_eq!(other.hear(), None);
    assert!(path.with_file_name("state.db-wal").exists());
    add(&mut database, 3).unwrap();
    assert_eq!(ids(&mut database), [1, 3]);
}
