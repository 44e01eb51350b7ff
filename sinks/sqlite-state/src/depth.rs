//! How deeply values may be nested.

use alert_core::JsonValue;

/// Deeper ones cannot be read back (the limit of serde_json), and to write one can take more stack
/// than a thread has.
pub(crate) const MOST: usize = 127;

/// Whether arrays and objects stand in each other more often than that.
pub(crate) fn is_too_deep(value: &JsonValue) -> bool {
    exceeds(value, MOST)
}

fn exceeds(value: &JsonValue, most: usize) -> bool {
    let inside = |one: &JsonValue| exceeds(one, most.saturating_sub(1));
    match value {
        JsonValue::Array(items) => most == 0 || items.iter().any(inside),
        JsonValue::Object(entries) => most == 0 || entries.values().any(inside),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> JsonValue {
        (0..depth).fold(JsonValue::Null, |inner, level| match level % 2 {
            0 => JsonValue::Array(vec![inner]),
            _ => serde_json::json!({ "a": 1, "in": inner }),
        })
    }

    #[test]
    fn exactly_what_can_be_read_back_is_not_too_deep() {
        for depth in [0, 1, MOST - 1, MOST, MOST + 1, MOST + 9] {
            let value = nested(depth);
            let read = serde_json::from_str::<JsonValue>(&value.to_string());
            assert_eq!(is_too_deep(&value), read.is_err(), "{depth}");
        }
    }
}
