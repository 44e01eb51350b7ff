//! The samples of the README hold.

use alert_core::{Alert, Attempt, SinkConfig};
use alert_sink_generic_webhook::{ALERT_SCHEMA, WebhookConfig};
use std::time::Duration;

const README: &str = include_str!("../README.md");

/// The blocks of this language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let begin = README.split(&fence).skip(1);
    begin
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_json_is_as_the_schema_says_and_every_key_is_explained() {
    let schema: serde_json::Value = serde_json::from_str(ALERT_SCHEMA).unwrap();
    let sample: serde_json::Value = serde_json::from_str(&blocks("json")[0]).unwrap();
    jsonschema::validate(&schema, &sample).unwrap();
    serde_json::from_value::<Alert>(sample).unwrap();
    let table = README.split("## The JSON").nth(1).unwrap();
    let table = table.split("## ").next().unwrap();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert!(table.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn every_key_of_the_config_is_in_its_table() {
    let schema = WebhookConfig::schema();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert!(README.contains(&format!("\n| `{key}` |")), "{key}");
    }
}

#[test]
fn the_templates_make_bodies() {
    let toml: toml::Table = blocks("toml")[0].parse().unwrap();
    let chat = toml["sinks"]["chat"]["template"].as_str().unwrap();
    let list = README.split("that many alerts: `").nth(1).unwrap();
    let list = list.split('`').next().unwrap();
    let alert = Alert::warning("disk \"full\"").build();
    let body = |template: &str| -> serde_json::Value {
        let config = WebhookConfig::new("https://chat.example.org/").template(template);
        let attempt = Attempt::first(Duration::from_secs(1));
        serde_json::from_str(config.preview(&alert, &attempt).unwrap().body()).unwrap()
    };
    let expected = serde_json::json!({ "text": "warning: disk \"full\"", "host": "unknown" });
    assert_eq!(body(chat), expected);
    assert_eq!(body(list), serde_json::json!(["disk \"full\""]));
}
