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
