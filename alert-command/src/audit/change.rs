//! What an audit entry changed, in one line.

use alert::JsonValue;
use alert::sinks::sqlite_state::AuditEntry;

use crate::stored::value;

/// `note (key: before -> after)`; of objects only what differs, and nothing that the entry says
/// already.
pub(super) fn change(entry: &AuditEntry) -> String {
    let (actor, note) = (entry.actor.as_str(), entry.note.as_deref());
    let told = |json: &JsonValue| {
        json.as_str()
            .is_some_and(|text| text == actor || Some(text) == note)
    };
    noted(
        &changed(entry.before.as_ref(), entry.after.as_ref(), told),
        note,
    )
}

fn changed(
    before: Option<&JsonValue>,
    after: Option<&JsonValue>,
    told: impl Fn(&JsonValue) -> bool,
) -> String {
    match (before, after) {
        (None, None) => String::new(),
        (None, Some(after)) => compact(after, told),
        (Some(before), None) => format!("{} -> nothing", compact(before, told)),
        (Some(JsonValue::Object(before)), Some(JsonValue::Object(after))) => {
            let keys = before
                .keys()
                .chain(after.keys().filter(|key| !before.contains_key(*key)));
            let changes = keys.filter(|key| {
                let after = after.get(*key);
                before.get(*key) != after && !after.is_some_and(&told)
            });
            let changes = changes.map(|key| {
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
        (Some(before), Some(after)) => arrow(&compact(before, &told), &compact(after, &told)),
    }
}

fn arrow(before: &str, after: &str) -> String {
    match (before, after) {
        ("", "") => String::new(),
        ("", after) => format!("nothing -> {after}"),
        (before, after) => format!("{before} -> {after}"),
    }
}

fn noted(changed: &str, note: Option<&str>) -> String {
    match note {
        None | Some("") => changed.to_owned(),
        Some(note) if changed.is_empty() => note.to_owned(),
        Some(note) => format!("{note} ({changed})"),
    }
}

/// An object as its entries, anything else as it is.
fn compact(json: &JsonValue, told: impl Fn(&JsonValue) -> bool) -> String {
    match json {
        JsonValue::Object(entries) => {
            let said = entries
                .iter()
                .filter(|(_, entry)| !entry.is_null() && !told(entry));
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

    fn change(before: Option<&JsonValue>, after: Option<&JsonValue>, note: Option<&str>) -> String {
        let told = |json: &JsonValue| json.as_str().is_some_and(|text| Some(text) == note);
        noted(&changed(before, after, told), note)
    }

    #[test]
    fn of_objects_only_what_differs_is_told() {
        let before = json!({ "acked_by": null, "count": 3, "old": 1 });
        let after = json!({ "acked_by": "ann", "count": 3, "new": [2] });
        assert_eq!(
            change(Some(&before), Some(&after), None),
            "acked_by: null -> ann, old: 1 -> nothing, new: nothing -> [2]"
        );
        assert_eq!(change(Some(&after), Some(&after), None), "");
        assert_eq!(
            change(Some(&before), Some(&after), Some("ann")),
            "ann (old: 1 -> nothing, new: nothing -> [2])",
            "what is said already is not said again"
        );
    }

    #[test]
    fn what_comes_goes_or_is_no_object_is_told_whole() {
        let silence = json!({ "matches": { "source": "billing-*" }, "note": null, "why": "x" });
        assert_eq!(
            change(None, Some(&silence), Some("x")),
            "x (matches: {\"source\":\"billing-*\"})"
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
        assert_eq!(change(None, Some(&json!(2)), Some("")), "2");
    }
}
