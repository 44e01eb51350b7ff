//! Which message of a batch goes next. Pure.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The messages of a batch that were not begun, each a run of its members, and the keys that hold
/// others back.
#[derive(Debug)]
pub(crate) struct Queue<'k> {
    keys: Vec<Option<&'k str>>,
    waiting: Vec<Range<usize>>,
    /// Keys of messages in flight.
    flying: HashSet<&'k str>,
    /// Keys of messages that go back to the lane, and where the first of them began: nothing of
    /// theirs from there on may overtake them.
    failed: HashMap<&'k str, usize>,
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
            failed: HashMap::new(),
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
        }
        if goes_back {
            self.fail(run);
        }
        let mut back = Vec::new();
        if self.failed.is_empty() {
            return back;
        }
        // In order, so that what goes back holds up what comes behind it.
        for waiting in std::mem::take(&mut self.waiting) {
            let before = |key| self.failed.get(key).is_some_and(|at| *at < waiting.start);
            if keys(&self.keys, &waiting).any(before) {
                self.fail(&waiting);
                back.push(waiting);
            } else {
                self.waiting.push(waiting);
            }
        }
        back
    }

    fn fail(&mut self, run: &Range<usize>) {
        for key in keys(&self.keys, run) {
            let first = self.failed.entry(key).or_insert(run.start);
            *first = run.start.min(*first);
        }
    }

    /// All that was not begun.
    pub(crate) fn rest(&mut self) -> Vec<Range<usize>> {
        std::mem::take(&mut self.waiting)
    }
}

fn keys<'k>(of: &[Option<&'k str>], run: &Range<usize>) -> impl Iterator<Item = &'k str> {
    of[run.clone()].iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_comes_before_a_message_that_goes_back_may_still_go() {
        let keys = [Some("c"), Some("a"), Some("c"), Some("a")];
        let mut queue = Queue::new(keys, [1, 1, 2]);
        assert_eq!(queue.next(), Some(0..1));
        assert_eq!(queue.over(&(0..1), true), vec![2..4]);
        assert_eq!(queue.next(), Some(1..2));
        assert!(queue.over(&(1..2), false).is_empty());
    }

    #[test]
    fn a_message_waits_for_one_of_its_key_and_lets_others_pass() {
        let keys = ["a", "a", "b", "", "a", "b"].map(|key| Some(key).filter(|key| !key.is_empty()));
        let mut queue = Queue::new(keys, [1; 6]);
        assert_eq!(queue.next(), Some(0..1));
        assert_eq!(queue.next(), Some(2..3));
        assert_eq!(queue.next(), Some(3..4));
        assert_eq!(queue.next(), None);
        assert!(queue.over(&(0..1), false).is_empty());
        assert_eq!(queue.next(), Some(1..2));
        assert_eq!(queue.over(&(1..2), true), vec![4..5]);
        assert_eq!(queue.next(), None);
        assert_eq!(queue.rest(), vec![5..6]);
    }

    /// Keys of members, the length of messages, how many fly at once, and for each end which of those
    /// in flight it is and whether it goes back.
    type Run = (Vec<Option<u8>>, usize, usize, Vec<(u8, bool)>);

    fn run() -> impl Strategy<Value = Run> {
        let keys = prop::collection::vec(prop::option::of(0..4_u8), 1..40);
        let ends = prop::collection::vec((any::<u8>(), prop::bool::weighted(0.2)), 40);
        (keys, 1..5_usize, 1..6_usize, ends)
    }

    proptest! {
        #[test]
        fn nothing_overtakes_its_key_and_nothing_is_forgotten((keys, size, most, ends) in run()) {
            let names = ["a", "b", "c", "d"];
            let keys: Vec<Option<&str>> = keys
                .into_iter()
                .map(|key| key.map(|key| names[usize::from(key)]))
                .collect();
            let whole = keys.len() / size;
            let rest = keys.len() % size;
            let lengths = [vec![size; whole], vec![rest; usize::from(rest > 0)]].concat();
            let mut queue = Queue::new(keys.clone(), lengths);
            let of = |run: &Range<usize>| -> Vec<&str> { super::keys(&keys, run).collect() };
            let shares = |one: &Range<usize>, other: &Range<usize>| {
                of(one).iter().any(|key| of(other).contains(key))
            };
            let mut flying: Vec<Range<usize>> = Vec::new();
            let mut begun: Vec<Range<usize>> = Vec::new();
            let mut back: Vec<Range<usize>> = Vec::new();
            let mut ends = ends.into_iter().cycle();
            loop {
                while flying.len() < most {
                    let Some(run) = queue.next() else { break };
                    prop_assert!(!flying.iter().any(|other| shares(other, &run)));
                    let mut earlier = back.iter().filter(|other| other.start < run.start);
                    prop_assert!(!earlier.any(|other| shares(other, &run)));
                    let later = begun.iter().filter(|other| other.start > run.start);
                    prop_assert!(!later.into_iter().any(|other| shares(other, &run)));
                    begun.push(run.clone());
                    flying.push(run);
                }
                if flying.is_empty() {
                    break;
                }
                let (which, goes_back) = ends.next().unwrap_or_default();
                let run = flying.swap_remove(usize::from(which) % flying.len());
                if goes_back {
                    back.push(run.clone());
                }
                back.extend(queue.over(&run, goes_back));
            }
            prop_assert!(queue.rest().is_empty());
            begun.extend(back.into_iter().filter(|run| !begun.contains(run)).collect::<Vec<_>>());
            let mut all: Vec<usize> = begun.into_iter().flatten().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..keys.len()).collect::<Vec<_>>());
        }
    }
}
