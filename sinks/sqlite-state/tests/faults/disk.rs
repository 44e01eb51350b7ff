//! Calls of the operating system that fail, one after the other, by way of `strace`.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::writer::{self, Writer};
use super::{assert_stored, folder, is_set_aside, left_out};

const FOR: Duration = Duration::from_secs(10);

fn can_trace() -> bool {
    Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Lets a short life of a writer meet this fault at each of these times.
fn meets(calls: &str, faults: &[&str], times: &[&str]) {
    if !can_trace() {
        return left_out("`strace` is not there, or may not trace");
    }
    let began = Instant::now();
    let (mut runs, mut hits) = (0, 0);
    for time in times {
        for fault in faults {
            if runs >= 4 && began.elapsed() > FOR {
                return;
            }
            runs += 1;
            let (folder, path) = folder();
            // A database that is in use, so that opening reads and writes as it does on most days.
            let mut acknowledged: BTreeSet<String> = BTreeSet::new();
            let mut sink = writer::open(&path).unwrap();
            acknowledged.extend(writer::write(&mut sink, 20).unwrap());
            drop(sink);
            let inject = format!("inject={calls}:{fault}:when={time}");
            let mut writer = Writer::start_traced(&path, 8, &inject);
            let mut ends = 0;
            while let Some(batch) = writer.hear() {
                ends += 1;
                match batch {
                    Ok(ids) => acknowledged.extend(ids),
                    Err(text) => {
                        assert!(!text.contains("locked"), "{text}");
                        hits += 1;
                    }
                }
            }
            assert_eq!(ends, 8, "{inject}");
            drop(writer);
            assert_stored(&path, &acknowledged);
            assert!(!is_set_aside(folder.path()), "{inject}");
        }
    }
    assert!(hits > 0, "{calls} never failed");
}

#[test]
fn a_write_that_fails_costs_nothing_that_was_acknowledged() {
    let times = ["1", "2", "3", "4", "5", "7", "9", "12", "1..6", "3+", "9+"];
    meets(
        "pwrite64,write,ftruncate,fallocate",
        &["error=ENOSPC", "error=EIO"],
        &times,
    );
}

#[test]
fn an_opening_or_a_reading_that_fails_costs_nothing_that_was_acknowledged() {
    let times = ["1", "2", "3", "4", "5", "6", "8", "10", "13", "2+"];
    meets("openat,pread64", &["error=EIO"], &times);
}

#[test]
fn a_disk_that_does_not_say_that_it_has_written_costs_nothing_that_was_acknowledged() {
    meets(
        "fsync,fdatasync",
        &["error=EIO"],
        &["1", "2", "3", "1+", "2+"],
    );
}

#[test]
fn a_kill_at_each_call_costs_nothing_that_was_acknowledged() {
    if !can_trace() {
        return left_out("`strace` is not there, or may not trace");
    }
    let began = Instant::now();
    for call in 1.. {
        let (folder, path) = folder();
        let mut acknowledged: BTreeSet<String> = BTreeSet::new();
        // Every other time it does not exist yet.
        if call % 2 == 0 {
            let mut sink = writer::open(&path).unwrap();
            acknowledged.extend(writer::write(&mut sink, 20).unwrap());
        }
        let calls = "inject=pwrite64,write,ftruncate,unlink,openat,fsync,fdatasync,fcntl,flock";
        let inject = format!("{calls}:signal=SIGKILL:when={call}");
        let mut writer = Writer::start_traced(&path, 4, &inject);
        let mut ends = 0;
        while let Some(batch) = writer.hear() {
            acknowledged.extend(batch.unwrap());
            ends += 1;
        }
        drop(writer);
        assert_stored(&path, &acknowledged);
        assert!(!is_set_aside(folder.path()), "{inject}");
        if ends == 4 || (call > 20 && began.elapsed() > FOR) {
            break;
        }
    }
}
