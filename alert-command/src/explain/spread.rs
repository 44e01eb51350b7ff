//! JSON with a line for each part of it.

use std::borrow::Cow;

use serde::de::IgnoredAny;

const INDENT: &str = "  ";

/// An object or a list in JSON, spread over lines. Its texts, numbers and their order stay as they
/// are written, which a parser might change. Anything else is returned as it is.
pub(super) fn spread(text: &str) -> Cow<'_, str> {
    let json = text.trim();
    // That it nests no deeper than the parser's limit bounds the indentation.
    if !json.starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(json).is_err() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for c in json.chars() {
        if in_text {
            out.push(c);
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        let opened = out.ends_with(['{', '[']);
        match c {
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !opened {
                    line(&mut out, depth);
                }
                out.push(c);
                continue;
            }
            c if c.is_ascii_whitespace() => continue,
            _ => {}
        }
        if opened {
            line(&mut out, depth);
        }
        out.push(c);
        match c {
            '{' | '[' => depth += 1,
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            '"' => in_text = true,
            _ => {}
        }
    }
    Cow::Owned(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(INDENT, depth));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn json_is_spread_as_others_spread_it() {
        for value in [
            json!({}),
            json!([]),
            json!([[], {}, [1, -2.5e3, true, null]]),
            json!({ "a": { "b": [{ "c": "{ [ , : \" \\ \\\"" }], "d": {} }, "e": "\n\\" }),
        ] {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            assert_eq!(spread(&value.to_string()), pretty);
            assert_eq!(spread(&pretty), pretty);
            assert_eq!(
                serde_json::from_str::<Value>(&spread(&pretty)).unwrap(),
                value
            );
        }
    }

    #[test]
    fn what_a_parser_would_change_stays_as_it_is_written() {
        assert_eq!(
            spread(r#" {"b":1.0000000000000000000001,"a":"\u0041","a":[ ]} "#),
            "{\n  \"b\": 1.0000000000000000000001,\n  \"a\": \"\\u0041\",\n  \"a\": []\n}"
        );
    }

    #[test]
    fn what_is_no_json_is_not_touched() {
        for text in [
            "",
            "{",
            "plain, {text}",
            "{\"a\":1} and more",
            "1",
            "\"a,b\"",
        ] {
            assert!(matches!(spread(text), Cow::Borrowed(same) if same == text));
        }
    }
}
