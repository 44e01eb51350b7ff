//! Rotation as a whole, by a clock in the test's hand, on real files.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alert_core::{Alert, Batch, Sink, Size, Timestamp};
use flate2::read::GzDecoder;
use proptest::prelude::*;

use super::names::{Form, Names};
use super::{Compress, Pace, Rotate};
use crate::{FileConfig, FileSink};

const DAY: u64 = 86_400_000_000;
const LONG: Duration = Duration::from_secs(30);

thread_local! {
    /// What the wall clock says to the sinks of this test.
    static HAND: Cell<Timestamp> = const { Cell::new(Timestamp::MIN) };
}

/// What is compressed is awaited.
const PACE: Pace = Pace {
    clock: hand,
    grace: LONG,
};

fn hand() -> Timestamp {
    HAND.get()
}

fn open(path: &Path, rotate: &Rotate) -> FileSink {
    FileConfig::new(path)
        .rotate(rotate.clone())
        .open_at(path.to_owned(), PACE)
        .unwrap()
}

/// Delivers a batch; the file system's clock is moved along with the hand.
fn say(sink: &mut FileSink, path: &Path, titles: impl Iterator<Item = String>) {
    let alerts: Vec<Alert> = titles.map(|title| Alert::info(title).build()).collect();
    let ends = Batch::by_hand(&alerts, LONG, |batch| sink.deliver_batch(batch));
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
    File::options()
        .append(true)
        .open(path)
        .unwrap()
        .set_modified(hand().as_system_time())
        .unwrap();
}

fn rotated(log: &Path) -> Vec<(Form, PathBuf)> {
    let names = Names::of(log.file_name().unwrap());
    let mut found: Vec<_> = fs::read_dir(log.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter_map(|entry| Some((names.read(&entry.file_name())?, entry.path())))
        .collect();
    found.sort();
    found
        .into_iter()
        .map(|((_, form), path)| (form, path))
        .collect()
}

fn text(form: Form, path: &Path) -> String {
    let mut text = String::new();
    let file = File::open(path).unwrap();
    match form {
        Form::Plain => (&file).read_to_string(&mut text).unwrap(),
        Form::Gzip => GzDecoder::new(file).read_to_string(&mut text).unwrap(),
        Form::Part => panic!("{path:?} was left"),
    };
    text
}

/// The titles in all files, oldest first.
fn titles(log: &Path) -> Vec<String> {
    let mut all: String = rotated(log)
        .into_iter()
        .map(|(form, path)| text(form, &path))
        .collect();
    all += &text(Form::Plain, log);
    let title = |line: &str| line.split(' ').nth(2).unwrap().to_owned();
    all.lines().map(title).collect()
}

#[test]
fn a_day_has_a_file_of_its_own_which_bears_its_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let at = |text: &str| HAND.set(text.parse().unwrap());
    let rotate = Rotate::daily();
    let mut sink = open(&path, &rotate);
    at("2026-11-24T00:00:00Z");
    say(&mut sink, &path, ["1".to_owned()].into_iter());
    at("2026-11-24T23:59:59.999Z");
    say(&mut sink, &path, ["2".to_owned()].into_iter());
    assert!(rotated(&path).is_empty());
    at("2026-11-25T00:00:00Z");
    say(&mut sink, &path, ["3".to_owned()].into_iter());
    // A sink that opens later knows the day by the file.
    at("2026-11-27T12:00:00Z");
    say(
        &mut open(&path, &rotate),
        &path,
        ["4".to_owned()].into_iter(),
    );
    let names: Vec<_> = rotated(&path)
        .into_iter()
        .map(|(form, path)| {
            let name = path.file_name().unwrap().to_owned();
            (
                name.into_string().unwrap(),
                text(form, &path).lines().count(),
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            ("a.log.2026-11-24T23-59-59.999Z".to_owned(), 2),
            ("a.log.2026-11-25T00-00-00.000Z".to_owned(), 1)
        ]
    );
    assert_eq!(titles(&path), ["1", "2", "3", "4"]);
}

#[test]
fn a_clock_that_is_set_back_rotates_nothing_and_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mut sink = open(&path, &Rotate::daily());
    for (day, files) in [(20_000, 0), (19_000, 0), (19_000, 0), (19_001, 1)] {
        HAND.set(Timestamp::from_micros(day * DAY));
        say(&mut sink, &path, ["1".to_owned()].into_iter());
        assert_eq!(rotated(&path).len(), files, "{day}");
    }
}

