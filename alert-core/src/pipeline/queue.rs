use std::collections::VecDeque;

use crate::alert::Severity;

/// What waits in a lane: one line per severity, joined by a sequence number,
/// so that both the oldest of all and the oldest of the lowest severity are
/// found at once.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    lines: [VecDeque<T>; 3],
    len: usize,
    /// Of each line.
    bytes: [usize; 3],
}

/// What the queue must know of an entry.
pub(crate) trait Queued {
    fn seq(&self) -> u64;
    fn severity(&self) -> Severity;
    fn size(&self) -> usize;
}

impl<T: Queued> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            lines: [VecDeque::new(), VecDeque::new(), VecDeque::new()],
            len: 0,
            bytes: [0; 3],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.iter().sum()
    }

    /// How many of this severity and lower ones wait, and their bytes.
    pub(crate) fn up_to(&self, severity: Severity) -> (usize, usize) {
        let lines = 0..=severity.index();
        lines.fold((0, 0), |(len, bytes), i| {
            (len + self.lines[i].len(), bytes + self.bytes[i])
        })
    }

    pub(crate) fn push_back(&mut self, entry: T) {
        self.count(&entry);
        self.lines[entry.severity().index()].push_back(entry);
    }

    /// Puts back what was taken out, in its place: cheapest for the youngest
    /// first.
    pub(crate) fn put_back(&mut self, entry: T) {
        self.count(&entry);
        let line = &mut self.lines[entry.severity().index()];
        let place = line.partition_point(|other| other.seq() < entry.seq());
        line.insert(place, entry);
    }

    fn count(&mut self, entry: &T) {
        self.len += 1;
        self.bytes[entry.severity().index()] += entry.size();
    }

    fn oldest_line(&self) -> Option<usize> {
        (0..self.lines.len())
            .filter_map(|i| self.lines[i].front().map(|entry| (entry.seq(), i)))
            .min()
            .map(|(_, i)| i)
    }

    pub(crate) fn front(&self) -> Option<&T> {
        self.lines[self.oldest_line()?].front()
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        self.pop_line(self.oldest_line()?)
    }

    /// Whether any of this severity waits.
    pub(crate) fn has(&self, severity: Severity) -> bool {
        !self.lines[severity.index()].is_empty()
    }

    /// The severity and sequence number of [`Queue::pop_oldest_of_lowest`].
    pub(crate) fn oldest_of_lowest(&self) -> Option<(Severity, u64)> {
        Severity::ALL.into_iter().find_map(|severity| {
            let oldest = self.lines[severity.index()].front()?;
            Some((severity, oldest.seq()))
        })
    }

    /// The oldest of the lowest severity that waits.
    pub(crate) fn pop_oldest_of_lowest(&mut self) -> Option<T> {
        let (lowest, _) = self.oldest_of_lowest()?;
        self.pop_line(lowest.index())
    }

    fn pop_line(&mut self, line: usize) -> Option<T> {
        let entry = self.lines[line].pop_front()?;
        self.len -= 1;
        self.bytes[line] -= entry.size();
        Some(entry)
    }
}
