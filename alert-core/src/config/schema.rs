//! The schema of a config type.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The JSON Schema (draft 2020-12) of a config type, without references where the type allows it.
///
/// TOML has no null: what an `Option` adds to accept it is taken out again.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    drop_null(&mut schema);
    schema
}

fn drop_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(drop_null),
        Value::Object(object) => {
            object
                .iter_mut()
                .filter(|(name, _)| is_schema(name))
                .for_each(|(_, v)| drop_null(v));
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            if let Some(Value::Array(choices)) = object.get_mut("enum") {
                choices.retain(|choice| !choice.is_null());
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            unwrap_option(object);
        }
        _ => {}
    }
}

/// `anyOf: [T, null]` becomes `T`, with the words of the field over those of the type.
fn unwrap_option(object: &mut serde_json::Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get_mut("anyOf") else {
        return;
    };
    let before = branches.len();
    branches.retain(|branch| branch["type"] != "null");
    if branches.len() == before {
        return;
    }
    if let [Value::Object(only)] = branches.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        for (name, value) in only {
            object.entry(name).or_insert(value);
        }
    }
}

/// Whether the value of this keyword consists of schemas, and not of data of the author's.
fn is_schema(keyword: &str) -> bool {
    !matches!(
        keyword,
        "default" | "examples" | "enum" | "const" | "required" | "type"
    )
}
