//! The names of fields, and which ones a config may add.

use alert_core::{Context, terminal};

/// What every event has, in this order; the context keys of a config follow.
pub(crate) const FIXED: [&str; 10] = [
    "message",
    "alert.id",
    "alert.title",
    "alert.message",
    "alert.source",
    "alert.dedup_key",
    "alert.context",
    "alert.status",
    "alert.time",
    "alert.links",
];

/// How many fields a config may add.
const MOST: usize = 32;
/// How many bytes a target may have.
const LONGEST_TARGET: usize = 256;

/// What is wrong with a target and context keys, each with the config's key. What passes is kept
/// until the process ends, so it is bounded.
pub(crate) fn mistakes(target: &str, keys: &[String]) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if target.is_empty() {
        found.push(("target", "the target is empty".to_owned()));
    } else if target.len() > LONGEST_TARGET {
        let text = format!("the target is longer than {LONGEST_TARGET} bytes");
        found.push(("target", text));
    }
    if keys.len() > MOST {
        let text = format!("{} fields are too many, {MOST} are possible", keys.len());
        found.push(("fields", text));
        return found;
    }
    for (index, key) in keys.iter().enumerate() {
        let shown = terminal(key);
        let text = if key.is_empty() {
            "a field's name is empty".to_owned()
        } else if key.len() > Context::MAX_KEY {
            format!(
                "a field's name is longer than {} bytes, as no context key is",
                Context::MAX_KEY
            )
        } else if FIXED.contains(&key.as_str()) {
            format!("every event has a field `{shown}` already")
        } else if keys[..index].contains(key) {
            format!("the field `{shown}` is named twice")
        } else {
            continue;
        };
        found.push(("fields", text));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn all_that_is_wrong_is_found_at_once() {
        let found = mistakes("", &keys(&["", "alert.id", "a", "a", "b"]));
        let texts: Vec<_> = found
            .iter()
            .map(|(key, text)| format!("{key}: {text}"))
            .collect();
        assert_eq!(
            texts,
            [
                "target: the target is empty",
                "fields: a field's name is empty",
                "fields: every event has a field `alert.id` already",
                "fields: the field `a` is named twice",
            ]
        );
        assert!(mistakes("alert", &keys(&["count", "host.name"])).is_empty());
    }

    #[test]
    fn what_would_be_kept_for_ever_is_bounded() {
        let many: Vec<_> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(mistakes("alert", &many).len(), 1);
        assert_eq!(mistakes(&"t".repeat(1_000), &["k".repeat(1_000)]).len(), 2);
    }
}
