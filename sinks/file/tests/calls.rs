//! What a sink asks the operating system for: how little a batch costs, and when records are made
//! durable.

#![cfg(target_os = "linux")]

mod common;

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use alert_core::{ConfigDuration, Size};
use alert_sink_file::{FileConfig, Fsync, Rotate};
use common::{NAME, PATH, open_config, say_all, skipped};

const BATCHES: usize = 5;
const DURABLE: &str = "trace=write,fsync,fdatasync,renameat2";
const NOT_ROTATED: &str = "never, and never rotated";

/// The calls that a process makes which writes some batches; `None` where nobody may look.
fn calls(policy: &str, which: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let (log, trace) = (folder.path().join("a.log"), folder.path().join("trace"));
    let may_look = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    if !may_look.is_ok_and(|output| output.status.success()) {
        skipped("there is no strace here, or it may not look");
        return None;
    }
    let written = Command::new("strace")
        .args(["-f", "-y", "-e", which])
        .arg("-o")
        .arg(&trace)
        .arg(env::current_exe().unwrap())
        .args(["as_the_one_that_is_watched", "--exact", "--ignored"])
        .env(PATH, &log)
        .env(NAME, policy)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(written.success());
    let text = fs::read_to_string(trace).unwrap();
    let place = folder.path().to_str().unwrap();
    let ours = text.lines().filter(|line| line.contains(place));
    // `12345 write(3</tmp/…/a.log>, …) = 5`
    let call = |line: &str| {
        let (_process, call) = line.split_once(' ')?;
        Some(call.trim_start().split_once('(')?.0.to_owned())
    };
    Some(ours.filter_map(call).collect())
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn as_the_one_that_is_watched() {
    let (Some(path), Ok(name)) = (env::var_os(PATH), env::var(NAME)) else {
        return;
    };
    let policy = match name.as_str() {
        "each" => Fsync::Each,
        "hour" => Fsync::Every(ConfigDuration::from_secs(3_600)),
        _ => Fsync::Never,
    };
    // The last batch is in a file of its own.
    let rotate = Rotate::at(Size::from_bytes(2_048));
    let mut config = FileConfig::new(Path::new(&path)).fsync(policy);
    if name != NOT_ROTATED {
        config = config.rotate(rotate);
    }
    let mut sink = open_config(&config);
    for batch in 0..BATCHES {
        let long = if batch == BATCHES - 1 { 1_900 } else { 10 };
        let title = |n: usize| format!("{batch}-{n} {}", "x".repeat(long));
        let ends = say_all(&mut sink, (0..1).map(title), common::LONG);
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
    }
}

#[test]
fn a_batch_costs_four_calls_with_rotation_and_without() {
    for policy in ["never", NOT_ROTATED] {
        let Some(calls) = calls(policy, "trace=all") else {
            return;
        };
        let mut written = calls
            .iter()
            .enumerate()
            .filter(|(_, call)| *call == "write");
        let mut place = || written.next().unwrap().0;
        let (first, second) = (place(), place());
        // Unlock, lock, see whether it is still the same file, write.
        let expected = ["flock", "flock", "statx", "write"];
        assert_eq!(calls[first + 1..=second], expected, "{policy}");
    }
}

#[test]
fn never_asks_the_disk_for_nothing() {
    let Some(calls) = calls("never", DURABLE) else {
        return;
    };
    let expected = ["write"; BATCHES - 1]
        .into_iter()
        .chain(["renameat2", "write"]);
    assert_eq!(calls, expected.collect::<Vec<_>>());
}

#[test]
fn each_makes_every_batch_durable_before_it_is_told_and_names_too() {
    let Some(calls) = calls("each", DURABLE) else {
        return;
    };
    // The folder once the file is there, and after the rotation, and once the new one is opened.
    let mut expected = vec!["fsync"];
    expected.extend(["write", "fdatasync"].repeat(BATCHES - 1));
    expected.extend(["renameat2", "fsync", "fsync", "write", "fdatasync"]);
    assert_eq!(calls, expected);
}

#[test]
fn a_duration_makes_records_durable_once_and_before_the_sink_is_gone() {
    let Some(calls) = calls("hour", DURABLE) else {
        return;
    };
    let of = |name: &str| calls.iter().filter(|call| *call == name).count();
    // Both files once, although they were written to five times.
    assert_eq!((of("write"), of("fdatasync")), (BATCHES, 2), "{calls:?}");
    let last = calls.iter().rev().take(2);
    assert!(
        last.into_iter().all(|call| call == "fdatasync"),
        "{calls:?}"
    );
}
