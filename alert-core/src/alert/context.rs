//! What an alert says beside its text.

use std::borrow::Cow;
use std::fmt;
use std::mem;

use serde::{Serialize, Serializer};

use super::Value;
use super::capture::{NOTE, capture_at};
use super::guard::drop_guarded;
use super::index::Index;
use super::text::{grouped, keep_here};
use super::value::ENTRY;

/// Keys and values in the order in which they were added.
///
/// A key that is added again gets the new value and keeps its place. Values are taken over at once, so nothing is borrowed
/// and nothing foreign runs later. Limits, beyond which is cut and never failed:
///
/// | what | at most | beyond |
/// |---|---|---|
/// | entries | [`MAX_ENTRIES`](Context::MAX_ENTRIES) | left out; a last entry `…` counts them |
/// | bytes in all, keys and overhead included | [`MAX_BYTES`](Context::MAX_BYTES) | text is cut in the middle, entries are left out |
/// | bytes of a key | [`MAX_KEY`](Context::MAX_KEY) | cut in the middle |
/// | entries inside one value | [`MAX_NESTED`](Context::MAX_NESTED) | left out; a note at the place says so |
/// | levels inside one value | [`MAX_DEPTH`](Context::MAX_DEPTH) | a note stands for what is deeper |
///
/// A note may come on top of the bytes.
#[derive(Clone, Default)]
pub struct Context {
    entries: Vec<(Cow<'static, str>, Value)>,
    size: usize,
    left_out: usize,
    index: Option<Box<Index>>,
}

/// From this many entries on, an index is cheaper than a search.
const INDEXED: usize = 16;

impl Context {
    /// The most entries that are kept, without the one that counts the others.
    pub const MAX_ENTRIES: usize = 1_000;

    /// The most bytes that are kept: keys, values, and what their entries take.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// The longest key in bytes.
    pub const MAX_KEY: usize = 256;

    /// The most entries inside one value, over all its lists and maps.
    pub const MAX_NESTED: usize = 1_000;

    /// The most lists and maps inside each other in one value.
    pub const MAX_DEPTH: usize = 32;

    /// Nothing.
    pub const fn new() -> Context {
        Context {
            entries: Vec::new(),
            size: 0,
            left_out: 0,
            index: None,
        }
    }

    /// Adds whatever can be serialized, also what is borrowed: it is taken over now.
    ///
    /// The value's `Serialize` and `Drop` run on this thread, guarded: after an error or a panic what came before it is
    /// kept, with a note of the reason. A `Serialize` that does not return holds up this call. How each shape is kept says
    /// the table at [`Value`].
    #[inline]
    pub fn insert(&mut self, key: impl Into<Cow<'static, str>>, value: impl Serialize) {
        if let Some(place) = self.place(key.into()) {
            capture_at(&mut self.entries[place.at].1, &value, place.room);
            self.size += self.entries[place.at].1.size();
        }
        drop_guarded(value);
    }

    /// Adds a text; a literal is not copied.
    #[inline]
    pub fn insert_text(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
    ) {
        self.insert_value(key, Value::Text(text.into()));
    }

    /// Adds a value that is there already; within the limits it is not copied.
    #[inline]
    pub fn insert_value(&mut self, key: impl Into<Cow<'static, str>>, value: Value) {
        if let Some(place) = self.place(key.into()) {
            self.put(place, value.bounded(place.room));
        }
    }

    /// The value of this key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key).map(|at| &self.entries[at].1)
    }

    /// All entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }

    /// How many entries there are, with the one that counts those left out.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The bytes behind it: keys, values, and what their entries take. Constant time.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Adds those entries of another whose keys are not here.
    pub(super) fn fill(&mut self, other: &Context) {
        for (key, value) in &other.entries {
            if self.find(key).is_none() {
                self.insert_value(key.clone(), value.clone());
            }
        }
    }

