//! Keeping text from elsewhere on its line, and in its reading order.
//!
//! Escaped are: C0 (also line feed, carriage return, tab), DEL, C1 (also U+0085), the line and paragraph separators U+2028
//! and U+2029, the bidirectional controls U+061C, U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069, and U+FEFF. That is
//! more than every place where Python's `splitlines` breaks, and all that makes a terminal act or reorder.
//!
//! The escapes are those of JSON strings: `\n`, `\r`, `\t`, else `\u` and four hexadecimal digits.

use std::borrow::Cow;
use std::fmt;

/// Makes a text one line: what would break, act or reorder is escaped, and the backslash is doubled.
///
/// So the escape is unambiguous: a JSON decoder that is given the result (with its quotation marks escaped) finds the text
/// again. Escaped are control characters with DEL and C1, every line separator, bidirectional controls and U+FEFF. Text that
/// has none of them comes back as it is, after one fast scan.
///
/// ```
/// assert_eq!(alert_core::one_line("a\nb \u{202e}c"), r"a\nb \u202ec");
/// ```
pub fn one_line(text: &str) -> Cow<'_, str> {
    Form::OneLine.cow(text)
}

/// Appends [`one_line`] of a text without an allocation of its own.
pub fn one_line_into(text: &str, out: &mut Vec<u8>) {
    Form::OneLine.write(text, |piece| out.extend_from_slice(piece.as_bytes()));
}

/// Makes text from elsewhere safe to show to a person: like [`one_line`], but a backslash stays as it is.
///
/// So a path reads well, and the text cannot be told from one that had the escape in it.
pub fn terminal(text: &str) -> Cow<'_, str> {
    Form::Terminal.cow(text)
}

/// Makes compact JSON text one harmless line, by escapes of JSON, so that it says the same.
///
/// JSON itself escapes C0; this adds the rest of what [`one_line`] escapes. It may be given a whole text or pieces of the
/// strings in it.
pub fn json_line(json: &str) -> Cow<'_, str> {
    Form::Json.cow(json)
}

/// Appends [`json_line`] of a text without an allocation of its own.
pub fn json_line_into(json: &str, out: &mut Vec<u8>) {
    Form::Json.write(json, |piece| out.extend_from_slice(piece.as_bytes()));
}

/// Shows [`one_line`] of a text without an allocation.
#[derive(Debug, Clone, Copy)]
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        Form::OneLine.write(self.0, |piece| {
            if result.is_ok() {
                result = f.write_str(piece);
            }
        });
        result
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    OneLine,
    Terminal,
    Json,
}

/// A character to be escaped, by its bytes.
struct Hit {
    begin: usize,
    end: usize,
    code: u32,
}

/// So many bytes are looked at together; a loop over a fixed block becomes vector instructions.
const BLOCK: usize = 32;

/// Whether a character that begins with this byte may be one to escape. Few do, in any script.
#[inline]
fn suspect(byte: u8) -> bool {
    let begins = |lead: u8| byte == lead;
    (byte < 0x20)
        | begins(0x7f)
        | begins(b'\\')
        | begins(0xc2)
        | begins(0xd8)
        | begins(0xe2)
        | begins(0xef)
}

