//! What rotated files are called: `alerts.log.2026-11-24T05-48-57.123Z`, and `.gz` behind it.
//!
//! The time is that of the last record, so that a day's file bears that day. Names are in the
//! order of the rotations, also when several fall into one moment or the clock is set back.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use alert_core::Timestamp;

/// The length of `2026-11-24T05-48-57.123Z`.
const LENGTH: usize = 24;
/// Where a time has colons, which not every file system takes in a name.
const COLONS: [usize; 2] = [13, 16];
const MILLI: u64 = 1_000;

/// The time in a rotated file's name, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    /// The moment for a file that was last written then, and that comes after the newest.
    pub(crate) fn after(newest: Option<Moment>, written: Timestamp) -> Self {
        let written = Self(Timestamp::from_micros(written.as_micros() / MILLI * MILLI));
        newest.map_or(written, |newest| written.max(newest.next()))
    }

    /// The following one. After the last of all times comes none.
    pub(crate) fn next(self) -> Self {
        Self(Timestamp::from_micros(
            self.0.as_micros().saturating_add(MILLI),
        ))
    }

    fn text(self) -> String {
        self.0.to_string().replace(':', "-")
    }

    fn read(text: &[u8]) -> Option<Self> {
        let mut text = <[u8; LENGTH]>::try_from(text).ok()?;
        for place in COLONS {
            text[place] = if text[place] == b'-' { b':' } else { b'?' };
        }
        let text = std::str::from_utf8(&text).ok()?;
        let time: Timestamp = text.parse().ok()?;
        // There is one way to write a time, and what is written otherwise is not ours.
        (time.to_string() == text).then_some(Self(time))
    }
}

/// In which of its forms a rotated file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// As it was written.
    Plain,
    /// Compressed, and whole.
    Gzip,
    /// On its way to be compressed.
    Part,
}

impl Form {
    const ALL: [Form; 3] = [Form::Plain, Form::Gzip, Form::Part];

    fn ending(self) -> &'static str {
        match self {
            Form::Plain => "",
            Form::Gzip => ".gz",
            Form::Part => ".gz.part",
        }
    }
}

/// The names that belong to one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names(OsString);

impl Names {
    pub(crate) fn of(log: &OsStr) -> Self {
        Self(log.to_owned())
    }

    /// The file by which processes agree who rotates.
    pub(crate) fn lock(&self) -> OsString {
        self.with(".lock")
    }

    pub(crate) fn rotated(&self, moment: Moment, form: Form) -> OsString {
        self.with(&format!(".{}{}", moment.text(), form.ending()))
    }

    fn with(&self, ending: &str) -> OsString {
        let mut name = self.0.clone();
        name.push(ending);
        name
    }

    /// What a name says, if it is a rotated file of this log.
    pub(crate) fn read(&self, name: &OsStr) -> Option<(Moment, Form)> {
        let ending = name
            .as_encoded_bytes()
            .strip_prefix(self.0.as_encoded_bytes())?
            .strip_prefix(b".")?;
        let (moment, ending) = ending.split_at_checked(LENGTH)?;
        let form = Form::ALL
            .into_iter()
            .find(|form| form.ending().as_bytes() == ending)?;
        Some((Moment::read(moment)?, form))
    }
}

/// The rotated files of a log, oldest first, and the forms of each.
pub(crate) type Rotated = BTreeMap<Moment, Vec<Form>>;

/// Those beyond the number to keep, oldest first.
pub(crate) fn too_many(rotated: &Rotated, keep: usize) -> Vec<Moment> {
    let beyond = rotated.len().saturating_sub(keep);
    rotated.keys().copied().take(beyond).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> Names {
        Names::of(OsStr::new("alerts.log"))
    }

    #[test]
    fn a_rotated_file_bears_the_time_of_its_last_record() {
        let written = "2026-11-24T05:48:57.123999Z".parse().unwrap();
        let moment = Moment::after(None, written);
        let name = names().rotated(moment, Form::Gzip);
        assert_eq!(name, "alerts.log.2026-11-24T05-48-57.123Z.gz");
        assert_eq!(names().read(&name), Some((moment, Form::Gzip)));
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        for foreign in [
            "alerts.log",
            "alerts.log.1",
            "alerts.log.lock",
            "alerts.log.2026-11-24",
            "alerts.log.2026-11-24T05-48-57.123Z.bz2",
            "alerts.log.2026-11-24T05-48-57.123Z.gz.gz",
            "alerts.log.2026-11-24T05:48:57.123Z",
            "alerts.log.2026-11-24T05-48-57,123Z",
            "alerts.log.2026-13-24T05-48-57.123Z",
            "alerts.log.2026-11-24t05-48-57.123z",
            "other.log.2026-11-24T05-48-57.123Z",
            "alerts.log2026-11-24T05-48-57.123Z",
        ] {
            assert_eq!(names().read(OsStr::new(foreign)), None, "{foreign}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_need_not_be_text() {
        use std::os::unix::ffi::OsStrExt;
        let names = Names::of(OsStr::from_bytes(b"a\xff.log"));
        let moment = Moment::after(None, Timestamp::MIN);
        let name = names.rotated(moment, Form::Plain);
        assert_eq!(names.read(&name), Some((moment, Form::Plain)));
        assert_eq!(names.read(OsStr::from_bytes(b"\xff")), None);
    }

    fn moments() -> impl Strategy<Value = Timestamp> {
        // Close together, so that they meet; far apart; and at the ends.
        prop_oneof![
            (0..5_000_u64)
                .prop_map(|micros| Timestamp::from_micros(1_795_499_337_000_000 + micros)),
            (0..=Timestamp::MAX.as_micros()).prop_map(Timestamp::from_micros),
            Just(Timestamp::MIN),
        ]
    }

    proptest! {
        #[test]
        fn names_are_read_as_they_are_written(time in moments(), form in prop::sample::select(Form::ALL.to_vec())) {
            let moment = Moment::after(None, time);
            let name = names().rotated(moment, form);
            prop_assert_eq!(names().read(&name), Some((moment, form)));
        }

        #[test]
        fn no_name_makes_reading_fail(ending in ".{0,40}") {
            let name = OsString::from(format!("alerts.log.{ending}"));
            if let Some((moment, form)) = names().read(&name) {
                prop_assert_eq!(names().rotated(moment, form), name);
            }
        }

        #[test]
        fn names_sort_as_their_files_were_rotated_whatever_the_clock_says(
            clock in prop::collection::vec(moments().prop_filter("a clock of this age", |time| *time < Timestamp::MAX), 1..40),
        ) {
            let mut given: Vec<(Moment, OsString)> = Vec::new();
            for written in clock {
                let newest = given.last().map(|(moment, _)| *moment);
                let moment = Moment::after(newest, written);
                given.push((moment, names().rotated(moment, Form::Plain)));
            }
            prop_assert!(given.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "{:?}", given);
        }

        #[test]
        fn the_newest_are_kept(times in prop::collection::btree_set(moments(), 0..20), keep in 1_usize..10) {
            let rotated: Rotated = times.iter().map(|time| (Moment::after(None, *time), vec![Form::Plain])).collect();
            let gone = too_many(&rotated, keep);
            prop_assert_eq!(gone.len(), rotated.len().saturating_sub(keep));
            let left = rotated.keys().find(|moment| !gone.contains(moment));
            prop_assert!(gone.iter().all(|gone| left.is_some_and(|left| gone < left)));
        }
    }
}
