//! Context values as `tracing` takes them.

use alert_core::{Value, json_line};

/// A number or a truth as such, text as text, all else as JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shown<'a> {
    Nothing,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(&'a str),
    Json(String),
}

impl<'a> Shown<'a> {
    pub(crate) fn of(value: Option<&'a Value>) -> Self {
        match value {
            None | Some(Value::Null) => Shown::Nothing,
            Some(Value::Bool(truth)) => Shown::Bool(*truth),
            Some(Value::Int(number)) => Shown::Int(*number),
            Some(Value::UInt(number)) => Shown::UInt(*number),
            Some(Value::Float(number)) => Shown::Float(*number),
            Some(Value::Text(text)) => Shown::Text(text),
            Some(other) => Shown::json(other),
        }
    }

    /// As JSON in one line.
    pub(crate) fn json(value: &impl serde::Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(json) => Shown::Json(json_line(&json).into_owned()),
            // What an alert holds can be written; if not, the event says less.
            Err(_) => Shown::Nothing,
        }
    }

    /// A text, unless there is none.
    pub(crate) fn text(text: &'a str) -> Self {
        match text {
            "" => Shown::Nothing,
            text => Shown::Text(text),
        }
    }

    pub(crate) fn value(&self) -> Option<&dyn tracing_core::field::Value> {
        match self {
            Shown::Nothing => None,
            Shown::Bool(truth) => Some(truth),
            Shown::Int(number) => Some(number),
            Shown::UInt(number) => Some(number),
            Shown::Float(number) => Some(number),
            Shown::Text(text) => Some(text),
            Shown::Json(json) => Some(json),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_numbers_and_what_has_parts_becomes_json() {
        let list = Value::List(vec![1.into(), "a\u{2028}".into()]);
        assert_eq!(
            Shown::of(Some(&list)),
            Shown::Json(r#"[1,"a\u2028"]"#.into())
        );
        assert_eq!(Shown::of(Some(&5.into())), Shown::Int(5));
        assert_eq!(Shown::of(Some(&u64::MAX.into())), Shown::UInt(u64::MAX));
        assert_eq!(Shown::of(Some(&"x".into())), Shown::Text("x"));
        assert_eq!(Shown::of(None), Shown::Nothing);
        assert!(Shown::of(Some(&Value::Null)).value().is_none());
    }
}
