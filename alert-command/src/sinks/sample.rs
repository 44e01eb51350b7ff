//! A sample of a sink's table.

use alert::SinkKind;
use serde_json::Value;

use super::field::{self, Field};
use crate::opened::guarded;

/// The table of a sink of one type, with all its keys.
#[derive(Debug)]
pub(crate) struct Sample {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    text: String,
    /// Whether a sink works without it.
    optional: bool,
}

impl Sample {
    /// Made from the type's schema, so it is valid as far as that goes.
    pub(crate) fn of(kind: &SinkKind) -> Self {
        Self::with(kind.name(), &field::of(&schema(kind)))
    }

    pub(super) fn with(kind: &str, fields: &[Field]) -> Self {
        let needed = [format!("[sinks.my-{kind}]"), format!("type = \"{kind}\"")];
        let needed = needed.into_iter().map(|text| Line {
            text,
            optional: false,
        });
        let keys = fields.iter().map(|field| Line {
            text: format!("{} = {}", key(&field.name), toml(&field.example)),
            optional: !field.required,
        });
        Self {
            lines: needed.chain(keys).collect(),
        }
    }

    /// Its lines, also those that need not be there.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }

    /// A valid table, in which what need not be there is a comment.
    pub(super) fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| {
            let hash = if line.optional { "# " } else { "" };
            format!("{hash}{}\n", line.text)
        });
        lines.collect()
    }
}

/// What a type says of its keys; nothing, if its code panics over it.
pub(super) fn schema(kind: &SinkKind) -> Value {
    guarded(|| Ok(kind.schema())).unwrap_or_default()
}

/// A value of JSON the way TOML writes it.
pub(crate) fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        // TOML wants this character escaped, JSON does not.
        other => other.to_string().replace('\u{7f}', "\\u007f"),
    }
}

/// A key, in quotation marks where it needs them.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        toml(&name.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_toml_writes_them() {
        let value = serde_json::json!({ "a": [1, "b"], "c": {}, "d e": true });
        assert_eq!(toml(&value), r#"{ a = [1, "b"], c = {}, "d e" = true }"#);
        assert_eq!(toml(&"\u{7f}\"".into()), r#""\u007f\"""#);
    }
}
