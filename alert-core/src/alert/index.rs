//! Finding a key among many.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::Context;

/// At least twice the entries of a full context and its note, so that a search ends soon.
const SLOTS: usize = (2 * (Context::MAX_ENTRIES + 1)).next_power_of_two();

/// No entry.
const FREE: u16 = u16::MAX;

const _: () = assert!(Context::MAX_ENTRIES + 1 < FREE as usize);

/// Where each key of a large context stands, so that adding many entries takes linear time. 4 KiB, made only for contexts
/// that are too large to be searched; keyed at random, so that chosen keys cannot make it slow.
#[derive(Debug, Clone)]
pub(super) struct Index {
    slots: [u16; SLOTS],
    hasher: RandomState,
}

impl Index {
    /// An index over these keys, which stand at 0, 1, 2, …
    pub(super) fn over<'a>(keys: impl Iterator<Item = &'a str>) -> Box<Index> {
        let mut index = Box::new(Index {
            slots: [FREE; SLOTS],
            hasher: RandomState::new(),
        });
        for (at, key) in keys.enumerate() {
            index.add(key, at);
        }
        index
    }

    /// Notes that this key, which is not in the index, stands there.
    pub(super) fn add(&mut self, key: &str, at: usize) {
        if let Some(slot) = self.walk(key).find(|slot| self.slots[*slot] == FREE) {
            // The assertion above says that a place is below FREE.
            self.slots[slot] = at as u16;
        }
    }

    /// Where this key stands, if it does; `is` says whether it is the one at a place.
    pub(super) fn find(&self, key: &str, is: impl Fn(usize) -> bool) -> Option<usize> {
        self.walk(key)
            .map(|slot| self.slots[slot])
            .take_while(|at| *at != FREE)
            .map(usize::from)
            .find(|at| is(*at))
    }

    fn walk(&self, key: &str) -> impl Iterator<Item = usize> + use<> {
        let first = self.hasher.hash_one(key) as usize;
        (0..SLOTS).map(move |step| first.wrapping_add(step) % SLOTS)
    }
}