    /// Lets `change` have the entries; it says whether it changed any, and keeps their keys apart.
    pub(super) fn change(
        &mut self,
        change: impl FnOnce(&mut [(Cow<'static, str>, Value)]) -> bool,
    ) -> bool {
        let changed = change(&mut self.entries);
        if changed {
            let sizes = self.entries.iter();
            self.size = sizes.map(|(k, v)| ENTRY + k.len() + v.size()).sum();
            let indexed = self.index.is_some();
            let keys = self.entries.iter().map(|(key, _)| &**key);
            self.index = indexed.then(|| Index::over(keys));
        }
        changed
    }

    /// A place for this key's value, for now with nothing in it; `None` if the entry was left out and counted.
    pub(super) fn place(&mut self, mut key: Cow<'static, str>) -> Option<Place> {
        keep_here(&mut key, Context::MAX_KEY);
        let at = match self.find(&key) {
            Some(at) => {
                let old = mem::take(&mut self.entries[at].1);
                self.size = self.size.saturating_sub(old.size());
                at
            }
            None => {
                let size = self.size + ENTRY + key.len();
                if self.left_out > 0
                    || self.entries.len() >= Context::MAX_ENTRIES
                    || size > Context::MAX_BYTES
                {
                    self.leave_out();
                    return None;
                }
                self.push(key)
            }
        };
        let room = Context::MAX_BYTES.saturating_sub(self.size);
        Some(Place { at, room })
    }

    /// Puts a value that keeps to the room of its place.
    pub(super) fn put(&mut self, place: Place, value: Value) {
        self.size += value.size();
        self.entries[place.at].1 = value;
    }

    /// Keeps so many entries: the first, and a last one that counts the others, also those that were left out before.
    pub(super) fn keep_first(&mut self, most: usize) {
        let mut entries = mem::take(&mut self.entries);
        if entries.len() <= most {
            self.entries = entries;
            return;
        }
        let mut left_out = self.left_out;
        if left_out > 0 {
            // The note that counts them is no entry itself.
            entries.pop();
        }
        left_out += entries.len().saturating_sub(most.saturating_sub(1));
        entries.truncate(most.saturating_sub(1));
        *self = Context::new();
        for (key, value) in entries {
            let size = value.size();
            let at = self.push(key);
            self.size += size;
            self.entries[at].1 = value;
        }
        self.left_out = left_out;
        if most > 0 {
            self.push(Cow::Borrowed(NOTE));
            self.count_left_out();
        }
    }

    /// Counts one entry that is not kept.
    #[cold]
    fn leave_out(&mut self) {
        self.left_out += 1;
        if self.left_out == 1 {
            self.push(Cow::Borrowed(NOTE));
        }
        self.count_left_out();
    }

    fn count_left_out(&mut self) {
        let word = if self.left_out == 1 {
            "entry"
        } else {
            "entries"
        };
        // Once something was left out nothing new is added, so the note stays the last.
        if let Some((_, note)) = self.entries.last_mut() {
            self.size -= note.size();
            *note = Value::from(format!("{} more {word} cut", grouped(self.left_out)));
            self.size += note.size();
        }
    }

    fn find(&self, key: &str) -> Option<usize> {
        // Most keys differ in length or first byte, which spares a call for each.
        let same = |other: &str| {
            other.len() == key.len()
                && other.as_bytes().first() == key.as_bytes().first()
                && other == key
        };
        match &self.index {
            None => self.entries.iter().position(|(k, _)| same(k)),
            Some(index) => index.find(key, |at| same(&self.entries[at].0)),
        }
    }

    #[inline(always)]
    fn push(&mut self, key: Cow<'static, str>) -> usize {
        let at = self.entries.len();
        self.size += ENTRY + key.len();
        if at >= INDEXED {
            self.add_to_index(&key, at);
        }
        if at == 0 {
            self.entries.reserve_exact(8);
        }
        self.entries.push((key, Value::Null));
        at
    }

    #[inline(never)]
    fn add_to_index(&mut self, key: &str, at: usize) {
        match &mut self.index {
            Some(index) => index.add(key, at),
            None => {
                let keys = self.entries.iter().map(|(k, _)| &**k).chain([key]);
                self.index = Some(Index::over(keys));
            }
        }
    }
}

/// Where a value goes and how many bytes it may take.
#[derive(Clone, Copy)]
pub(super) struct Place {
    at: usize,
    pub(super) room: usize,
}

impl PartialEq for Context {
    fn eq(&self, other: &Context) -> bool {
        self.entries == other.entries
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_repeated_key_gets_the_new_value_at_its_first_place() {
        let mut context = Context::new();
        context.insert("a", 1);
        context.insert("b", 2);
        context.insert("a", "three");
        context.insert("", "empty");
        assert_eq!(
            serde_json::to_string(&context).unwrap(),
            r#"{"a":"three","b":2,"":"empty"}"#
        );
    }

    #[test]
    fn a_hundred_thousand_entries_are_counted_in_linear_time() {
        let mut context = Context::new();
        for n in 0..100_000 {
            context.insert(format!("key {n}"), n);
        }
        assert_eq!(context.len(), Context::MAX_ENTRIES + 1);
        assert_eq!(context.get("key 999"), Some(&Value::Int(999)));
        assert_eq!(context.get(NOTE), Some(&"99,000 more entries cut".into()));
    }

    #[test]
    fn a_full_context_still_takes_new_values_for_its_keys() {
        let mut context = Context::new();
        for n in 0..3_000 {
            context.insert(format!("{}", n % 1_500), n);
        }
        context.insert("7", "new");
        assert_eq!(context.get("7"), Some(&"new".into()));
        assert_eq!(context.get(NOTE), Some(&"1,000 more entries cut".into()));
        assert_eq!(context.iter().next_back_key(), Some(NOTE));
    }

    trait NextBackKey {
        fn next_back_key(self) -> Option<&'static str>;
    }

    impl<'a, I: Iterator<Item = (&'a str, &'a Value)>> NextBackKey for I {
        fn next_back_key(self) -> Option<&'static str> {
            self.last()
                .map(|(key, _)| if key == NOTE { NOTE } else { "another" })
        }
    }

    #[test]
    fn bytes_are_bounded_in_all() {
        let mut context = Context::new();
        for n in 0..10 {
            context.insert(format!("k{n}"), "x".repeat(100_000));
            context.insert_text(format!("t{n}"), "y".repeat(100_000));
        }
        context.insert("k".repeat(1_000_000), 1);
        assert!(
            context.size() <= Context::MAX_BYTES + 200,
            "{}",
            context.size()
        );
        assert_eq!(context.get("k0").unwrap().as_str().unwrap().len(), 100_000);
        let cut = context.get("k1").unwrap().as_str().unwrap();
        assert!(cut.contains("characters cut"));
        assert!(context.get(NOTE).is_some());
        context.insert("k0", 1);
        context.insert("k1", "z".repeat(100_000));
        assert_eq!(context.get("k1").unwrap().as_str().unwrap().len(), 100_000);
    }

    #[test]
    fn a_long_key_is_cut() {
        let mut context = Context::new();
        context.insert("k".repeat(1_000_000), 1);
        let (key, _) = context.iter().next().unwrap();
        assert!(key.len() <= Context::MAX_KEY && key.contains("characters cut"));
    }

    #[test]
    fn a_literal_is_not_copied() {
        let literal = "as long as one likes";
        let mut context = Context::new();
        context.insert_text("k", literal);
        let kept = context.get("k").unwrap().as_str().unwrap();
        assert_eq!(kept.as_ptr(), literal.as_ptr());
    }

    #[test]
    fn a_value_that_panics_in_drop_is_kept_and_does_no_harm() {
        #[derive(Serialize)]
        struct Bad(u8);
        impl Drop for Bad {
            fn drop(&mut self) {
                panic!("in drop");
            }
        }
        let mut context = Context::new();
        context.insert("k", Bad(7));
        assert_eq!(context.get("k"), Some(&Value::Int(7)));
    }

    proptest! {
        #[test]
        fn a_context_is_like_an_ordered_map(
            entries in prop::collection::vec(("[a-d]{0,3}", any::<i64>()), 0..120),
        ) {
            let mut context = Context::new();
            let mut model: Vec<(String, i64)> = Vec::new();
            for (key, value) in entries {
                match model.iter_mut().find(|(k, _)| *k == key) {
                    Some((_, old)) => *old = value,
                    None => model.push((key.clone(), value)),
                }
                context.insert(key, value);
            }
            let kept: Vec<_> = context
                .iter()
                .map(|(k, v)| (k.to_owned(), v.as_i64().unwrap()))
                .collect();
            prop_assert_eq!(kept, model);
            let size: usize = context.iter().map(|(k, v)| ENTRY + k.len() + v.size()).sum();
            prop_assert_eq!(context.size(), size);
        }
    }
}