/// The last line of the log.
fn last(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap();
    text.lines().next_back().unwrap().to_owned()
}

fn one(title: &str) -> impl Iterator<Item = String> {
    [title.to_owned()].into_iter()
}

#[test]
fn a_rotation_that_fails_is_told_once_and_tried_again_after_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let lock = folder.path().join("a.log.lock");
    fs::create_dir(&lock).unwrap();
    let at = |seconds: u64| HAND.set(Timestamp::from_micros(20_000 * DAY + seconds * 1_000_000));
    let mut sink = open(&path, &Rotate::daily());
    at(0);
    say(&mut sink, &path, one("1"));
    at(86_400);
    say(&mut sink, &path, one("2"));
    let told = "(log not rotated as configured: opening the lock file beside it: ";
    assert!(last(&path).contains(told), "{}", last(&path));
    say(&mut sink, &path, one("3"));
    at(86_500);
    say(&mut sink, &path, one("4"));
    assert!(!last(&path).contains("log not rotated"), "{}", last(&path));
    assert_eq!(titles(&path), ["1", "2", "3", "4"]);
    fs::remove_dir(&lock).unwrap();
    at(86_559);
    say(&mut sink, &path, one("5"));
    assert!(rotated(&path).is_empty());
    at(86_560);
    say(&mut sink, &path, one("6"));
    assert_eq!(rotated(&path).len(), 1);
    assert_eq!(titles(&path), ["1", "2", "3", "4", "5", "6"]);
    // What went well in between is told anew.
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    at(3 * 86_400);
    say(&mut sink, &path, one("7"));
    assert!(last(&path).contains(told), "{}", last(&path));
}

#[test]
fn a_lock_that_another_process_keeps_is_told_after_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let lock = File::create(folder.path().join("a.log.lock")).unwrap();
    lock.lock().unwrap();
    let at = |seconds: u64| HAND.set(Timestamp::from_micros(20_000 * DAY + seconds * 1_000_000));
    let mut sink = open(&path, &Rotate::daily());
    for (seconds, is_told) in [(0, false), (86_400, false), (86_459, false), (86_460, true)] {
        at(seconds);
        say(&mut sink, &path, one("1"));
        assert_eq!(
            last(&path).contains("another process holds"),
            is_told,
            "{seconds}"
        );
    }
    lock.unlock().unwrap();
    at(86_520);
    say(&mut sink, &path, one("2"));
    assert_eq!(rotated(&path).len(), 1);
}

#[test]
fn a_file_that_cannot_be_compressed_stays_whole_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let in_the_way = folder.path().join("a.log.2024-10-04T00-00-00.000Z.gz.part");
    fs::create_dir(&in_the_way).unwrap();
    let at = |day: u64| HAND.set(Timestamp::from_micros(day * DAY));
    let rotate = Rotate::daily().compress(Compress::Gzip);
    let mut sink = open(&path, &rotate);
    at(20_000);
    say(&mut sink, &path, one("1"));
    at(20_001);
    let limit = Instant::now() + LONG;
    while !last(&path).contains("(rotated file not compressed: ") {
        assert!(Instant::now() < limit, "{}", last(&path));
        say(&mut sink, &path, one("2"));
    }
    say(&mut sink, &path, one("3"));
    assert!(!last(&path).contains("not compressed"), "{}", last(&path));
    let name = |day: &str| {
        folder
            .path()
            .join(format!("a.log.2024-10-{day}T00-00-00.000Z"))
    };
    assert_eq!(text(Form::Plain, &name("04")).lines().count(), 1);
    fs::remove_dir(&in_the_way).unwrap();
    at(20_002);
    say(&mut sink, &path, one("4"));
    drop(sink);
    let forms: Vec<Form> = rotated(&path).into_iter().map(|(form, _)| form).collect();
    assert_eq!(forms, [Form::Gzip, Form::Gzip]);
}

