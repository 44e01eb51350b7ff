//! Named pipes: readers that are not there, go away, or stop.

#![cfg(unix)]

mod common;

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use alert_core::{Alert, ErrorClass};
use common::{LONG, open, say, say_all, send};
use rustix::fs::{CWD, Mode, OFlags, mkfifoat};

fn pipe() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    mkfifoat(CWD, &path, Mode::from_raw_mode(0o600)).unwrap();
    (folder, path)
}

/// A reader that does not wait for a writer.
fn reader(path: &Path) -> File {
    let flags = OFlags::NONBLOCK.bits() as i32;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .unwrap()
}

fn read_all(mut reader: File) -> String {
    let mut text = Vec::new();
    // Ends with "would block" while the sink holds the other end.
    let _ = reader.read_to_end(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn a_pipe_without_a_reader_is_told_at_once_and_used_once_it_has_one() {
    let (_folder, path) = pipe();
    let mut sink = open(&path);
    for _ in 0..2 {
        let error = say(&mut sink, "lost").unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient);
        assert!(error.to_string().contains("without a reader"), "{error}");
    }
    let reader = reader(&path);
    say(&mut sink, "1").unwrap();
    let text = read_all(reader);
    assert_eq!(
        text.lines().map(common::title).collect::<Vec<_>>(),
        [Some("1")]
    );
}

#[test]
fn a_reader_that_went_away_may_come_back() {
    let (_folder, path) = pipe();
    let first = reader(&path);
    let mut sink = open(&path);
    say(&mut sink, "1").unwrap();
    drop(first);
    let error = say(&mut sink, "2").unwrap_err();
    assert_eq!(error.code_word(), Some("reader-gone"));
    let error = say(&mut sink, "2").unwrap_err();
    assert_eq!(error.code_word(), Some("no-reader"));
    let second = reader(&path);
    say(&mut sink, "2").unwrap();
    assert_eq!(
        read_all(second)
            .lines()
            .filter_map(common::title)
            .collect::<Vec<_>>(),
        ["2"]
    );
}

#[test]
fn a_reader_that_stopped_holds_nothing_up_and_gets_each_alert_once() {
    let (_folder, path) = pipe();
    let reader = reader(&path);
    let mut sink = open(&path);
    let all = || (0..400).map(|n| format!("{n} {}", "x".repeat(500)));
    let ends = say_all(&mut sink, all(), Duration::from_millis(100));
    let told = ends.iter().filter(|end| end.is_ok()).count();
    assert!(0 < told && told < 400, "{told}");
    assert!(
        ends[..told].iter().all(Result::is_ok),
        "the first are told, the rest is not"
    );
    let error = ends.into_iter().nth(told).unwrap().unwrap_err();
    assert_eq!(
        (error.class(), error.code_word()),
        (ErrorClass::Transient, Some("reader-slow"))
    );
    let text = read_all(reader.try_clone().unwrap());
    let whole: Vec<_> = text.lines().filter_map(common::title).collect();
    assert_eq!(whole, all().take(told).collect::<Vec<_>>());
    say(&mut sink, "on again").unwrap();
    assert_eq!(
        read_all(reader)
            .lines()
            .filter_map(common::title)
            .collect::<Vec<_>>(),
        ["on again"]
    );
}

#[test]
fn a_record_larger_than_the_pipe_goes_through_while_somebody_reads() {
    let (_folder, path) = pipe();
    let first = reader(&path);
    let mut sink = open(&path);
    let message = "y".repeat(Alert::MAX_MESSAGE);
    let alert = Alert::warning("long").message(message.clone()).build();
    // Blocking, unlike the first, which only let the sink open.
    let slow = File::open(&path).unwrap();
    drop(first);
    let lines = thread::spawn(move || BufReader::new(slow).lines().collect::<Result<Vec<_>, _>>());
    send(&mut sink, &alert, LONG).unwrap();
    say(&mut sink, "after").unwrap();
    drop(sink);
    let lines = lines.join().unwrap().unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains(&message));
    assert_eq!(common::title(&lines[1]), Some("after"));
}

#[test]
fn a_record_torn_in_a_pipe_is_ended_before_the_next() {
    let (_folder, path) = pipe();
    let reader = reader(&path);
    let mut sink = open(&path);
    let alert = Alert::warning("long")
        .message("y".repeat(Alert::MAX_MESSAGE))
        .build();
    let within = Duration::from_millis(100);
    let error = send(&mut sink, &alert, within).unwrap_err();
    assert_eq!(error.code_word(), Some("reader-slow"));
    let half = read_all(reader.try_clone().unwrap());
    assert!(!half.is_empty() && !half.contains('\n'));
    say(&mut sink, "next").unwrap();
    let text = read_all(reader);
    let next = text
        .strip_prefix('\n')
        .and_then(|text| text.strip_suffix('\n'));
    assert_eq!(next.and_then(common::title), Some("next"), "{text:?}");
}
