//! Making values of what is there.

use std::borrow::Cow;

use super::capture::capture;
use super::value::{float, wide};
use super::{Context, Value};

macro_rules! from_integer {
    ($($narrow:ty),* ; $($wide:ty),*) => {
        $(impl From<$narrow> for Value {
            fn from(number: $narrow) -> Value {
                Value::Int(i64::from(number))
            }
        })*
        $(impl From<$wide> for Value {
            fn from(number: $wide) -> Value {
                wide(number as i128)
            }
        })*
    };
}

from_integer!(i8, i16, i32, i64, u8, u16, u32; u64, isize, usize);

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Bool(truth)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        float(number)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Value {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(Cow::Owned(text))
    }
}

impl From<Cow<'static, str>> for Value {
    fn from(text: Cow<'static, str>) -> Value {
        Value::Text(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// Within the limits of [`Context`], also if the JSON is nested too deep to be dropped in the usual way.
impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Value {
        let kept = capture(&json, Context::MAX_BYTES);
        let mut rest = vec![json];
        while let Some(json) = rest.pop() {
            match json {
                serde_json::Value::Array(items) => rest.extend(items),
                serde_json::Value::Object(map) => rest.extend(map.into_iter().map(|(_, v)| v)),
                _ => {}
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_taken_over_within_the_limits() {
        let json = json!({"a": [1, u64::MAX, -0.5, null, "x"], "b": {"c": false}});
        assert_eq!(Value::from(json.clone()).to_string(), json.to_string());
        let long = Value::from(json!(vec![0; 5_000]));
        assert_eq!(long.as_list().unwrap().len(), Context::MAX_NESTED + 1);
    }

    #[test]
    fn json_of_a_hundred_thousand_levels_overflows_no_stack() {
        let mut json = json!(1);
        let mut value = Value::Int(1);
        for _ in 0..100_000 {
            json = serde_json::Value::Array(vec![json]);
            value = Value::List(vec![value]);
        }
        let kept = Value::from(json);
        assert!(kept.to_string().contains("deeper levels cut"), "{kept}");
        assert_eq!(value.bounded(10_000), kept);
    }
}
