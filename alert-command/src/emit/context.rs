//! Context from what was typed.

use std::fmt;

use alert::{AlertBuilder, Value};
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::error::Category;

/// A value that is JSON keeps its type; any other is text, also an integer that does not fit into
/// 64 bits, which keeps its digits so.
pub(super) fn value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Float(_)) if is_integer(text) => text.trim().to_owned().into(),
        Ok(value) => value,
        Err(_) => text.to_owned().into(),
    }
}

pub(crate) fn is_integer(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds the entries of a JSON object, one by one, so that what is beyond the limits is counted.
///
/// # Errors
/// If it is no object: why.
pub(super) fn object(alert: AlertBuilder, text: &str) -> Result<AlertBuilder, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = json.deserialize_map(Entries(alert));
    let read = read.and_then(|alert| json.end().map(|()| alert));
    read.map_err(|error| {
        // Of serde_json's words only those that repeat nothing of the text.
        match error.classify() {
            Category::Eof => "the text ends too early".to_owned(),
            Category::Data => "it is JSON, but no object".to_owned(),
            _ => format!("line {}, column {}", error.line(), error.column()),
        }
    })
}

struct Entries(AlertBuilder);

impl<'de> Visitor<'de> for Entries {
    type Value = AlertBuilder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AlertBuilder, A::Error> {
        let mut alert = self.0;
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            alert = alert.context_value(key, value);
        }
        Ok(alert)
    }
}

#[cfg(test)]
mod tests {
    use alert::Alert;

    use super::*;

    fn read(text: &str) -> Result<Alert, String> {
        object(Alert::info("t"), text).map(AlertBuilder::build)
    }

    #[test]
    fn a_value_that_is_json_keeps_its_type() {
        assert_eq!(value("5"), Value::Int(5));
        assert_eq!(value("-0.5"), Value::Float(-0.5));
        assert_eq!(value("true"), Value::Bool(true));
        assert_eq!(value("null"), Value::Null);
        assert_eq!(value(r#""5""#), Value::from("5"));
        assert_eq!(value("[1]"), vec![Value::Int(1)].into());
    }

    #[test]
    fn any_other_value_is_text() {
        for text in ["", "five", "007", "5 percent", "{", "NaN", "'5'", "/a/b"] {
            assert_eq!(value(text), Value::from(text.to_owned()));
        }
    }

    #[test]
    fn a_large_integer_keeps_its_digits() {
        let digits = "123456789012345678901234567890";
        assert_eq!(value(digits), Value::from(digits));
        assert_eq!(value("18446744073709551615"), Value::UInt(u64::MAX));
    }

    #[test]
    fn a_hundred_thousand_levels_are_cut_with_a_mark() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(value(&text).to_string().contains("deeper levels cut"));
        let alert = read(&format!("{{\"a\":{text}}}")).unwrap();
        let kept = alert.context().get("a").unwrap().to_string();
        assert!(kept.contains("deeper levels cut"), "{kept}");
    }

    #[test]
    fn what_is_no_object_is_refused_without_being_repeated() {
        for (text, why) in [
            ("hunter2", "line 1, column 1"),
            ("[1]", "it is JSON, but no object"),
            (r#"{"a":"#, "the text ends too early"),
            (r#"{"a":1}}"#, "line 1, column 8"),
        ] {
            assert_eq!(read(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn entries_beyond_the_limit_are_counted() {
        let entries: Vec<_> = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect();
        let alert = read(&format!("{{{}}}", entries.join(","))).unwrap();
        assert_eq!(alert.context().get("k999"), Some(&Value::Int(999)));
        let note = alert.context().iter().last().unwrap().1;
        assert_eq!(note, &Value::from("99,000 more entries cut"));
    }
}