#[test]
fn what_killed_processes_have_left_is_put_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let name = |ending: &str| folder.path().join(format!("a.log.2020-01-0{ending}"));
    // Killed before the swap, before the compressed file had its name, and before the plain one
    // was removed; and a part whose file is gone.
    fs::write(name("1T00-00-00.000Z"), "").unwrap();
    fs::write(name("2T00-00-00.000Z"), "2\n").unwrap();
    fs::write(name("2T00-00-00.000Z.gz.part"), "half").unwrap();
    fs::write(name("3T00-00-00.000Z"), "3\n").unwrap();
    fs::write(name("3T00-00-00.000Z.gz"), "whole").unwrap();
    fs::write(name("4T00-00-00.000Z.gz.part"), "half").unwrap();
    let mut sink = open(&path, &Rotate::daily().compress(Compress::Gzip));
    for day in [20_000, 20_001] {
        HAND.set(Timestamp::from_micros(day * DAY));
        say(&mut sink, &path, one("1"));
    }
    drop(sink);
    let names: Vec<_> = rotated(&path)
        .into_iter()
        .map(|(_, path)| path.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "a.log.2020-01-02T00-00-00.000Z.gz",
            "a.log.2020-01-03T00-00-00.000Z.gz",
            "a.log.2024-10-04T00-00-00.000Z.gz",
        ]
    );
    assert_eq!(text(Form::Gzip, &name("2T00-00-00.000Z.gz")), "2\n");
}

#[test]
fn half_a_record_is_ended_before_its_file_steps_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, "half a rec").unwrap();
    let file = File::options().append(true).open(&path).unwrap();
    HAND.set(Timestamp::from_micros(20_000 * DAY));
    file.set_modified(hand().as_system_time()).unwrap();
    HAND.set(Timestamp::from_micros(20_001 * DAY));
    say(&mut open(&path, &Rotate::daily()), &path, one("1"));
    let (form, aside) = rotated(&path).pop().unwrap();
    assert_eq!(text(form, &aside), "half a rec\n");
    assert_eq!(text(Form::Plain, &path).lines().count(), 1);
}

#[test]
fn a_record_larger_than_a_file_may_be_goes_whole_into_one_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    HAND.set(Timestamp::from_micros(20_000 * DAY));
    let mut sink = open(&path, &Rotate::at(Size::from_bytes(1_024)));
    let long = |n: u32| format!("{n}{}", "x".repeat(3_000));
    say(&mut sink, &path, (0..3).map(long));
    assert_eq!(rotated(&path).len(), 2);
    assert_eq!(titles(&path), [0, 1, 2].map(long));
}

/// What happens to a log.
#[derive(Debug, Clone)]
enum Step {
    /// So many records of that length, in one batch.
    Write(usize, usize),
    /// Time passes.
    Pass(u64),
    /// The sink is opened anew.
    Reopen,
    /// A second process.
    Other(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_usize..30, 0_usize..3_000).prop_map(|(n, length)| Step::Write(n, length)),
        2 => (0..2 * DAY).prop_map(Step::Pass),
        1 => Just(Step::Reopen),
        2 => (1_usize..5).prop_map(Step::Other),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_happens_the_files_read_from_oldest_to_newest_are_the_alerts_in_order(
        steps in prop::collection::vec(step(), 1..25),
        size in prop::option::of(4_096_u64..40_000),
        is_daily in any::<bool>(),
        gzip in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let mut rotate = Rotate::daily().keep(u32::MAX);
        (rotate.size, rotate.daily) = (size.map(Size::from_bytes), is_daily);
        if gzip {
            rotate = rotate.compress(Compress::Gzip);
        }
        HAND.set(Timestamp::from_micros(20_000 * DAY));
        let (mut sink, mut other) = (open(&path, &rotate), open(&path, &rotate));
        let mut said = Vec::new();
        for step in steps {
            let first = said.len();
            let mut batch = |count: usize, length: usize| {
                let title = |n: usize| format!("{n}{}", "x".repeat(length));
                said.extend((first..first + count).map(title));
                said[first..].to_vec()
            };
            match step {
                Step::Write(count, length) => say(&mut sink, &path, batch(count, length).into_iter()),
                Step::Other(count) => say(&mut other, &path, batch(count, 0).into_iter()),
                Step::Pass(micros) => {
                    HAND.set(Timestamp::from_micros(hand().as_micros() + micros));
                }
                Step::Reopen => sink = open(&path, &rotate),
            }
        }
        drop((sink, other));
        prop_assert_eq!(titles(&path), said);
        for (form, path) in rotated(&path) {
            prop_assert_eq!(form, if gzip { Form::Gzip } else { Form::Plain });
            let text = text(form, &path);
            // The thread that compresses may have the lock when the log is full.
            if let Some(size) = size.filter(|_| !gzip) {
                let longest = text.lines().map(str::len).max().unwrap_or(0) as u64 + 1;
                prop_assert!(text.len() as u64 <= size + longest, "{}", text.len());
            }
        }
    }
}
