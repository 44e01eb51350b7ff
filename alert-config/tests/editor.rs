//! The schema for editors.

mod common;

use std::fs;
use std::path::Path;

use alert_config::schema;
use alert_core::{
    Attempt, Delivered, OpenContext, Registry, Sink, SinkConfig, SinkError, SinkKind,
};
use common::registry;
use jsonschema::Validator;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// The schema of one kind's table.
fn kind(name: &str) -> Value {
    let mut schema = schema(&registry());
    schema["$defs"][format!("sink.{name}")].take()
}

fn validator(registry: &Registry) -> Validator {
    let schema = schema(registry);
    let valid = jsonschema::meta::validate(&schema);
    assert!(valid.is_ok(), "the schema itself is one: {:?}", valid.err());
    jsonschema::validator_for(&schema).expect("its references lead somewhere")
}

fn as_json(text: &str) -> Value {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn assert_valid(validator: &Validator, text: &str) {
    let errors: Vec<String> = validator
        .iter_errors(&as_json(text))
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?} in {text}");
}

#[test]
fn the_schema_is_the_golden_one() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/schema.json");
    let made = schema(&registry());
    if std::env::var_os("ALERT_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("it is JSON") + "\n";
        fs::write(&golden, text).expect("the golden text can be written");
    }
    let text = fs::read_to_string(&golden).unwrap_or_default();
    // Not word for word: the order of keys depends on the features of a whole build.
    let expected: Value = serde_json::from_str(&text).expect("the golden text is JSON");
    assert_eq!(made, expected);
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
    assert_eq!(pager["properties"]["token"]["writeOnly"], true);
}

#[test]
fn no_keyword_is_null_and_no_kind_is_no_error() {
    assert!(!schema(&registry()).to_string().contains("null"));
    assert_valid(
        &validator(&Registry::empty()),
        "[sinks.a]\ntype = 'pager'\nx = 1\n",
    );
}

const WHOLE: &str = r#"#:schema ./alert.schema.json

[alert]
source = "shop"
context = { host = "h", rack = 7 }
redact = ["password", "*_token"]

[delivery]
dedup = { within = "15m" }
throttle = { at_most = 20, every = "1m", same = "source" }
digest = { after = 5, every = "1m" }
retry = { max_attempts = 5, max_age = "10m", first = "500ms", cap = "30s" }
attempt_timeout = "10s"
queue = { alerts = 100, bytes = "16 MiB" }
batch = { max = 10, linger = "0s" }
in_flight = 2
circuit = { after = 3, wait = "30s" }
notice_after = "5m"
fallback = "log"
class = { http-404 = "transient", http-409 = "rejected" }

[sinks.log]
type = "file"
path = "/x"
when = { only_as_fallback = true }
delivery = { fallback = false }

[sinks.ops]
type = "pager"
enabled = true
url = "u"
token = "t"
tone = 440
beep = "1s"
mode = "loud"
people = [{ name = "a", priority = "high" }]
headers = { x = "y" }
when = { min_severity = "warning", source = ["billing-*"], context = { count = 1, up = true }, silenced = true }
delivery = { dedup = false, throttle = false, digest = false }
"#;

#[test]
fn a_config_with_every_key_is_valid_for_editor_and_reader() {
    assert_valid(&validator(&registry()), WHOLE);
    assert_eq!(common::shown(WHOLE), "");
}

#[test]
fn the_samples_of_the_readme_are_valid() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let readme = readme.expect("the README is there");
    let samples = readme.split("```toml\n").skip(1);
    let samples: Vec<&str> = samples
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let validator = validator(&registry());
    for sample in &samples {
        assert_valid(&validator, sample);
    }
    assert!(!samples.is_empty());
}

#[test]
fn a_variable_may_stand_where_a_number_a_boolean_or_a_certain_string_is_wanted() {
    let validator = validator(&registry());
    for place in [
        "[sinks.a]\ntype = 'pager'\nurl = '${A}'\ntoken = '${A}'\ntone = '${A}'\nbeep = '${A}s'\n\
         mode = '${A:-loud}'\nenabled = '${A}'\n",
        "[delivery]\ndedup = '${A}'\nthrottle = { at_most = '${A}', same = '${A}' }\n\
         queue = { bytes = '${A}' }\nfallback = '${A}'\nclass = { x = '${A}' }\n",
        "[sinks.a]\ntype = 'file'\npath = '/x'\nwhen = { min_severity = '${A}', \
         only_as_fallback = '${A}', silenced = '${A}' }\n",
        "[sinks.a]\ntype = '${A}'\npath = '/x'\n",
    ] {
        assert_valid(&validator, place);
    }
}

