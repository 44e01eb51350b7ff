//! What a context holds.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use super::Context;
use super::capture::capture;

/// What a context entry holds: the shapes of JSON, with integers that keep their digits.
///
/// What `serialize` gives becomes:
///
/// | given | kept as |
/// |---|---|
/// | integers that fit 64 bits | [`Value::Int`], above `i64::MAX` [`Value::UInt`] |
/// | wider integers | their digits as text |
/// | floats; `f32` by its shortest digits | [`Value::Float`]; NaN and infinities as text: `NaN`, `inf`, `-inf` |
/// | characters, strings, `collect_str` | text |
/// | bytes | text in hexadecimal |
/// | unit, unit structs, `None` | [`Value::Null`] |
/// | `Some`, newtype structs | what is inside |
/// | unit variants | their name |
/// | other variants | a map of one entry: name and content |
/// | sequences, tuples | a list |
/// | maps, structs | a map in the order given; keys that are not strings as their text or JSON |
///
/// The limits are those of [`Context`]. A value that was built by hand may be beyond them until a context takes it; one that
/// is nested some ten thousand levels deep overflows the stack when it is dropped or compared.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// A number with a fraction.
    Float(f64),
    /// Text, borrowed if it is a literal.
    Text(Cow<'static, str>),
    /// Values in order.
    List(Vec<Value>),
    /// Keys and values in order.
    Map(Vec<(Cow<'static, str>, Value)>),
}

/// What one element of a list takes.
pub(super) const ITEM: usize = size_of::<Value>();

/// What one entry of a map takes beside its key's and value's text.
pub(super) const ENTRY: usize = size_of::<(Cow<'static, str>, Value)>();

impl Value {
    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if this is one; large integers are rounded.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Value::Int(number) => Some(number as f64),
            Value::UInt(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }

    /// True or false, if this is that.
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Value::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    /// The elements, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of this key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The bytes behind the value, without the value's own. Only for values within the depth limit.
    #[inline]
    pub(super) fn size(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::List(_) | Value::Map(_) => self.size_inside(),
            _ => 0,
        }
    }

    fn size_inside(&self) -> usize {
        match self {
            Value::List(items) => items.iter().map(|item| ITEM + item.size()).sum(),
            Value::Map(entries) => entries
                .iter()
                .map(|(key, value)| ENTRY + key.len() + value.size())
                .sum(),
            _ => 0,
        }
    }

    /// This value within so many bytes and the other limits; what is within them already is not copied.
    pub(super) fn bounded(self, bytes: usize) -> Value {
        match self {
            Value::Text(text) => Value::Text(super::text::keep(text, bytes)),
            Value::Float(number) => float(number),
            Value::List(_) | Value::Map(_) => {
                let mut left = Left {
                    bytes,
                    entries: Context::MAX_NESTED,
                };
                if left.holds(&self, Context::MAX_DEPTH) {
                    return self;
                }
                let kept = capture(&self, bytes);
                dismantle(self);
                kept
            }
            other => other,
        }
    }

    /// What stands for a value below the deepest level that is kept.
    pub(super) const fn too_deep() -> Value {
        Value::Text(Cow::Borrowed("[… deeper levels cut …]"))
    }
}

/// What is left of a value's limits while it is looked through.
struct Left {
    bytes: usize,
    entries: usize,
}

impl Left {
    fn holds(&mut self, value: &Value, depth: usize) -> bool {
        match value {
            Value::Text(text) => self.take(0, text.len()),
            Value::Float(number) => number.is_finite(),
            Value::List(items) => {
                depth > 0
                    && items
                        .iter()
                        .all(|item| self.take(1, ITEM) && self.holds(item, depth - 1))
            }
            Value::Map(entries) => {
                depth > 0
                    && entries.iter().all(|(key, value)| {
                        key.len() <= Context::MAX_KEY
                            && self.take(1, ENTRY + key.len())
                            && self.holds(value, depth - 1)
                    })
            }
            _ => true,
        }
    }

    fn take(&mut self, entries: usize, bytes: usize) -> bool {
        match (
            self.entries.checked_sub(entries),
            self.bytes.checked_sub(bytes),
        ) {
            (Some(entries), Some(bytes)) => {
                *self = Left { bytes, entries };
                true
            }
            _ => false,
        }
    }
}

/// Drops a value level by level, since the derived way would need stack for every level.
fn dismantle(value: Value) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::List(items) => rest.extend(items),
            Value::Map(entries) => rest.extend(entries.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

/// A float as it is kept: JSON has no word for NaN and the infinities.
pub(super) fn float(number: f64) -> Value {
    if number.is_finite() {
        Value::Float(number)
    } else if number.is_nan() {
        Value::Text(Cow::Borrowed("NaN"))
    } else if number > 0.0 {
        Value::Text(Cow::Borrowed("inf"))
    } else {
        Value::Text(Cow::Borrowed("-inf"))
    }
}

/// An integer of any width: as a number if it fits, else as its digits.
pub(super) fn wide(number: i128) -> Value {
    if let Ok(number) = i64::try_from(number) {
        Value::Int(number)
    } else if let Ok(number) = u64::try_from(number) {
        Value::UInt(number)
    } else {
        Value::Text(number.to_string().into())
    }
}

/// A number as JSON writes it: integers keep their digits, text that is no number stays text.
pub(super) fn number(text: Cow<'static, str>) -> Value {
    let whole = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match (text.parse::<i128>(), text.parse::<f64>()) {
        (Ok(number), _) => wide(number),
        (_, Ok(number)) if !whole && number.is_finite() => Value::Float(number),
        _ => Value::Text(text),
    }
}

/// `serde_json`'s arbitrary precision and raw values come as a struct with one field of a private name.
pub(super) fn unwrap_private(value: Value) -> Value {
    match value {
        Value::Map(mut entries)
            if entries.len() == 1 && entries[0].0.starts_with("$serde_json::private::") =>
        {
            match entries.pop() {
                Some((key, Value::Text(text))) if key.ends_with("Number") => number(text),
                Some((_, Value::Text(text))) => {
                    serde_json::from_str(&text).unwrap_or(Value::Text(text))
                }
                Some((_, value)) => value,
                None => Value::Null,
            }
        }
        other => other,
    }
}

/// Text as it is, all else as compact JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            other => f.write_str(&serde_json::to_string(other).map_err(|_| fmt::Error)?),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::UInt(number) => serializer.serialize_u64(*number),
            Value::Float(number) => match float(*number) {
                Value::Text(text) => serializer.serialize_str(&text),
                _ => serializer.serialize_f64(*number),
            },
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => serializer.collect_seq(items),
            Value::Map(entries) => serializer.collect_map(entries.iter().map(|(k, v)| (k, v))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_plain_json() {
        let value = Value::from(vec![
            Value::Null,
            true.into(),
            (-3).into(),
            u64::MAX.into(),
            0.5.into(),
            "text".into(),
            Value::Map(vec![("key".into(), Value::Float(f64::NAN))]),
        ]);
        assert_eq!(
            value.to_string(),
            r#"[null,true,-3,18446744073709551615,0.5,"text",{"key":"NaN"}]"#
        );
        assert_eq!(Value::from("plain").to_string(), "plain");
    }

    #[test]
    fn a_value_within_the_limits_is_kept_uncopied() {
        let text = String::from("a text of its own");
        let place = text.as_ptr();
        let value = Value::List(vec![text.into()]).bounded(1_000);
        assert_eq!(
            value.as_list().unwrap()[0].as_str().unwrap().as_ptr(),
            place
        );
    }

    #[test]
    fn a_value_beyond_the_limits_is_cut() {
        let long_key = Value::Map(vec![("k".repeat(1_000).into(), 1.into())]).bounded(10_000);
        let Value::Map(entries) = long_key else {
            panic!("a map stays a map");
        };
        assert!(entries[0].0.len() <= Context::MAX_KEY && entries[0].1 == Value::Int(1));
        let long_text = Value::from("x".repeat(1_000)).bounded(100);
        assert!(long_text.as_str().unwrap().len() <= 100);
        assert_eq!(Value::Float(f64::INFINITY).bounded(0), Value::from("inf"));
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(number("12".into()), Value::Int(12));
        assert_eq!(number("18446744073709551615".into()), u64::MAX.into());
        let long = "123456789012345678901234567890123456789012345678901234567890";
        assert_eq!(number(long.into()), long.into());
        assert_eq!(number("1.5e3".into()), Value::Float(1_500.0));
        assert_eq!(number("1e999".into()), "1e999".into());
        assert_eq!(wide(i128::MAX), i128::MAX.to_string().into());
    }

    #[test]
    fn getters_give_what_is_there_and_nothing_else() {
        let map = Value::Map(vec![("n".into(), 2.into())]);
        assert_eq!(map.get("n").and_then(Value::as_i64), Some(2));
        assert_eq!(map.get("n").and_then(Value::as_f64), Some(2.0));
        assert_eq!(map.get("m"), None);
        assert_eq!(map.as_str().or(map.get("n").and_then(Value::as_str)), None);
        assert_eq!(Value::from(Some(true)).as_bool(), Some(true));
        assert_eq!(Value::from(None::<bool>), Value::Null);
    }
}
