//! Whole records that go into the file together.

/// From this many bytes on a group is written.
pub(crate) const GROUP: usize = 256 * 1024;
/// What a group may keep of its memory while nothing is written.
const KEPT: usize = 2 * GROUP;

/// The records of alerts that follow each other.
#[derive(Debug)]
pub(crate) struct Group {
    /// A spare line break, then the records. So the byte before each record is a line break, and
    /// a write that has to begin with one can.
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Group {
    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![b'\n'],
            ends: Vec::new(),
        }
    }

    /// Adds the record that `write` appends: a line break at its end, and none before.
    pub(crate) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// How many bytes its records take.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() - 1
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_lie_behind_a_spare_line_break() {
        let mut group = Group::new();
        group.add(|out| out.extend_from_slice(b"a\n"));
        group.add(|out| out.extend_from_slice(b"bc\n"));
        assert_eq!((group.bytes(), group.size()), (&b"\na\nbc\n"[..], 5));
        assert_eq!([0, 1, 2].map(|record| group.start(record)), [1, 3, 6]);
        let whole = [1, 2, 3, 4, 5, 6].map(|place| group.whole_before(place));
        assert_eq!(whole, [0, 1, 1, 1, 2, 2]);
    }

    #[test]
    fn memory_of_a_huge_group_is_given_back() {
        let mut group = Group::new();
        group.add(|out| out.resize(8 * GROUP, b'x'));
        group.clear();
        assert_eq!((group.size(), group.start(1)), (0, 1));
        assert!(group.bytes.capacity() <= KEPT);
    }
}
