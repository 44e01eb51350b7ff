//! A file system that is full, and has room again later.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{assert_stored, left_out, writer};

struct Mounted(PathBuf);

impl Mounted {
    fn at(place: &Path, options: &str) -> Option<Mounted> {
        let mounted = run("mount", &["-t", "tmpfs", "-o", options, "none"], place);
        mounted.then(|| Mounted(place.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        run("umount", &["-l"], &self.0);
    }
}

fn run(program: &str, words: &[&str], place: &Path) -> bool {
    Command::new(program)
        .args(words)
        .arg(place)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk_is_waited_out() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mounted) = Mounted::at(folder.path(), "size=600k") else {
        return left_out("a small file system cannot be mounted");
    };
    let path = folder.path().join("a/state.db");
    let mut sink = writer::open(&path).unwrap();
    let mut acknowledged = BTreeSet::new();
    let full = (0..10_000)
        .find_map(|_| match writer::write(&mut sink, 10) {
            Ok(ids) => {
                acknowledged.extend(ids);
                None
            }
            Err(text) => Some(text),
        })
        .unwrap();
    assert!(full.contains("no room left"), "{full}");
    assert!(acknowledged.len() > 10);
    // Also for who opens it now, and for who was there.
    for _ in 0..5 {
        match writer::open(&path).map(|mut other| writer::write(&mut other, 10)) {
            Ok(Ok(ids)) => acknowledged.extend(ids),
            Ok(Err(text)) => assert!(text.contains("no room left"), "{text}"),
            Err(error) => assert!(error.to_string().contains("no room left"), "{error}"),
        }
        if let Ok(ids) = writer::write(&mut sink, 10) {
            acknowledged.extend(ids);
        }
    }
    assert!(run("mount", &["-o", "remount,size=16m"], &mounted.0));
    for _ in 0..20 {
        acknowledged.extend(writer::write(&mut sink, 10).unwrap());
    }
    drop(sink);
    assert_stored(&path, &acknowledged);
}
