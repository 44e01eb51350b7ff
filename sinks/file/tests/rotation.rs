//! Several processes that rotate one file, and processes that are killed while they do.

#![cfg(unix)]

mod common;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use alert_core::Size;
use alert_sink_file::{Compress, FileConfig, FileSink, Rotate};
use common::{NAME, PATH, again, files, open_config, say, say_all};

const PROCESSES: usize = 50;
const EACH: usize = 200;
/// So small that each process rotates many times.
const SMALL: Size = Size::from_bytes(32 * 1024);
const GZIP: &str = "ALERT_TEST_GZIP";

fn rotating(path: &Path, compress: Compress) -> FileSink {
    let rotate = Rotate::at(SMALL).keep(u32::MAX).compress(compress);
    open_config(&FileConfig::new(path).rotate(rotate))
}

fn log() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    (folder, path)
}

/// Writes records until the log has rotated once more.
fn rotate_once(sink: &mut FileSink, log: &Path, name: &str) {
    let newest = || files::names(log).pop();
    let before = newest();
    for n in 0.. {
        if newest() != before {
            break;
        }
        say(sink, &record(name, n)).unwrap();
    }
}

/// Record `n` of that writer; some fill more than a page.
fn record(name: &str, n: usize) -> String {
    format!("{name} {n} {}", "x".repeat(n * 37 % 1_500))
}

fn fifty_processes(compress: Compress) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = log();
    let gzip = if compress == Compress::Gzip { "1" } else { "" };
    let start = |n: usize| {
        again("as_one_of_fifty", &path, "")
            .env(NAME, n.to_string())
            .env(GZIP, gzip)
            .spawn()
            .unwrap()
    };
    let writers: Vec<Child> = (0..PROCESSES).map(start).collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    (folder, path)
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn as_one_of_fifty() {
    let (Some(path), Ok(name)) = (env::var_os(PATH), env::var(NAME)) else {
        return;
    };
    let gzip = env::var(GZIP).is_ok_and(|value| !value.is_empty());
    let compress = if gzip { Compress::Gzip } else { Compress::None };
    let mut sink = rotating(Path::new(&path), compress);
    let mut n = 0;
    while n < EACH {
        let until = EACH.min(n + 1 + n % 13);
        let records = (n..until).map(|n| record(&name, n));
        let ends = say_all(&mut sink, records, common::LONG);
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
        n = until;
    }
}

/// Whole lines only, none lost, none twice, and each writer's in order.
#[track_caller]
fn assert_complete(path: &Path) {
    let mut next = [0; PROCESSES];
    for line in files::text(path).lines() {
        let title = common::title(line).unwrap_or_else(|| panic!("not a record: {line:?}"));
        let name: usize = title.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(title, record(&name.to_string(), next[name]));
        next[name] += 1;
    }
    assert_eq!(next, [EACH; PROCESSES]);
}

#[test]
fn fifty_processes_on_one_rotating_file_write_whole_lines_and_lose_none() {
    let (_folder, path) = fifty_processes(Compress::None);
    assert_complete(&path);
    let names = files::names(&path);
    let bytes = files::text(&path).len();
    assert!(names.len() > 20, "{names:?}");
    // Several may find room at the same time, so files are somewhat larger than they should be.
    assert!(names.len() * 32 * 1024 > bytes / 4, "{bytes}: {names:?}");
}

#[test]
fn fifty_processes_that_compress_what_they_rotate_write_whole_lines_and_lose_none() {
    let (_folder, path) = fifty_processes(Compress::Gzip);
    assert_complete(&path);
    let names = files::names(&path);
    assert!(names.iter().any(|name| name.ends_with(".gz")), "{names:?}");
    // What processes left that ended before they were through, the next rotation finds.
    let mut last = rotating(&path, Compress::Gzip);
    rotate_once(&mut last, &path, "50");
}

/// Writes for ever, and says on standard output what was taken.
#[test]
#[ignore = "run by another test, in a process of its own"]
fn until_it_is_killed() {
    let (Some(path), Ok(name)) = (env::var_os(PATH), env::var(NAME)) else {
        return;
    };
    let mut sink = rotating(Path::new(&path), Compress::Gzip);
    let mut told = std::io::stdout().lock();
    for n in 0.. {
        let records = (0..15).map(|part| record(&name, n * 15 + part));
        let ends = say_all(&mut sink, records, common::LONG);
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
        if writeln!(told, "taken {n}").is_err() {
            return;
        }
    }
}

