//! A sample of a sink's table.

use serde_json::Value;

use super::field::Field;

/// The table of a sink of this type, with all its keys; those that need not be there are comments.
pub(super) fn of(kind: &str, fields: &[Field]) -> String {
    let mut sample = format!("[sinks.my-{kind}]\ntype = \"{kind}\"\n");
    for field in fields {
        let hash = if field.required { "" } else { "# " };
        let line = format!("{hash}{} = {}\n", field.name, toml(&field.example));
        sample.push_str(&line);
    }
    sample
}

/// A value of JSON the way TOML writes it.
pub(super) fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_toml_writes_them() {
        let value = serde_json::json!({ "a": [1, "b"], "c": {} });
        assert_eq!(toml(&value), r#"{ a = [1, "b"], c = {} }"#);
    }
}
