//! The keys of a sink's table, as its schema tells them.

use alert::{ConfigDuration, Size};
use serde::Serialize;
use serde_json::{Map, Value};

/// One key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Field {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) required: bool,
    /// Whether its value is shown nowhere.
    pub(super) secret: bool,
    pub(super) default: Option<Value>,
    pub(super) docs: String,
    /// A value that may stand there.
    pub(super) example: Value,
    /// Whether only some forms of its table have it, or need it.
    #[serde(skip)]
    pub(super) of_a_form: bool,
    /// If it is a table: the keys in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) keys: Vec<Field>,
}

/// Tables in tables are followed so far.
const DEEPEST: usize = 8;

/// The keys, those first that must be there. Of a choice between tables all keys are taken, and
/// required are those of the first.
pub(super) fn of(schema: &Value) -> Vec<Field> {
    within(schema, DEEPEST)
}

fn within(schema: &Value, depth: usize) -> Vec<Field> {
    if depth == 0 {
        return Vec::new();
    }
    let mut fields = properties(schema, depth);
    let forms = branches(schema).unwrap_or_default().iter();
    let forms: Vec<_> = forms
        .map(|form| properties(form, depth))
        .filter(|fields| !fields.is_empty())
        .collect();
    for (index, form) in forms.iter().enumerate() {
        for field in form {
            match fields.iter_mut().find(|other| other.name == field.name) {
                Some(other) => {
                    let kinds = [other.kind.clone(), field.kind.clone()];
                    other.kind = either(kinds.into_iter());
                }
                None => {
                    let needs = |form: &Vec<Field>| {
                        let mut needed = form.iter().filter(|other| other.required);
                        needed.any(|other| other.name == field.name)
                    };
                    fields.push(Field {
                        // The sample is one of the first form.
                        required: index == 0 && field.required,
                        of_a_form: !forms.iter().all(needs),
                        ..field.clone()
                    });
                }
            }
        }
    }
    fields.sort_by_key(|field| !field.required);
    fields
}

fn properties(schema: &Value, depth: usize) -> Vec<Field> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, property)| field(name, property, &schema["required"], depth))
        .collect()
}

fn field(name: &str, schema: &Value, required: &Value, depth: usize) -> Field {
    let required = required.as_array().into_iter().flatten();
    // Of a list of tables, the keys of each.
    let table = schema.get("items").unwrap_or(schema);
    Field {
        secret: schema["writeOnly"] == true,
        of_a_form: false,
        keys: within(table, depth - 1),
        name: name.to_owned(),
        kind: kind(schema),
        required: required.into_iter().any(|word| word == name),
        default: schema.get("default").cloned(),
        docs: schema["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        example: example(schema),
    }
}

/// What sort of value it is, in the words of TOML.
fn kind(schema: &Value) -> String {
    if let Some(kind) = shared(schema) {
        return kind.to_owned();
    }
    if let Some(words) = words(schema) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        return match words.as_slice() {
            [only] => only.clone(),
            words => format!("one of {}", words.join(", ")),
        };
    }
    if let Some(branches) = branches(schema) {
        return either(branches.iter().map(kind));
    }
    match &schema["type"] {
        Value::String(name) => plain(name, schema),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            either(names.map(|name| plain(name, schema)))
        }
        _ => "any value".to_owned(),
    }
}

fn plain(name: &str, schema: &Value) -> String {
    match name {
        "object" => "table".to_owned(),
        "array" => match kind(&schema["items"]).as_str() {
            "any value" => "list".to_owned(),
            item => format!("list of {item}"),
        },
        "integer" | "number" => format!("{name}{}", range(schema)),
        "string" if schema["writeOnly"] == true => "secret".to_owned(),
        other => other.to_owned(),
    }
}

/// `, at least 1`
fn range(schema: &Value) -> String {
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        (None, None) => String::new(),
    }
}

fn either(kinds: impl Iterator<Item = String>) -> String {
    let mut different = Vec::new();
    for kind in kinds {
        if !different.contains(&kind) {
            different.push(kind);
        }
    }
    different.join(" or ")
}

/// The types that all configs share are known by their patterns.
fn shared(schema: &Value) -> Option<&'static str> {
    let pattern = schema["pattern"].as_str()?;
    let is = |shared: Value| shared["pattern"] == pattern;
    if is(alert::schema_of::<ConfigDuration>()) {
        Some("duration with a unit")
    } else if is(alert::schema_of::<Size>()) {
        Some("size in bytes or with a unit")
    } else {
        None
    }
}

