//! Why Discord refuses what a message says, and which of its embeds is to blame.

use std::collections::BTreeMap;

use alert_core::{SinkError, Text, fit, terminal};
use serde_json::Value;

use crate::reply::Reply;

/// How many reasons are told.
const REASONS: usize = 3;
const LONGEST: Text = Text::chars(200);

/// What of a message comes from a setting, by its name in the message and in the configuration; the
/// rest is text. A content is nothing but mentions.
const SETTINGS: [(&str, &str); 8] = [
    ("username", "username"),
    ("avatar_url", "avatar_url"),
    ("thread_name", "thread_name"),
    ("applied_tags", "applied_tags"),
    ("thread_id", "thread_id"),
    ("content", "mention"),
    ("allowed_mentions", "mention"),
    ("flags", "silent"),
];

/// A refusal of a message for what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The embeds that are to blame, if the answer names any, each with why.
    pub(crate) embeds: BTreeMap<usize, String>,
    /// Whether it is the length that is refused.
    pub(crate) too_long: bool,
    /// Why, in one line for a person.
    pub(crate) why: String,
    pub(crate) word: Option<&'static str>,
}

impl Refusal {
    /// What an answer of 400 says of the parts of the message; `Err` with the setting that is
    /// refused, and why.
    pub(crate) fn read(
        reply: &Reply,
        word: Option<&'static str>,
    ) -> Result<Refusal, (&'static str, String)> {
        let mut leaves = Vec::new();
        walk(&reply.json["errors"], String::new(), &mut leaves);
        if let Some((setting, leaf)) = leaves.iter().find_map(|leaf| {
            let first = leaf.path.split('.').next().unwrap_or_default();
            let (_, setting) = SETTINGS.iter().find(|(part, _)| *part == first)?;
            Some((*setting, leaf))
        }) {
            return Err((setting, leaf.words.clone()));
        }
        // Without a version in the path, and from some proxies: a list of the bad ones.
        let flat = reply.json["embeds"].as_array().into_iter().flatten();
        let flat = flat.filter_map(|index| match index {
            Value::String(text) => text.parse().ok(),
            other => usize::try_from(other.as_u64()?).ok(),
        });
        let mut embeds: BTreeMap<usize, String> = flat
            .map(|index| (index, "it is malformed".to_owned()))
            .collect();
        for leaf in &leaves {
            if let Some(index) = leaf.embed() {
                let why = embeds.entry(index).or_default();
                if why.is_empty() {
                    *why = leaf.to_string();
                } else if why.matches("; ").count() + 1 < REASONS {
                    why.push_str(&format!("; {leaf}"));
                }
            }
        }
        let reasons: Vec<String> = leaves.iter().take(REASONS).map(Leaf::to_string).collect();
        let why = match (reasons.is_empty(), embeds.is_empty()) {
            (false, _) => reasons.join("; "),
            (true, false) => "it is malformed".to_owned(),
            (true, true) => reply.shown.clone(),
        };
        Ok(Refusal {
            embeds,
            too_long: !leaves.is_empty() && leaves.iter().all(Leaf::is_length),
            why,
            word,
        })
    }

    /// Why the alert of this embed is refused.
    pub(crate) fn error(&self, index: Option<usize>) -> SinkError {
        let why = index.and_then(|index| self.embeds.get(&index));
        let error = SinkError::rejected(format!(
            "discord refuses the alert: {}",
            why.unwrap_or(&self.why)
        ));
        match self.word {
            Some(word) => error.code(word),
            None => error,
        }
    }
}

/// One reason, at a place of the message.
struct Leaf {
    path: String,
    code: String,
    words: String,
}

impl Leaf {
    fn embed(&self) -> Option<usize> {
        let rest = self.path.strip_prefix("embeds.")?;
        rest.split('.').next()?.parse().ok()
    }

    fn is_length(&self) -> bool {
        ["LENGTH", "SIZE"]
            .iter()
            .any(|word| self.code.contains(word))
    }
}

impl std::fmt::Display for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.words)
    }
}

/// Every list of reasons in the tree, with its path.
fn walk(tree: &Value, path: String, leaves: &mut Vec<Leaf>) {
    let Some(object) = tree.as_object() else {
        return;
    };
    for (key, inside) in object {
        if key == "_errors" {
            for reason in inside.as_array().into_iter().flatten() {
                let words = reason["message"].as_str().unwrap_or("refused");
                leaves.push(Leaf {
                    path: shown(&path),
                    code: reason["code"].as_str().unwrap_or_default().to_owned(),
                    words: shown(words),
                });
            }
            continue;
        }
        let path = match path.is_empty() {
            true => key.clone(),
            false => format!("{path}.{key}"),
        };
        // The parser has a limit on the depth, so this ends.
        walk(inside, path, leaves);
    }
}

fn shown(text: &str) -> String {
    let text = fit(text.trim().trim_end_matches('.'), LONGEST, "…");
    terminal(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<Refusal, (&'static str, String)> {
        let reply = Reply {
            status: 400,
            json: body,
            shown: "its own words".to_owned(),
            ..Reply::default()
        };
        Refusal::read(&reply, Some("discord-50035"))
    }

    #[test]
    fn the_bad_embeds_are_found_with_path_and_reason() {
        let refusal = read(json!({ "code": 50035, "message": "Invalid Form Body", "errors": {
            "embeds": {
                "2": { "fields": { "1": { "value": { "_errors": [
                    { "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 1024 or fewer in length." }
                ] } } } },
                "0": { "timestamp": { "_errors": [{ "code": "X", "message": "not\na time" }] } },
            }
        } }))
        .unwrap();
        assert_eq!(refusal.embeds.keys().copied().collect::<Vec<_>>(), [0, 2]);
        assert!(!refusal.too_long);
        let error = refusal.error(Some(2));
        assert_eq!(
            error.to_string(),
            "discord refuses the alert: embeds.2.fields.1.value: Must be 1024 or fewer in length"
        );
        assert_eq!(error.code_word(), Some("discord-50035"));
        assert!(
            refusal
                .error(Some(0))
                .to_string()
                .ends_with("embeds.0.timestamp: not\\na time")
        );
    }

    #[test]
    fn a_reason_without_an_embed_is_of_the_whole() {
        let all = json!({ "errors": { "embeds": { "_errors": [
            { "code": "MAX_EMBED_SIZE_EXCEEDED", "message": "Embed size exceeds maximum size of 6000" }
        ] } } });
        let refusal = read(all).unwrap();
        assert!(refusal.embeds.is_empty() && refusal.too_long);
        assert!(
            refusal
                .error(None)
                .to_string()
                .contains("embeds: Embed size")
        );
        let bare = read(json!({ "message": "no" })).unwrap();
        assert!(bare.embeds.is_empty() && !bare.too_long && bare.why == "its own words");
    }

    #[test]
    fn the_flat_form_names_an_index() {
        let refusal = read(json!({ "embeds": ["1"] })).unwrap();
        assert_eq!(refusal.embeds.keys().copied().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_refused_setting_is_named() {
        for (part, setting) in SETTINGS {
            let body = json!({ "errors": { part: { "_errors": [{ "message": "No." }] } } });
            assert_eq!(read(body).unwrap_err(), (setting, "No".to_owned()));
        }
    }
}
