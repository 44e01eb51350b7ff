//! Appending whole records by writes of which each may take less than it is given.

use std::io::{self, ErrorKind};

use crate::group::Group;

/// How what is appended to behaves after a short write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Another process's record may come in between: a torn record is written anew.
    File,
    /// What was not taken is taken later: a torn record is continued.
    Stream,
}

/// What became of a group.
#[derive(Debug)]
pub(crate) struct Appended {
    /// How many of its records, from the first, are whole in the file.
    pub(crate) records: usize,
    /// How many bytes were taken in all.
    pub(crate) bytes: u64,
    /// Why the others are not.
    pub(crate) error: Option<io::Error>,
}

/// Appends a group by calls of `write`. `torn` says, before and after, whether what is there ends
/// with half a record; then a line break goes before the next. When a stream is full, `room`
/// waits and says whether to try again.
pub(crate) fn append(
    group: &Group,
    kind: Kind,
    torn: &mut bool,
    mut write: impl FnMut(&[u8]) -> io::Result<usize>,
    mut room: impl FnMut() -> bool,
) -> Appended {
    let bytes = group.bytes();
    let mut done = Appended {
        records: 0,
        bytes: 0,
        error: None,
    };
    // The byte before a record is a line break: beginning there ends what is torn.
    let from = |record, torn: bool| group.start(record) - usize::from(torn);
    let mut at = from(0, *torn);
    let mut tears_in_a_row = 0;
    while at < bytes.len() {
        match write(&bytes[at..]) {
            Ok(taken) if taken > 0 => {
                at = bytes.len().min(at + taken);
                done.bytes += taken as u64;
            }
            Ok(_) => {
                done.error = Some(ErrorKind::WriteZero.into());
                break;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock && room() => continue,
            Err(error) => {
                done.error = Some(error);
                break;
            }
        }
        *torn = bytes[at - 1] != b'\n';
        let whole = group.whole_before(at);
        if whole > done.records {
            done.records = whole;
            tears_in_a_row = 0;
        }
        if *torn && kind == Kind::File {
            tears_in_a_row += 1;
            // The next try tells why (the disk is full); if it does not, it is of no use either.
            if tears_in_a_row > 1 {
                done.error = Some(io::Error::new(
                    ErrorKind::WriteZero,
                    "a record was cut short",
                ));
                break;
            }
            at = from(done.records, true);
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group_of(records: &[String]) -> Group {
        let mut group = Group::new();
        for record in records {
            group.add(|out| {
                out.extend_from_slice(record.as_bytes());
                out.push(b'\n');
            });
        }
        group
    }

    /// What one write does: takes so many bytes, or fails.
    #[derive(Debug, Clone, Copy)]
    enum Does {
        Takes(usize),
        Fails(ErrorKind),
    }

    struct Disk {
        holds: Vec<u8>,
        script: Vec<Does>,
    }

    impl Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let does = self.script.pop().unwrap_or(Does::Takes(usize::MAX));
            match does {
                Does::Takes(most) => {
                    let taken = most.min(bytes.len());
                    self.holds.extend_from_slice(&bytes[..taken]);
                    Ok(taken)
                }
                Does::Fails(kind) => Err(kind.into()),
            }
        }
    }

    #[test]
    fn a_full_disk_keeps_what_is_whole_and_ends_what_is_torn() {
        let group = group_of(&["one".into(), "two".into(), "three".into()]);
        let mut disk = Disk {
            holds: Vec::new(),
            script: vec![Does::Fails(ErrorKind::StorageFull), Does::Takes(6)],
        };
        let mut torn = false;
        let end = append(&group, Kind::File, &mut torn, |b| disk.write(b), || false);
        assert_eq!((end.records, end.bytes, torn), (1, 6, true));
        assert_eq!(end.error.unwrap().kind(), ErrorKind::StorageFull);
        let rest = group_of(&["two".into(), "three".into()]);
        let end = append(&rest, Kind::File, &mut torn, |b| disk.write(b), || false);
        assert_eq!((end.records, torn), (2, false));
        assert_eq!(disk.holds, b"one\ntw\ntwo\nthree\n");
    }

    #[test]
    fn a_record_of_which_only_the_line_break_is_missing_is_not_written_twice() {
        let mut disk = Disk {
            holds: Vec::new(),
            script: vec![Does::Fails(ErrorKind::StorageFull), Does::Takes(3)],
        };
        let mut torn = false;
        let one = group_of(&["one".into()]);
        let end = append(&one, Kind::File, &mut torn, |b| disk.write(b), || false);
        assert_eq!((end.records, torn), (1, true));
        let two = group_of(&["two".into()]);
        append(&two, Kind::File, &mut torn, |b| disk.write(b), || false);
        assert_eq!(disk.holds, b"one\ntwo\n");
    }

    #[test]
    fn a_stream_takes_a_long_record_in_pieces() {
        let group = group_of(&["a long record".into()]);
        let mut disk = Disk {
            holds: Vec::new(),
            script: vec![
                Does::Takes(9),
                Does::Fails(ErrorKind::WouldBlock),
                Does::Takes(3),
            ],
        };
        let (mut torn, mut waits) = (false, 0);
        let room = || {
            waits += 1;
            true
        };
        let end = append(&group, Kind::Stream, &mut torn, |b| disk.write(b), room);
        assert!(end.error.is_none() && !torn);
        assert_eq!((end.records, waits), (1, 1));
        assert_eq!(disk.holds, b"a long record\n");
    }

    #[test]
    fn a_disk_that_takes_one_byte_at_a_time_is_given_up() {
        let group = group_of(&["one".into()]);
        let mut disk = Disk {
            holds: Vec::new(),
            script: vec![Does::Takes(1); 1_000],
        };
        let mut torn = false;
        let end = append(&group, Kind::File, &mut torn, |b| disk.write(b), || false);
        assert_eq!(end.records, 0);
        assert!(end.error.is_some() && disk.script.len() > 990);
    }

    fn does() -> impl Strategy<Value = Does> {
        prop_oneof![
            3 => (1_usize..40).prop_map(Does::Takes),
            1 => Just(Does::Takes(usize::MAX)),
            1 => prop::sample::select(vec![
                ErrorKind::StorageFull,
                ErrorKind::Interrupted,
                ErrorKind::WouldBlock,
            ])
            .prop_map(Does::Fails),
        ]
    }

    proptest! {
        #[test]
        fn whatever_writes_do_each_record_told_to_be_there_is_there_once_and_whole(
            script in prop::collection::vec(does(), 0..30),
            lengths in prop::collection::vec(1_usize..12, 1..8),
            is_stream in any::<bool>(),
        ) {
            let kind = if is_stream { Kind::Stream } else { Kind::File };
            let records: Vec<String> = lengths
                .iter()
                .enumerate()
                .map(|(n, length)| format!("<{n}{}>", "x".repeat(*length)))
                .collect();
            let mut disk = Disk { holds: Vec::new(), script };
            let (mut torn, mut told, mut calls) = (false, 0, 0);
            // As the lane does: what was not taken is tried again, from the first that is missing.
            while told < records.len() {
                let group = group_of(&records[told..]);
                let end = append(&group, kind, &mut torn, |b| disk.write(b), || false);
                prop_assert!(end.error.is_some() || told + end.records == records.len());
                told += end.records;
                calls += 1;
                prop_assert!(calls < 100);
            }
            let text = String::from_utf8(disk.holds).unwrap();
            prop_assert_eq!(!text.ends_with('\n'), torn);
            let whole: Vec<&str> = text.lines().filter(|line| records.iter().any(|r| r == line)).collect();
            prop_assert_eq!(whole, records.iter().map(String::as_str).collect::<Vec<_>>());
            let halves = text.lines().filter(|line| !records.iter().any(|r| r == line));
            for half in halves {
                prop_assert!(records.iter().any(|record| record.starts_with(half)), "{:?}", half);
            }
        }
    }
}
