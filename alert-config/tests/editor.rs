//! The schema for editors.

mod common;

use alert_config::schema;
use alert_core::Registry;
use common::registry;
use serde_json::{Value, json};

/// The schema of one kind's table.
fn kind(name: &str) -> Value {
    let schema = schema(&registry());
    let kinds = &schema["properties"]["sinks"]["additionalProperties"]["oneOf"];
    let mut kinds = kinds.as_array().expect("the kinds are listed").iter();
    kinds
        .find(|kind| kind["title"] == name)
        .expect("the kind is there")
        .clone()
}

#[test]
fn each_kind_has_its_own_keys_and_the_reserved_ones() {
    let pager = kind("pager");
    assert_eq!(pager["properties"]["type"]["const"], "pager");
    assert_eq!(pager["required"], json!(["type", "url", "token"]));
    assert_eq!(pager["additionalProperties"], false);
    assert_eq!(
        pager["properties"]["url"]["description"],
        "Host and port of the service."
    );
    for word in ["enabled", "when", "delivery"] {
        assert!(pager["properties"][word].is_object(), "{word}");
    }
    assert_eq!(pager["description"], "Beeps.");
}

#[test]
fn a_variable_may_stand_where_a_number_or_a_certain_string_is_wanted() {
    let pager = kind("pager");
    for key in ["tone", "beep", "mode", "enabled"] {
        let property = &pager["properties"][key];
        assert_eq!(
            property["anyOf"][1]["pattern"], r"\$\{",
            "{key}: {property}"
        );
    }
    assert_eq!(pager["properties"]["url"]["type"], "string");
    assert_eq!(pager["properties"]["token"]["writeOnly"], true);
    let within = &pager["properties"]["delivery"]["properties"]["attempt_timeout"];
    assert_eq!(within["anyOf"][0]["examples"][0], "30s", "{within}");
}

#[test]
fn no_keyword_is_null_and_no_kind_is_no_error() {
    assert!(!schema(&registry()).to_string().contains("null"));
    assert_eq!(
        schema(&Registry::empty())["properties"]["sinks"]["type"],
        "object"
    );
}