/// The values of a closed set.
fn words(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(word) = schema.get("const") {
        return Some(vec![word]);
    }
    if let Some(words) = schema["enum"].as_array() {
        return Some(words.iter().collect());
    }
    let branches = schema["oneOf"].as_array()?;
    let words: Option<Vec<_>> = branches.iter().map(words).collect();
    Some(words?.concat())
}

fn example(schema: &Value) -> Value {
    let given = schema["examples"]
        .as_array()
        .and_then(|examples| examples.first());
    let given = schema.get("default").or(given);
    if let Some(given) = given.or_else(|| words(schema)?.first().copied()) {
        return given.clone();
    }
    match schema["type"].as_str() {
        Some("integer") => schema.get("minimum").cloned().unwrap_or(1.into()),
        Some("number") => 1.0.into(),
        Some("boolean") => false.into(),
        Some("array") if schema["minItems"].as_u64().is_some_and(|least| least > 0) => {
            Value::Array(vec![example(&schema["items"])])
        }
        Some("array") => Value::Array(Vec::new()),
        Some("object") => table(schema),
        None => match branches(schema) {
            Some([first, ..]) => example(first),
            _ => "…".into(),
        },
        Some(_) => "…".into(),
    }
}

/// A table with what must be in it.
fn table(schema: &Value) -> Value {
    let required = schema["required"].as_array().into_iter().flatten();
    let entries = required.filter_map(Value::as_str).map(|name| {
        let example = example(&schema["properties"][name]);
        (name.to_owned(), example)
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

fn branches(schema: &Value) -> Option<&[Value]> {
    ["oneOf", "anyOf"]
        .into_iter()
        .find_map(|word| schema[word].as_array())
        .map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use alert::Secret;
    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::*;

    /// Rings.
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code, reason = "only its schema is looked at")]
    enum Tone {
        /// High.
        High,
        /// Low.
        Low,
    }

    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Bell {
        /// Which tone.
        tone: Option<Tone>,
        #[serde(default = "five")]
        rings: u8,
        token: Secret,
        pause: ConfigDuration,
        most: Option<Size>,
        names: Vec<String>,
        loud: Option<bool>,
        rope: Rope,
    }

    /// What it hangs on.
    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Rope {
        /// In metres.
        length: u8,
        knots: Vec<Knot>,
        colour: Option<String>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Knot {
        at: f64,
    }

    fn five() -> u8 {
        5
    }

    fn kinds_of(fields: &[Field]) -> Vec<(&str, &str)> {
        fields
            .iter()
            .map(|f| (f.name.as_str(), f.kind.as_str()))
            .collect()
    }

    #[test]
    fn a_schema_is_told_in_the_words_of_toml() {
        let fields = of(&alert::schema_of::<Bell>());
        assert_eq!(
            kinds_of(&fields),
            [
                ("names", "list of string"),
                ("pause", "duration with a unit"),
                ("rope", "table"),
                ("token", "secret"),
                ("loud", "boolean"),
                ("most", "size in bytes or with a unit"),
                ("rings", "integer from 0 to 255"),
                ("tone", r#"one of "high", "low""#),
            ]
        );
        assert_eq!(fields[6].default, Some(5.into()));
        assert_eq!(fields[7].docs, "Which tone.");
        assert_eq!(fields[1].example, "30s");
        assert!(fields[3].secret && !fields[0].secret);
    }

    #[test]
    fn the_keys_of_a_table_are_told_too() {
        let fields = of(&alert::schema_of::<Bell>());
        let rope = &fields[2];
        assert_eq!(
            kinds_of(&rope.keys),
            [
                ("knots", "list of table"),
                ("length", "integer from 0 to 255"),
                ("colour", "string"),
            ]
        );
        assert_eq!(kinds_of(&rope.keys[0].keys), [("at", "number")]);
        assert_eq!(
            rope.example,
            serde_json::json!({ "knots": [], "length": 0 })
        );
    }

    #[test]
    fn a_choice_between_tables_has_the_keys_of_all() {
        let schema = serde_json::json!({ "oneOf": [
            { "type": "object", "properties": { "to": { "const": "a" } }, "required": ["to"] },
            { "type": "object", "properties": { "to": { "const": "b" }, "port": { "type": "integer" } } },
        ]});
        assert_eq!(
            kinds_of(&of(&schema)),
            [("to", r#""a" or "b""#), ("port", "integer")]
        );
    }

    #[test]
    fn any_value_is_taken_for_a_schema() {
        for schema in [
            Value::Null,
            true.into(),
            serde_json::json!({ "properties": [1] }),
        ] {
            assert_eq!(of(&schema), []);
        }
    }
}
