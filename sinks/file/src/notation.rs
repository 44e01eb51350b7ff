//! JSON as it stands in a log: in one line, harmless to terminals, and quickly written.
//!
//! What breaks lines, acts on terminals or reorders text is escaped as JSON escapes it, so that it
//! says the same.

use alert_core::{Value, json_line, one_line_into};

/// `{"count": 5, "on": ["a", "b"]}`: easy to read and to search.
pub(crate) const SPACED: bool = true;
/// `{"count":5,"on":["a","b"]}`.
pub(crate) const COMPACT: bool = false;

/// Appends an object of these entries.
pub(crate) fn object<'a, const SPACES: bool>(
    entries: impl Iterator<Item = (&'a str, &'a Value)>,
    out: &mut Vec<u8>,
) {
    out.push(b'{');
    let mut first = true;
    for (key, entry) in entries {
        comma::<SPACES>(&mut first, out);
        string(key, out);
        out.extend_from_slice(if SPACES { b": " } else { b":" });
        value::<SPACES>(entry, out);
    }
    out.push(b'}');
}

/// Appends a value. As deep as contexts take it, which no stack is too small for.
fn value<const SPACES: bool>(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => string(text, out),
        Value::List(items) => {
            out.push(b'[');
            let mut first = true;
            for item in items {
                comma::<SPACES>(&mut first, out);
                self::value::<SPACES>(item, out);
            }
            out.push(b']');
        }
        Value::Map(entries) => {
            object::<SPACES>(entries.iter().map(|(key, value)| (&**key, value)), out);
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) => {
            // A scalar has no text in it, and writing it to memory does not fail.
            let _ = serde_json::to_writer(out, value);
        }
        other => {
            let json = serde_json::to_string(other).unwrap_or_else(|_| "null".to_owned());
            out.extend_from_slice(json_line(&json).as_bytes());
        }
    }
}

#[inline]
fn comma<const SPACES: bool>(first: &mut bool, out: &mut Vec<u8>) {
    if !*first {
        out.extend_from_slice(if SPACES { b", " } else { b"," });
    }
    *first = false;
}

/// Appends a text as a JSON string.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    if is_plain(text) {
        out.extend_from_slice(text.as_bytes());
    } else {
        for (index, piece) in text.split('"').enumerate() {
            if index > 0 {
                out.extend_from_slice(b"\\\"");
            }
            one_line_into(piece, out);
        }
    }
    out.push(b'"');
}

/// Appends a text that may stand in a line, without quotation marks.
pub(crate) fn bare(text: &str, out: &mut Vec<u8>) {
    if is_plain(text) {
        out.extend_from_slice(text.as_bytes());
    } else {
        one_line_into(text, out);
    }
}

/// Whether a glance shows that there is nothing to escape, as in most texts of ASCII.
#[inline]
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    // The last block may overlap the one before, so that nothing is left over.
    if let Some(last) = bytes.last_chunk::<16>() {
        let (blocks, _) = bytes.as_chunks::<16>();
        blocks.iter().all(is_plain_block) && is_plain_block(last)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        is_plain_block(first) & is_plain_block(last)
    } else {
        bytes.iter().all(|b| !is_suspect(*b))
    }
}

/// A loop over a fixed block becomes a few vector instructions.
#[inline]
fn is_plain_block<const N: usize>(block: &[u8; N]) -> bool {
    !block.iter().fold(false, |any, b| any | is_suspect(*b))
}

#[inline]
fn is_suspect(b: u8) -> bool {
    // As a signed number, what is beyond ASCII is below the space too.
    (b.cast_signed() < 0x20) | (b == b'"') | (b == b'\\') | (b == 0x7f)
}

#[cfg(test)]
mod tests {
    use alert_core::{Alert, one_line};
    use alert_testkit::strategy::hostile_text;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;

    fn written<const SPACES: bool>(value: &Value) -> String {
        let mut out = Vec::new();
        self::value::<SPACES>(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn spaces_stand_where_people_search_for_them() {
        let json =
            json!({ "count": 5, "on": ["a", { "b": null }], "none": {}, "no": [], "x": -0.5 });
        let value = Value::from(json.clone());
        let spaced = r#"{"count": 5, "no": [], "none": {}, "on": ["a", {"b": null}], "x": -0.5}"#;
        assert_eq!(written::<SPACED>(&value), spaced);
        assert_eq!(written::<COMPACT>(&value), json.to_string());
    }

    #[test]
    fn a_glance_overlooks_no_character() {
        for c in '\0'..=char::MAX {
            let plain = one_line(c.encode_utf8(&mut [0; 4])) == c.to_string() && c != '"';
            for before in [0, 3, 7, 8, 15, 16, 40] {
                let text = format!("{}{c}{}", "x".repeat(before), "y".repeat(before / 2));
                assert!(
                    plain || !is_plain(&text),
                    "U+{:04X} after {before}",
                    c as u32
                );
                assert_eq!(is_plain(&text), plain && c.is_ascii());
            }
        }
    }

    #[test]
    fn what_json_cannot_say_is_written_as_the_alert_serializes_it() {
        let alert = Alert::info("t")
            .context("nan", f64::NAN)
            .context("max", u64::MAX)
            .context("wide", i128::MAX)
            .build();
        let mut out = Vec::new();
        object::<COMPACT>(alert.context().iter(), &mut out);
        assert_eq!(out, serde_json::to_vec(alert.context()).unwrap());
    }

    proptest! {
        #[test]
        fn hostile_text_is_one_line_and_says_the_same(key in hostile_text(), text in hostile_text()) {
            let json = json!({ key: [text] });
            // The context's own limits may cut the key; what it holds is what is written.
            let value = Value::from(json);
            let expected = serde_json::to_value(&value).unwrap();
            for line in [written::<SPACED>(&value), written::<COMPACT>(&value)] {
                let harmful = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
                prop_assert!(!line.chars().any(harmful));
                prop_assert_eq!(&serde_json::from_str::<Json>(&line).unwrap(), &expected);
            }
        }
    }
}
