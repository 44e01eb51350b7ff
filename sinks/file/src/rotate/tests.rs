//! Rotation as a whole, by a clock in the test's hand, on real files.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_happens_the_files_read_from_oldest_to_newest_are_the_alerts_in_order(
        steps in prop::collection::vec(step(), 1..25),
        size in prop::option::of(1_024_u64..40_000),
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