#[test]
fn mistakes_are_not_valid() {
    let validator = validator(&registry());
    let pager = "[sinks.a]\ntype = 'pager'\nurl = 'u'\ntoken = 't'\n";
    for mistake in [
        "[sink.a]\ntype = 'file'\n".to_owned(),
        "redact = ['x']\n".to_owned(),
        "[alert]\nredact = 'x'\n".to_owned(),
        "[alert]\nsauce = 'x'\n".to_owned(),
        "[delivery]\ndedup = true\n".to_owned(),
        "[delivery]\ndedup = { every = '1m' }\n".to_owned(),
        "[delivery]\ndigest = { after = -1 }\n".to_owned(),
        "[delivery]\nfallback = true\n".to_owned(),
        "[delivery]\nclass = { http-404 = 'fatal' }\n".to_owned(),
        "[delivery]\nattempt_timeout = 10\n".to_owned(),
        "[delivery]\nretry = { max_attempts = 'five' }\n".to_owned(),
        "[delivery]\nretry = { max_attempts = 0 }\n".to_owned(),
        "[sinks.a]\npath = '/x'\n".to_owned(),
        "[sinks.a]\ntype = 'fil'\npath = '/x'\n".to_owned(),
        "[sinks.a]\ntype = 'file'\n".to_owned(),
        "[sinks]\na = 1\n".to_owned(),
        format!("[sinks.{}]\ntype = 'file'\npath = '/x'\n", "x".repeat(65)),
        format!("{pager}tokn = 'x'\n"),
        format!("{pager}tone = 'a4'\n"),
        format!("{pager}tone = 70000\n"),
        format!("{pager}mode = 'silent'\n"),
        format!("{pager}people = [{{ name = 7 }}]\n"),
        format!("{pager}when = {{ min_severity = 'warn' }}\n"),
        format!("{pager}when = {{ only_as_fallback = 'yes' }}\n"),
        format!("{pager}when = {{ silenced = 'yes' }}\n"),
        format!("{pager}enabled = 'yes'\n"),
    ] {
        assert!(!validator.is_valid(&as_json(&mistake)), "{mistake}");
        let shown = common::shown(&mistake);
        assert!(shown.contains("error: "), "{mistake}{shown}");
    }
}

/// A kind whose whole table is an enum, and one that holds itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is asked for")]
#[serde(tag = "by", rename_all = "lowercase", deny_unknown_fields)]
enum Tagged {
    /// By post.
    Post { street: String },
    /// By wire.
    Wire { volts: u8 },
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is asked for")]
struct Nested {
    /// What is within.
    inner: Option<Box<Nested>>,
    depth: u8,
}

struct Nothing;

impl Sink for Nothing {
    fn deliver(&mut self, _: &alert_core::Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Ok(Delivered::new())
    }
}

impl SinkConfig for Tagged {
    const KIND: &'static str = "tagged";
    type Sink = Nothing;

    fn open(&self, _: &OpenContext<'_>) -> Result<Nothing, SinkError> {
        Ok(Nothing)
    }

    fn schema() -> Value {
        alert_core::schema_of::<Self>()
    }
}

impl SinkConfig for Nested {
    const KIND: &'static str = "nested";
    type Sink = Nothing;

    fn open(&self, _: &OpenContext<'_>) -> Result<Nothing, SinkError> {
        Ok(Nothing)
    }

    fn schema() -> Value {
        alert_core::schema_of::<Self>()
    }
}

#[test]
fn kinds_of_any_shape_are_described() {
    let registry = registry()
        .with(SinkKind::of::<Tagged>("", "tagged-sink"))
        .with(SinkKind::of::<Nested>("", "nested-sink"));
    let validator = validator(&registry);
    for valid in [
        "type = 'tagged'\nby = 'post'\nstreet = 's'\nenabled = false\n",
        "type = 'tagged'\nby = 'wire'\nvolts = '${V}'\nwhen = { source = ['x'] }\n",
        "type = 'nested'\ndepth = 1\ninner = { depth = 2, inner = { depth = '${D}' } }\n",
    ] {
        assert_valid(&validator, &format!("[sinks.a]\n{valid}"));
    }
    for mistake in [
        "type = 'tagged'\nby = 'post'\nvolts = 1\n",
        "type = 'tagged'\nby = 'mail'\n",
        "type = 'nested'\ndepth = 1\ninner = { depth = 'deep' }\n",
        "type = 'nested'\ndepth = 1\ninner = { depth = 2, inner = { dept = 3 } }\n",
    ] {
        let mistake = as_json(&format!("[sinks.a]\n{mistake}"));
        assert!(!validator.is_valid(&mistake), "{mistake}");
    }
}
