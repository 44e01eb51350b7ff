use alert_core::SinkConfig;
use serde_json::Value;

use crate::conformance::sample::RESERVED;
use crate::{Rig, Skip};

/// The schema of the whole and, for a configuration of several forms, of each.
fn tables(schema: &Value) -> Vec<&Value> {
    let forms = ["oneOf", "anyOf", "allOf"]
        .into_iter()
        .filter_map(|word| schema[word].as_array());
    std::iter::once(schema)
        .chain(forms.flatten().flat_map(tables))
        .collect()
}

fn keys(table: &Value) -> impl Iterator<Item = (&String, &Value)> {
    table["properties"].as_object().into_iter().flatten()
}

/// The words `type`, `enabled`, `when` and `delivery` are the pipeline's.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If a key of the configuration is called so: nobody could ever set it.
pub fn no_key_is_a_reserved_word<R: Rig>() -> Result<(), Skip> {
    let schema = R::Config::schema();
    for (key, _) in tables(&schema).into_iter().flat_map(keys) {
        assert!(
            !RESERVED.contains(&key.as_str()),
            "the key `{key}` is reserved and can never be set"
        );
    }
    Ok(())
}

/// The schema is that of a table, and every key in it, also in nested tables,
/// has a description: it is the reference and the editor's help.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If the schema is none, or a key has no words.
pub fn every_key_is_described<R: Rig>() -> Result<(), Skip> {
    let schema = R::Config::schema();
    let tables = tables(&schema);
    assert!(
        tables.iter().any(|table| table["type"] == "object"),
        "the schema is not that of a table: {schema:#}"
    );
    assert!(
        schema["properties"].is_object()
            || schema["additionalProperties"] == false
            || tables.len() > 1,
        "the schema names no key: `fn schema()` is missing, or `JsonSchema` is not derived: {schema:#}"
    );
    described(&schema, "");
    Ok(())
}

fn described(schema: &Value, path: &str) {
    for table in tables(schema) {
        for (key, value) in keys(table) {
            let path = format!("{path}{key}");
            let words = value["description"].as_str().unwrap_or_default();
            // The tag of an enum has no field on which its words could stand.
            let is_tag = value.get("const").is_some();
            assert!(
                is_tag || !words.trim().is_empty(),
                "the key `{path}` has no description"
            );
            described(value, &format!("{path}."));
            described(&value["items"], &format!("{path}[]."));
        }
    }
}
