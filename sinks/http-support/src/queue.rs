//! Which message of a batch goes next. Pure.

use std::collections::HashSet;
use std::ops::Range;

/// The messages of a batch that were not begun, each a run of its members, and the keys that hold
/// others back.
#[derive(Debug)]
pub(crate) struct Queue<'k> {
    keys: Vec<Option<&'k str>>,
    waiting: Vec<Range<usize>>,
    /// Keys of messages in flight.
    flying: HashSet<&'k str>,
    /// Keys of alerts that go back to the lane: nothing of theirs may overtake them.
    failed: HashSet<&'k str>,
}

impl<'k> Queue<'k> {
    /// `lengths` are those of the messages, in order.
    pub(crate) fn new(
        keys: impl IntoIterator<Item = Option<&'k str>>,
        lengths: impl IntoIterator<Item = usize>,
    ) -> Self {
        let mut start = 0;
        let waiting = lengths.into_iter().map(|length| {
            let run = start..start + length;
            start = run.end;
            run
        });
        Self {
            waiting: waiting.collect(),
            keys: keys.into_iter().collect(),
            flying: HashSet::new(),
            failed: HashSet::new(),
        }
    }

    /// The first message that shares no key with one in flight, nor with one that waits before it.
    pub(crate) fn next(&mut self) -> Option<Range<usize>> {
        let mut before = self.flying.clone();
        let at = self.waiting.iter().position(|run| {
            let free = !keys(&self.keys, run).any(|key| before.contains(key));
            before.extend(keys(&self.keys, run));
            free
        })?;
        let run = self.waiting.remove(at);
        self.flying.extend(keys(&self.keys, &run));
        Some(run)
    }

    /// The message is over. If its alerts go back, whatever waits behind them must too: that comes
    /// back from here.
    pub(crate) fn over(&mut self, run: &Range<usize>, goes_back: bool) -> Vec<Range<usize>> {
        for key in keys(&self.keys, run) {
            self.flying.remove(key);
            if goes_back {
                self.failed.insert(key);
            }
        }
        let mut back = Vec::new();
        self.waiting.retain(|waiting| {
            let held = keys(&self.keys, waiting).any(|key| self.failed.contains(key));
            if held {
                self.failed.extend(keys(&self.keys, waiting));
                back.push(waiting.clone());
            }
            !held
        });
        back
    }

    /// All that was not begun.
    pub(crate) fn rest(&mut self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.waiting)
    }
}

fn keys<'k>(of: &[Option<&'k str>], run: &Range<usize>) -> impl Iterator<Item = &'k str> {
    of[run.clone()].iter().copied().flatten()
}
