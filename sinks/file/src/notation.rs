//! JSON as it stands in a log.

use std::io;

use alert_core::json_line;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// `{"count": 5, "on": ["a", "b"]}`: easy to read and to search.
pub(crate) const SPACED: bool = true;
/// `{"count":5,"on":["a","b"]}`.
pub(crate) const COMPACT: bool = false;

/// Appends a value as JSON in one line. What breaks lines, acts on terminals or reorders text is
/// escaped as JSON escapes it, so that it says the same.
pub(crate) fn write<const SPACES: bool>(
    value: &(impl Serialize + ?Sized),
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Notation::<SPACES>))
}

struct Notation<const SPACES: bool>;

impl<const SPACES: bool> Notation<SPACES> {
    #[inline]
    fn comma<W: io::Write + ?Sized>(out: &mut W, first: bool) -> io::Result<()> {
        match first {
            true => Ok(()),
            false if SPACES => out.write_all(b", "),
            false => out.write_all(b","),
        }
    }
}

impl<const SPACES: bool> Formatter for Notation<SPACES> {
    #[inline]
    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        Self::comma(out, first)
    }

    #[inline]
    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        Self::comma(out, first)
    }

    #[inline]
    fn begin_object_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if SPACES { b": " } else { b":" })
    }

    #[inline]
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        out.write_all(json_line(text).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use alert_testkit::strategy::hostile_text;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn written<const SPACES: bool>(value: &Value) -> String {
        let mut out = Vec::new();
        write::<SPACES>(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn spaces_stand_where_people_search_for_them() {
        let value = json!({ "count": 5, "on": ["a", { "b": null }], "none": {}, "no": [] });
        let keys = r#"{"count": 5, "no": [], "none": {}, "on": ["a", {"b": null}]}"#;
        assert_eq!(written::<SPACED>(&value), keys);
        assert_eq!(written::<COMPACT>(&value), value.to_string());
    }

    proptest! {
        #[test]
        fn hostile_text_is_one_line_and_says_the_same(key in hostile_text(), text in hostile_text()) {
            let value = json!({ key: [text] });
            let line = written::<SPACED>(&value);
            let harmful = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
            prop_assert!(!line.chars().any(harmful));
            prop_assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value.clone());
            prop_assert_eq!(serde_json::from_str::<Value>(&written::<COMPACT>(&value)).unwrap(), value);
        }
    }
}
