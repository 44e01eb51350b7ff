//! Reading values and contexts from text, within bounds: depth, entries and bytes, whatever the text holds.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Context;
use super::capture::NOTE;
use super::serializer::Hex;
use super::text::{grouped, keep, within};
use super::value::{ENTRY, ITEM, Value, float, unwrap_private, wide};

/// Within the limits of [`Context`]; what is beyond them is skipped and named by a note.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        Budget::new(Context::MAX_BYTES)
            .reader(0)
            .deserialize(deserializer)
    }
}

/// Within the limits of [`Context`], like all that is put into one.
impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Context, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Context;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of context values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Context, A::Error> {
                let mut context = Context::new();
                while let Some(key) = map.next_key_seed(Key)? {
                    match context.place(key) {
                        Some(place) => {
                            let mut budget = Budget::new(place.room);
                            context.put(place, map.next_value_seed(budget.reader(0))?);
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(context)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// What is left for one value.
struct Budget {
    bytes: usize,
    entries: usize,
}

impl Budget {
    fn new(bytes: usize) -> Budget {
        let entries = Context::MAX_NESTED;
        Budget { bytes, entries }
    }

    fn reader(&mut self, depth: usize) -> Reader<'_> {
        let budget = self;
        Reader { budget, depth }
    }

    /// Takes one more entry of so many bytes, if it is there.
    fn take(&mut self, bytes: usize) -> bool {
        match (self.entries.checked_sub(1), self.bytes.checked_sub(bytes)) {
            (Some(entries), Some(bytes)) => {
                *self = Budget { bytes, entries };
                true
            }
            _ => {
                // What does not fit ends the value: nothing smaller slips in behind it.
                *self = Budget {
                    bytes: 0,
                    entries: 0,
                };
                false
            }
        }
    }
}

struct Reader<'b> {
    budget: &'b mut Budget,
    depth: usize,
}

impl Reader<'_> {
    fn text(self, text: &str) -> Value {
        let kept = within(text, self.budget.bytes).into_owned();
        self.budget.bytes = self.budget.bytes.saturating_sub(kept.len());
        Value::Text(Cow::Owned(kept))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The note that stands for what was not taken.
fn cut(entries: usize) -> Value {
    let word = if entries == 1 { "entry" } else { "entries" };
    Value::Text(Cow::Owned(format!(
        "[… {} more {word} cut …]",
        grouped(entries)
    )))
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        self.visit_newtype_struct(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        if self.depth >= Context::MAX_DEPTH {
            IgnoredAny::deserialize(inner)?;
            return Ok(Value::too_deep());
        }
        self.budget.reader(self.depth + 1).deserialize(inner)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Value, E> {
        Ok(wide(number))
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Value, E> {
        Ok(i128::try_from(number).map_or_else(|_| Value::from(number.to_string()), wide))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(float(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(self.text(text))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Value, E> {
        let shown = &bytes[..bytes.len().min(self.budget.bytes)];
        Ok(self.text(&Hex(shown).to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let Reader { budget, depth } = self;
        if depth >= Context::MAX_DEPTH {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::too_deep());
        }
        let mut items = Vec::new();
        while budget.take(ITEM) {
            match seq.next_element_seed(budget.reader(depth + 1))? {
                Some(item) => items.push(item),
                None => {
                    // The place that was taken for an element that did not come.
                    budget.entries += 1;
                    budget.bytes += ITEM;
                    return Ok(Value::List(items));
                }
            }
        }
        let mut left_out = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            left_out += 1;
        }
        if left_out > 0 {
            items.push(cut(left_out));
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Reader { budget, depth } = self;
        if depth >= Context::MAX_DEPTH {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Value::too_deep());
        }
        let mut entries = Vec::new();
        let mut left_out = 0;
        while let Some(key) = map.next_key_seed(Key)? {
            if budget.take(ENTRY + key.len()) {
                entries.push((key, map.next_value_seed(budget.reader(depth + 1))?));
            } else {
                map.next_value::<IgnoredAny>()?;
                left_out += 1;
            }
        }
        if left_out > 0 {
            entries.push((Cow::Borrowed(NOTE), cut(left_out)));
        }
        Ok(unwrap_private(Value::Map(entries)))
    }
}

/// A key, cut to its limit; one that is no string becomes its text.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'static, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let mut budget = Budget::new(Context::MAX_KEY);
        let text = match budget.reader(0).deserialize(deserializer)? {
            Value::Text(text) => text,
            other => Cow::Owned(other.to_string()),
        };
        Ok(keep(text, Context::MAX_KEY))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn json_text_comes_through_as_it_is() {
        let json = r#"{"a":[1,-2,18446744073709551615,0.5,null,true,"x\ny"],"b":{},"c":[]}"#;
        assert_eq!(read(json).to_string(), json);
    }

    #[test]
    fn json_text_of_a_hundred_thousand_levels_is_cut_at_the_depth_limit() {
        for (open, close) in [("[", "]"), ("{\"k\":", "}")] {
            let json = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            let kept = read(&json).to_string();
            assert!(kept.contains("[… deeper levels cut …]"), "{kept}");
            assert_eq!(
                kept.matches(open).count(),
                Context::MAX_DEPTH + usize::from(open == "[")
            );
        }
    }

    #[test]
    fn entries_beyond_the_limit_are_counted() {
        let json = serde_json::to_string(&vec![0; 5_000]).unwrap();
        let items = read(&json);
        let items = items.as_list().unwrap();
        assert_eq!(items.len(), Context::MAX_NESTED + 1);
        assert_eq!(
            items[Context::MAX_NESTED],
            "[… 4,000 more entries cut …]".into()
        );
        let map: Vec<_> = (0..1_001).map(|n| format!("\"k{n}\":1")).collect();
        let map = read(&format!("{{{}}}", map.join(",")));
        assert_eq!(map.get(NOTE), Some(&"[… 1 more entry cut …]".into()));
    }

    #[test]
    fn long_texts_and_keys_are_cut() {
        let long = "x".repeat(300_000);
        let kept = read(&format!("{{\"{long}\":\"{long}\"}}"));
        assert!(kept.size() <= Context::MAX_BYTES + Context::MAX_KEY);
        let Value::Map(entries) = kept else {
            panic!("a map stays a map");
        };
        assert!(entries[0].0.len() <= Context::MAX_KEY);
        assert!(entries[0].1.as_str().unwrap().contains("characters cut"));
    }

    #[test]
    fn a_context_read_from_text_has_the_limits_of_any_context() {
        let map: Vec<_> = (0..3_000).map(|n| format!("\"k{n}\":[{n}]")).collect();
        let context: Context = serde_json::from_str(&format!("{{{}}}", map.join(","))).unwrap();
        assert_eq!(context.len(), Context::MAX_ENTRIES + 1);
        assert_eq!(context.get(NOTE), Some(&"2,000 more entries cut".into()));
        assert_eq!(context.get("k999"), Some(&vec![Value::Int(999)].into()));
    }

    proptest! {
        #[test]
        fn any_json_that_is_read_is_read_within_the_limits(text in "[\\[\\]{}\",:0-9a\\\\u ]{0,60}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert!(value.size() <= Context::MAX_BYTES);
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
            }
        }
    }
}
