//! The schema of a whole config file, for editors.

use alert_core::{Registry, SinkKind, schema_of};
use serde_json::{Map, Value, json};

use crate::kinds::entry_schema;
use crate::raw::{RawAlert, RawDelivery};

/// The JSON Schema (draft 2020-12) of a config file with the kinds of sinks that `registry`
/// knows. Where a number, a boolean or a string of a certain form is wanted, a variable
/// (`"${NAME}"`) is accepted too.
#[must_use = "it only makes the schema"]
pub fn schema(registry: &Registry) -> Value {
    let kinds: Vec<Value> = registry.kinds().map(kind_schema).collect();
    let sinks = match kinds.as_slice() {
        [] => json!({ "type": "object" }),
        kinds => json!({ "type": "object", "oneOf": kinds }),
    };
    let mut properties = Map::new();
    properties.insert("alert".into(), variables(schema_of::<RawAlert>()));
    properties.insert("delivery".into(), variables(schema_of::<RawDelivery>()));
    properties.insert(
        "sinks".into(),
        json!({ "type": "object", "additionalProperties": sinks }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "alert.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn kind_schema(kind: &SinkKind) -> Value {
    let whole = entry_schema(Some(kind));
    let reserved = whole["properties"].clone();
    let mut schema = variables(whole);
    schema["title"] = kind.name().into();
    if !kind.docs().is_empty() {
        schema["description"] = kind.docs().into();
    }
    let named = json!({ "const": kind.name(), "description": "The type of the sink." });
    schema["properties"]["type"] = named.clone();
    require_type(&mut schema);
    // A branch that forbids other keys would forbid the reserved ones.
    for branch in schema
        .get_mut("oneOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if !branch.is_object() {
            continue;
        }
        for word in crate::recipe::RESERVED {
            branch["properties"][word] = variables(reserved[word].clone());
        }
        branch["properties"]["type"] = named.clone();
        require_type(branch);
    }
    schema
}

fn require_type(schema: &mut Value) {
    match schema.get_mut("required").and_then(Value::as_array_mut) {
        Some(required) => required.insert(0, "type".into()),
        None => schema["required"] = json!(["type"]),
    }
}

/// Lets every property that does not take any string take a variable too.
fn variables(mut schema: Value) -> Value {
    for name in ["properties", "$defs"] {
        for property in schema
            .get_mut(name)
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            *property = or_variable(variables(property.take()));
        }
    }
    for name in ["items", "additionalProperties"] {
        if let Some(part) = schema.get_mut(name).filter(|part| part.is_object()) {
            *part = or_variable(variables(part.take()));
        }
    }
    for name in ["oneOf", "anyOf", "allOf"] {
        for branch in schema
            .get_mut(name)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            *branch = variables(branch.take());
        }
    }
    schema
}

fn or_variable(schema: Value) -> Value {
    let Value::Object(mut object) = schema else {
        return schema;
    };
    let is = |name: &str| object.get("type").is_some_and(|kind| kind == name);
    let any_string =
        is("string") && !object.contains_key("pattern") && !object.contains_key("enum");
    let composite = is("object") || is("array") || object.get("type").is_none();
    if any_string || (composite && !object.contains_key("enum")) {
        return Value::Object(object);
    }
    let docs = object.remove("description");
    let mut either = json!({ "anyOf": [object, { "type": "string", "pattern": r"\$\{" }] });
    if let Some(docs) = docs {
        either["description"] = docs;
    }
    either
}