impl Form {
    fn cow(self, text: &str) -> Cow<'_, str> {
        if self.find(text.as_bytes(), 0).is_none() {
            return Cow::Borrowed(text);
        }
        let mut escaped = String::with_capacity(text.len() + 16);
        self.write(text, |piece| escaped.push_str(piece));
        Cow::Owned(escaped)
    }

    #[inline]
    fn write(self, text: &str, mut out: impl FnMut(&str)) {
        let mut done = 0;
        while let Some(hit) = self.find(text.as_bytes(), done) {
            out(&text[done..hit.begin]);
            match hit.code {
                0x09 => out("\\t"),
                0x0a => out("\\n"),
                0x0d => out("\\r"),
                0x5c => out("\\\\"),
                code => {
                    let digit = |shift: u32| {
                        char::from_digit(code >> shift & 0xf, 16).unwrap_or_default() as u8
                    };
                    let digits = [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)];
                    // ASCII alone, so this is never the empty text.
                    out(std::str::from_utf8(&digits).unwrap_or_default());
                }
            }
            done = hit.end;
        }
        out(&text[done..]);
    }

    fn find(self, bytes: &[u8], from: usize) -> Option<Hit> {
        let mut at = from;
        while at < bytes.len() {
            while let Some(block) = bytes.get(at..at + BLOCK) {
                if block.iter().fold(false, |any, b| any | suspect(*b)) {
                    break;
                }
                at += BLOCK;
            }
            let end = bytes.len().min(at + BLOCK);
            for begin in at..end {
                if suspect(bytes[begin])
                    && let Some((length, code)) = self.escapes(&bytes[begin..])
                {
                    let end = begin + length;
                    return Some(Hit { begin, end, code });
                }
            }
            at = end;
        }
        None
    }

    /// The length and code of the character that begins here, if it is one to escape.
    #[inline]
    fn escapes(self, bytes: &[u8]) -> Option<(usize, u32)> {
        let follows = |n: usize| bytes.get(n).copied().unwrap_or(0);
        match bytes[0] {
            b'\\' => (self == Form::OneLine).then_some((1, 0x5c)),
            c @ 0..0x20 => (self != Form::Json).then_some((1, u32::from(c))),
            0x7f => Some((1, 0x7f)),
            0xc2 => match follows(1) {
                c @ 0x80..0xa0 => Some((2, u32::from(c))),
                _ => None,
            },
            0xd8 => (follows(1) == 0x9c).then_some((2, 0x61c)),
            0xe2 => match (follows(1), follows(2)) {
                (0x80, c @ (0x8e | 0x8f | 0xa8..=0xae)) => Some((3, 0x2000 | u32::from(c & 0x3f))),
                (0x81, c @ 0xa6..=0xa9) => Some((3, 0x2040 | u32::from(c & 0x3f))),
                _ => None,
            },
            0xef => ((follows(1), follows(2)) == (0xbb, 0xbf)).then_some((3, 0xfeff)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What must never come out, by its meaning and not by its bytes.
    fn harmful(c: char) -> bool {
        let bidi = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{feff}'];
        let splits = ['\u{2028}', '\u{2029}'];
        c.is_control()
            || bidi.contains(&c)
            || splits.contains(&c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    }

    fn texts() -> impl Strategy<Value = String> {
        let c = prop_oneof![
            3 => any::<char>(),
            3 => prop::char::range('\0', '\u{a0}'),
            2 => prop::char::range('\u{2000}', '\u{2070}'),
            1 => prop::sample::select(vec!['\\', '\u{61c}', '\u{feff}', 'u', 'n', 'é', '😀']),
        ];
        prop::collection::vec(c, 0..120).prop_map(String::from_iter)
    }

    fn decode(escaped: &str) -> String {
        serde_json::from_str(&format!("\"{}\"", escaped.replace('"', "\\\""))).unwrap()
    }

    #[test]
    fn every_character_is_escaped_exactly_if_it_is_harmful_or_the_backslash() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let expected = harmful(c) || c == '\\';
            assert_eq!(one_line(&text) != text, expected, "U+{:04X}", c as u32);
            assert_eq!(terminal(&text) != text, harmful(c), "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn escapes_read_as_in_json() {
        assert_eq!(
            one_line("a\tb\r\nc\\n\u{1b}[0m\u{85}\u{2028}\u{feff}"),
            r"a\tb\r\nc\\n\u001b[0m\u0085\u2028\ufeff"
        );
        assert_eq!(terminal("C:\\new\n"), r"C:\new\n");
    }

    #[test]
    fn text_without_anything_to_escape_is_not_copied() {
        let text = "plain text, é and 😀 too, longer than one block of bytes";
        assert!(matches!(one_line(text), Cow::Borrowed(_)));
        assert!(matches!(terminal("back\\slash"), Cow::Borrowed(_)));
        assert!(matches!(json_line(r#"{"a":"\n"}"#), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn one_line_is_one_line_without_controls_and_can_be_undone(text in texts()) {
            let line = one_line(&text);
            prop_assert!(!line.chars().any(harmful), "{line:?}");
            prop_assert_eq!(decode(&line), text.as_str());
            prop_assert_eq!(OneLine(&text).to_string(), line.as_ref());
            let mut out = b"before".to_vec();
            one_line_into(&text, &mut out);
            prop_assert_eq!(out, format!("before{line}").into_bytes());
        }

        #[test]
        fn what_is_shown_to_people_has_no_controls(text in texts()) {
            prop_assert!(!terminal(&text).chars().any(harmful));
        }

        #[test]
        fn json_in_one_line_says_the_same(text in texts(), key in texts()) {
            let json = serde_json::json!({ key: [text] });
            let line = json_line(&json.to_string()).into_owned();
            prop_assert!(!line.chars().any(harmful), "{line:?}");
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), json);
        }
    }
}
