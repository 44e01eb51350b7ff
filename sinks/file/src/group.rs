//! Whole records that go into the file together.

/// From this many bytes on a group is written.
pub(crate) const GROUP: usize = 256 * 1024;
/// What a group may keep of its memory while nothing is written.
const KEPT: usize = 2 * GROUP;

/// Records, each with the place of its alert in the batch.
#[derive(Debug)]
pub(crate) struct Group {
    /// A spare line break, then the records. So the byte before each record is a line break, and
    /// a write that has to begin with one can.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    members: Vec<usize>,
}

impl Group {
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![b'\n'],
            ends: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Adds the record that `write` appends; what a failed one left behind is taken off again.
    pub(crate) fn add<E>(
        &mut self,
        member: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = self.bytes.len();
        let written = write(&mut self.bytes);
        match written {
            Ok(()) => {
                self.ends.push(self.bytes.len());
                self.members.push(member);
            }
            Err(_) => self.bytes.truncate(before),
        }
        written
    }

    /// How many bytes its records take.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() - 1
    }

    /// The alerts whose records it holds.
    pub(crate) fn members(&self) -> &[usize] {
        &self.members
    }

    /// The spare line break and the records.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where a record begins; for the one after the last, where they end.
    pub(crate) fn start(&self, record: usize) -> usize {
        match record.checked_sub(1) {
            None => 1,
            Some(before) => self.ends.get(before).copied().unwrap_or(self.bytes.len()),
        }
    }

    /// How many records lie before this place in [`Group::bytes`]. One of which only the line
    /// break does not is among them: written again it would be there twice.
    pub(crate) fn whole_before(&self, place: usize) -> usize {
        self.ends.partition_point(|end| *end <= place + 1)
    }

    /// Empties it. A single huge batch does not hold its memory for ever.
    pub(crate) fn clear(&mut self) {
        self.bytes.truncate(1);
        self.bytes.shrink_to(KEPT);
        self.ends.clear();
        self.members.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_failed_leaves_nothing_behind() {
        let mut group = Group::new();
        let put = |text: &'static str, result| {
            move |out: &mut Vec<u8>| {
                out.extend_from_slice(text.as_bytes());
                result
            }
        };
        assert_eq!(group.add(0, put("a\n", Ok(()))), Ok(()));
        assert_eq!(group.add(1, put("bad", Err("no"))), Err("no"));
        assert_eq!(group.add(2, put("bc\n", Ok(()))), Ok(()));
        assert_eq!(group.bytes(), b"\na\nbc\n");
        assert_eq!(group.members(), [0, 2]);
        assert_eq!([group.start(0), group.start(1), group.start(2)], [1, 3, 6]);
        assert_eq!(
            [1, 2, 3, 4, 5, 6].map(|place| group.whole_before(place)),
            [0, 1, 1, 1, 2, 2]
        );
    }

    #[test]
    fn memory_of_a_huge_group_is_given_back() {
        let mut group = Group::new();
        let huge = |out: &mut Vec<u8>| {
            out.resize(8 * GROUP, b'x');
            Ok::<(), ()>(())
        };
        group.add(0, huge).unwrap();
        group.clear();
        assert_eq!((group.size(), group.members().len()), (0, 0));
        assert!(group.bytes.capacity() <= KEPT);
        assert_eq!(group.bytes(), b"\n");
    }
}
