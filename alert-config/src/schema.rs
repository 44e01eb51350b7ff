//! The schema of a whole config file, for editors.

use alert_core::{Registry, SinkKind, schema_of};
use serde_json::{Map, Value, json};

use crate::foreign::guarded;
use crate::raw::{RawAlert, RawDelivery, RawWhen};
use crate::recipe::RESERVED;
use crate::sink::LONGEST_NAME;

/// A string with a variable or a file in it.
const VARIABLE: &str = r"\$\{";

/// The JSON Schema (draft 2020-12) of a config file with the kinds of sinks that `registry`
/// knows, in the words of their authors. Where a number, a boolean or a string of a certain form
/// is wanted, a string with a variable in it (`"${NAME}"`) is accepted too. Secrets are marked
/// as `writeOnly`.
///
/// An editor finds it by the first line of the config, which is a comment to everybody else:
/// `#:schema ./alert.schema.json`.
#[must_use = "it only makes the schema"]
pub fn schema(registry: &Registry) -> Value {
    let mut parts = Map::new();
    parts.insert("delivery".into(), variables(schema_of::<RawDelivery>()));
    parts.insert("when".into(), variables(schema_of::<RawWhen>()));
    let mut branches = Vec::new();
    for kind in registry.kinds() {
        let name = format!("sink.{}", kind.name());
        branches.push(json!({ "$ref": format!("#/$defs/{name}") }));
        let (own, whole) = kind_schemas(kind);
        // Only a type that holds itself has a use for it.
        if whole.to_string().contains(&pointer(kind)) {
            parts.insert(format!("own.{}", kind.name()), own);
        }
        parts.insert(name, whole);
    }
    let sink = if branches.is_empty() {
        json!({ "type": "object" })
    } else {
        // Whose keys these are is known only when it is read.
        branches.push(json!({
            "title": "a type that a variable names",
            "type": "object",
            "properties": reserved(json!({ "type": "string", "pattern": VARIABLE })),
            "required": ["type"],
        }));
        json!({ "type": "object", "oneOf": branches })
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:alert:config",
        "title": "alert.toml",
        "description": "Where a program's alerts go.",
        "type": "object",
        "properties": {
            "alert": variables(schema_of::<RawAlert>()),
            "delivery": { "$ref": "#/$defs/delivery" },
            "sinks": {
                "description": "The destinations: `[sinks.NAME]` for each.",
                "type": "object",
                "propertyNames": { "minLength": 1, "maxLength": LONGEST_NAME },
                "additionalProperties": sink,
            },
        },
        "additionalProperties": false,
        "$defs": parts,
    })
}

/// The keys of a sink's table that are not the sink's.
fn reserved(kind: Value) -> Map<String, Value> {
    let mut properties = Map::new();
    for word in RESERVED {
        let part = match word {
            "type" => kind.clone(),
            "enabled" => or_variable(json!({
                "type": "boolean",
                "description": "Whether the sink is used at all.",
            })),
            shared => json!({ "$ref": format!("#/$defs/{shared}") }),
        };
        properties.insert(word.to_owned(), part);
    }
    properties
}

/// Where the schema of a kind without the reserved keys stands.
fn pointer(kind: &SinkKind) -> String {
    format!("#/$defs/own.{}", kind.name())
}

/// The schema of a kind's own keys, and that of its whole table.
fn kind_schemas(kind: &SinkKind) -> (Value, Value) {
    let own = guarded(|| kind.schema()).filter(Value::is_object);
    let mut own = variables(own.unwrap_or_else(|| json!({ "type": "object" })));
    moved(&mut own, &pointer(kind));
    let mut schema = own.clone();
    schema["title"] = kind.name().into();
    if !kind.docs().is_empty() {
        schema["description"] = kind.docs().into();
    }
    let named = json!({ "const": kind.name(), "description": "The type of the sink." });
    let reserved = reserved(named);
    reserve(&mut schema, &reserved);
    // A branch that forbids other keys would forbid the reserved ones.
    for name in ["oneOf", "anyOf"] {
        let branches = schema.get_mut(name).and_then(Value::as_array_mut);
        let branches = branches.into_iter().flatten();
        for branch in branches.filter(|branch| branch.is_object()) {
            reserve(branch, &reserved);
        }
    }
    (own, schema)
}

/// Adds the reserved keys, of which `type` must be there.
fn reserve(schema: &mut Value, reserved: &Map<String, Value>) {
    for (word, part) in reserved {
        schema["properties"][word] = part.clone();
    }
    match schema.get_mut("required").and_then(Value::as_array_mut) {
        Some(required) => required.insert(0, "type".into()),
        None => schema["required"] = json!(["type"]),
    }
}

/// A type that holds itself refers to its own schema, which is now a part of another.
fn moved(schema: &mut Value, pointer: &str) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| moved(item, pointer)),
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match value.as_str().and_then(|text| text.strip_prefix('#')) {
                    Some(rest) if name == "$ref" => *value = format!("{pointer}{rest}").into(),
                    _ => moved(value, pointer),
                }
            }
        }
        _ => {}
    }
}

/// Lets every property that does not take any string take a variable too.
fn variables(mut schema: Value) -> Value {
    for name in ["properties", "$defs"] {
        let properties = schema.get_mut(name).and_then(Value::as_object_mut);
        for property in properties.into_iter().flat_map(Map::values_mut) {
            *property = or_variable(variables(property.take()));
        }
    }
    for name in ["items", "additionalProperties"] {
        if let Some(part) = schema.get_mut(name).filter(|part| part.is_object()) {
            *part = or_variable(variables(part.take()));
        }
    }
    for name in ["oneOf", "anyOf", "allOf", "prefixItems"] {
        let branches = schema.get_mut(name).and_then(Value::as_array_mut);
        for branch in branches.into_iter().flatten() {
            *branch = variables(branch.take());
        }
    }
    schema
}

fn or_variable(schema: Value) -> Value {
    if !wants_more(&schema) {
        return schema;
    }
    let Value::Object(mut object) = schema else {
        return schema;
    };
    let docs = object.remove("description");
    let variable = json!({ "type": "string", "pattern": VARIABLE });
    let mut either = json!({ "anyOf": [object, variable] });
    if let Some(docs) = docs {
        either["description"] = docs;
    }
    either
}

/// Whether a string with a variable in it may stand for a value that this does not take as a
/// string: a scalar of any sort, but no table and no list.
fn wants_more(schema: &Value) -> bool {
    let Some(object) = schema.as_object() else {
        return false;
    };
    let is = |name: &str| object.get("type").is_some_and(|kind| kind == name);
    let fixed = ["pattern", "enum", "const"]
        .iter()
        .any(|word| object.contains_key(*word));
    let branches = ["oneOf", "anyOf"]
        .into_iter()
        .filter_map(|name| object.get(name)?.as_array());
    let mut branches = branches.flatten().peekable();
    if branches.peek().is_some() {
        let branches: Vec<&Value> = branches.collect();
        let any_string = |branch: &&&Value| branch["type"] == "string" && !wants_more(branch);
        return branches.iter().find(any_string).is_none()
            && branches.iter().any(|branch| wants_more(branch));
    }
    match object.get("type") {
        Some(_) if is("object") || is("array") => false,
        Some(_) if is("string") => fixed,
        Some(_) => true,
        None => fixed,
    }
}
