//! Several processes on one file, and a file that must not grow.

#![cfg(unix)]

mod common;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use alert_core::{Alert, ErrorClass, Pipeline, SinkEntry};
use alert_sink_file::FileConfig;
use common::{LONG, NAME, PATH, again, open, say, say_all, title, titles};

/// In each writer's order, and each once.
fn assert_complete(path: &Path, writers: usize, each: usize) {
    let mut next = BTreeMap::new();
    for title in titles(path) {
        let (writer, n) = title.split_once(' ').unwrap();
        let next = next.entry(writer.to_owned()).or_insert(0);
        assert_eq!(
            n.split(' ').next().unwrap().parse::<usize>().unwrap(),
            *next,
            "{writer}"
        );
        *next += 1;
    }
    assert_eq!(next.len(), writers);
    assert!(next.values().all(|n| *n == each), "{next:?}");
}

/// Batches of every size, and records that fill more than a page.
fn write_as(name: &str, path: &Path, each: usize) {
    let mut sink = open(path);
    let long = |n: usize| format!("{name} {n} {}", "x".repeat(n * 37 % 6_000));
    let mut n = 0;
    while n < each {
        let until = each.min(n + 1 + n % 17);
        assert!(
            say_all(&mut sink, (n..until).map(long), LONG)
                .iter()
                .all(Result::is_ok)
        );
        n = until;
    }
}

#[test]
fn sinks_that_append_at_the_same_time_write_whole_lines_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for name in 0..8 {
            let (path, start) = (&path, &start);
            scope.spawn(move || {
                start.wait();
                write_as(&name.to_string(), path, 300);
            });
        }
    });
    assert_complete(&path, 8, 300);
}

#[test]
fn processes_that_append_at_the_same_time_write_whole_lines_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mut writers: Vec<_> = (0..8)
        .map(|n| {
            again("as_one_of_several", &path, "")
                .env(NAME, n.to_string())
                .spawn()
                .unwrap()
        })
        .collect();
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    assert_complete(&path, 8, 200);
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn as_one_of_several() {
    let (Some(path), Ok(name)) = (env::var_os(PATH), env::var(NAME)) else {
        return;
    };
    write_as(&name, Path::new(&path), 200);
}

#[test]
fn a_file_that_must_not_grow_keeps_whole_records_and_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    // Blocks of 512 bytes: room for one group and a part of the next.
    let child = again("with_a_size_limit", &path, "trap '' XFSZ; ulimit -f 700; ")
        .status()
        .unwrap();
    assert!(child.success());
    // Without the limit what was refused follows, and the half stays a line of its own.
    let mut sink = open(&path);
    say(&mut sink, "after").unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let halves = lines.iter().filter(|line| title(line).is_none()).count();
    assert!(halves <= 2, "{halves}");
    assert_eq!(title(lines[lines.len() - 1]), Some("after"));
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn with_a_size_limit() {
    let Some(path) = env::var_os(PATH) else {
        return;
    };
    let mut sink = open(&path);
    let all: Vec<_> = (0..1_000)
        .map(|n| format!("{n} {}", "x".repeat(900)))
        .collect();
    let mut ends = say_all(&mut sink, all.clone(), LONG);
    let told = ends.iter().filter(|end| end.is_ok()).count();
    assert!(260 < told && told < 1_000, "{told}");
    let error = ends.pop().unwrap().unwrap_err();
    assert_eq!(
        (error.class(), error.code_word()),
        (ErrorClass::Transient, Some("file-too-large"))
    );
    let whole = || {
        let text = fs::read_to_string(&path).unwrap();
        text.lines()
            .filter_map(title)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(whole(), all[..told]);
    let more = say_all(&mut sink, all[told..].to_vec(), LONG);
    assert!(more.iter().all(Result::is_err));
    assert_eq!(whole(), all[..told]);
}

#[test]
fn two_sinks_on_one_file_are_refused_and_the_first_works() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let detour = folder.path().join("./b/../a.log");
    fs::create_dir(folder.path().join("b")).unwrap();
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::config("one", FileConfig::new(&path)))
        .entry(SinkEntry::config("two", FileConfig::new(&detour)))
        .build();
    let receipt = pipeline.emit_tracked(Alert::warning("hello").build());
    let outcomes = receipt.wait(Duration::from_secs(30));
    assert!(outcomes.get("one").unwrap().is_delivered(), "{outcomes:?}");
    assert!(!outcomes.get("two").unwrap().is_delivered(), "{outcomes:?}");
    assert!(pipeline.close(Duration::from_secs(30)));
    assert_eq!(titles(&path).len(), 1);
}