#[test]
fn a_process_killed_at_any_moment_of_a_rotation_loses_no_line_that_was_taken() {
    const ROUNDS: usize = 25;
    let (_folder, path) = log();
    let mut taken = Vec::new();
    for round in 0..ROUNDS {
        let writers = [round * 2, round * 2 + 1].map(|name| {
            let mut writer = again("until_it_is_killed", &path, "");
            writer.env(NAME, name.to_string()).arg("--nocapture");
            (name, writer.stdout(Stdio::piped()).spawn().unwrap())
        });
        for (name, mut writer) in writers {
            // Each batch is about a third of a file, and each round ends after another number.
            let mut said = BufReader::new(writer.stdout.take().unwrap()).lines();
            let mut wait = 3 + round * 7 % 11;
            let mut note = |line: &str| {
                let batch = line.strip_prefix("taken ").and_then(|n| n.parse().ok());
                taken.extend(batch.map(|batch: usize| (name, batch)));
                batch.is_some()
            };
            while wait > 0 {
                let line = said.next().unwrap().unwrap();
                wait -= usize::from(note(&line));
            }
            writer.kill().unwrap();
            writer.wait().unwrap();
            // What it had said before it was killed.
            said.map_while(Result::ok).for_each(|line| {
                note(&line);
            });
        }
    }
    // The next process goes on, and its first rotation puts things in order.
    let mut last = rotating(&path, Compress::Gzip);
    rotate_once(&mut last, &path, "last");
    drop(last);
    let whole: Vec<String> = whole_records(&path);
    let mut sorted = whole.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), whole.len(), "a record is there twice");
    for (name, batch) in taken {
        for part in 0..15 {
            let title = record(&name.to_string(), batch * 15 + part);
            assert!(sorted.binary_search(&title).is_ok(), "{title} is lost");
        }
    }
    let left = |name: &String| name.ends_with(".part");
    assert!(!files::names(&path).iter().any(left));
}

/// The records, halves that killed processes left aside.
fn whole_records(path: &Path) -> Vec<String> {
    let text = files::text(path);
    let titles = text.lines().filter_map(common::title);
    titles.map(str::to_owned).collect()
}

#[test]
fn the_new_file_is_for_whoever_the_old_one_was_for() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let (_folder, path) = log();
    let mut sink = rotating(&path, Compress::Gzip);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    rotate_once(&mut sink, &path, "0");
    drop(sink);
    let rotated = files::names(&path);
    let paths = rotated.iter().map(|name| path.with_file_name(name));
    for path in paths.chain([path.clone()]) {
        let there = fs::metadata(&path).unwrap();
        assert_eq!(there.mode() & 0o777, 0o640, "{path:?}");
    }
}

#[test]
fn a_log_behind_a_link_is_rotated_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (there, here) = (folder.path().join("there"), folder.path().join("link.log"));
    fs::create_dir(&there).unwrap();
    std::os::unix::fs::symlink(there.join("a.log"), &here).unwrap();
    let mut sink = rotating(&here, Compress::None);
    let log = there.join("a.log");
    rotate_once(&mut sink, &log, "0");
    say(&mut sink, "after").unwrap();
    assert!(here.is_symlink());
    assert!(files::names(&here).is_empty());
    let text = fs::read_to_string(&here).unwrap();
    assert_eq!(text.lines().last().and_then(common::title), Some("after"));
}

#[test]
fn only_the_newest_files_are_kept_and_those_of_others_too() {
    let (_folder, path) = log();
    let foreign = [
        "a.log.1",
        "a.log.2026-11-24",
        "b.log.2020-01-01T00-00-00.000Z",
    ];
    for name in foreign {
        fs::write(path.with_file_name(name), "x\n").unwrap();
    }
    let rotate = Rotate::at(Size::from_bytes(1_024)).keep(3);
    let mut sink = open_config(&FileConfig::new(&path).rotate(rotate));
    for n in 0..40 {
        say(&mut sink, &format!("{n} {}", "x".repeat(400))).unwrap();
    }
    let first = |line: &str| {
        let title = common::title(line)?;
        title.split(' ').next()?.parse::<usize>().ok()
    };
    // Two records fill a file: three files, and the present one.
    let mine: Vec<String> = files::names(&path)
        .into_iter()
        .filter(|name| name.ends_with('Z'))
        .collect();
    assert_eq!(mine.len(), 3, "{mine:?}");
    let oldest = fs::read_to_string(path.with_file_name(&mine[0])).unwrap();
    let oldest = oldest.lines().next().and_then(first);
    assert_eq!(oldest, Some(32));
    let present = fs::read_to_string(&path).unwrap();
    assert_eq!(
        present.lines().filter_map(first).collect::<Vec<_>>(),
        [38, 39]
    );
    for name in foreign {
        assert!(path.with_file_name(name).exists(), "{name}");
    }
}

#[test]
fn what_others_do_to_a_rotating_log_is_followed() {
    let (_folder, path) = log();
    let mut sink = rotating(&path, Compress::None);
    let mut other = rotating(&path, Compress::None);
    let count = |path: &Path| fs::read_to_string(path).unwrap().lines().count();
    for sink in [&mut sink, &mut other] {
        say(sink, "1").unwrap();
    }
    fs::rename(&path, path.with_file_name("a.log.1")).unwrap();
    for sink in [&mut sink, &mut other] {
        say(sink, "2").unwrap();
    }
    assert_eq!(
        (count(&path.with_file_name("a.log.1")), count(&path)),
        (2, 2)
    );
    fs::remove_file(&path).unwrap();
    for sink in [&mut sink, &mut other] {
        say(sink, "3").unwrap();
    }
    assert_eq!(count(&path), 2);
    fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    for sink in [&mut sink, &mut other] {
        say(sink, "4").unwrap();
    }
    assert_eq!(common::titles(&path), ["4", "4"]);
    assert!(files::names(&path).is_empty());
}
