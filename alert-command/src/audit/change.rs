//! What an audit entry changed, in one line.

use alert::JsonValue;

use crate::stored::value;

/// `note: key: before -> after`; of objects only what differs.
pub(super) fn change(
    before: Option<&JsonValue>,
    after: Option<&JsonValue>,
    note: Option<&str>,
) -> String {
    let changed = match (before, after) {
        (None, None) => String::new(),
        (None, Some(after)) => format!("-> {}", compact(after)),
        (Some(before), None) => format!("{} -> nothing", compact(before)),
        (Some(JsonValue::Object(before)), Some(JsonValue::Object(after))) => {
            let keys = before
                .keys()
                .chain(after.keys().filter(|key| !before.contains_key(*key)));
            let changes = keys
                .filter(|key| before.get(*key) != after.get(*key))
                .map(|key| {
                    let side = |side: Option<&JsonValue>| side.map_or("nothing".to_owned(), value);
                    format!(
                        "{key}: {} -> {}",
                        side(before.get(key)),
                        side(after.get(key))
                    )
                });
            changes.collect::<Vec<_>>().join(", ")
        }
        (Some(before), Some(after)) if before == after => String::new(),
        (Some(before), Some(after)) => format!("{} -> {}", compact(before), compact(after)),
    };
    match note {
        None | Some("") => changed,
        Some(note) if changed.is_empty() => note.to_owned(),
        Some(note) => format!("{note} ({changed})"),
    }
}

/// An object as its entries, anything else as it is.
fn compact(json: &JsonValue) -> String {
    match json {
        JsonValue::Object(entries) => {
            let said = entries.iter().filter(|(_, entry)| !entry.is_null());
            let told = said.map(|(key, entry)| format!("{key}: {}", value(entry)));
            told.collect::<Vec<_>>().join(", ")
        }
        other => value(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_objects_only_what_differs_is_told() {
        let before = json!({ "acked_by": null, "count": 3, "old": 1 });
        let after = json!({ "acked_by": "ann", "count": 3, "new": [2] });
        assert_eq!(
            change(Some(&before), Some(&after), None),
            "acked_by: null -> ann, old: 1 -> nothing, new: nothing -> [2]"
        );
        assert_eq!(change(Some(&after), Some(&after), None), "");
    }

    #[test]
    fn what_comes_goes_or_is_no_object_is_told_whole() {
        let silence = json!({ "matches": { "source": "billing-*" }, "note": null });
        assert_eq!(
            change(None, Some(&silence), None),
            "-> matches: {\"source\":\"billing-*\"}"
        );
        assert_eq!(change(Some(&json!("on")), None, None), "on -> nothing");
        assert_eq!(change(Some(&json!(1)), Some(&json!(2)), None), "1 -> 2");
        assert_eq!(change(None, None, None), "");
    }

    #[test]
    fn a_note_comes_first() {
        assert_eq!(change(None, None, Some("looking")), "looking");
        assert_eq!(
            change(Some(&json!(1)), Some(&json!(2)), Some("looking")),
            "looking (1 -> 2)"
        );
        assert_eq!(change(None, Some(&json!(2)), Some("")), "-> 2");
    }
}
