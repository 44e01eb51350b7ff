use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Hidden, from_variable, table, told, tree};
use crate::config::{Findings, Node, NodeValue, parse, schema_of};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read for their mistakes only")]
struct Pager {
    /// Host and port
    /// of the service.
    ///
    /// More than that.
    url: String,
    /// What it wants to see.
    token: Hidden,
    tone: Option<u16>,
    mode: Option<Mode>,
    #[serde(default)]
    people: Vec<Person>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read for their mistakes only")]
struct Person {
    name: String,
    pin: Option<Hidden>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Loud,
    Quiet,
}

fn mistakes(node: &Node) -> Vec<String> {
    told(&parse::<Pager>(node, &schema_of::<Pager>()).1)
}

#[test]
fn all_mistakes_of_a_table_are_found_at_once() {
    let node = tree(stringify!({
        "urll": "x",                                    // key 1001
        "token": 424242,                                // 2
        "tone": -1,                                     // 3
        "mode": "lout",                                 // 4
        "people": [{ "nam": 7 }, { "name": 7 }, {}],    // 5: 6 7, 8 9, 10
        "labels": { "a": true }                        // 11: 12
    }));
    let (config, problems) = parse::<Pager>(&node, &schema_of::<Pager>());
    assert!(config.is_none());
    assert_eq!(
        told(&problems),
        [
            "0: missing key `url` [`url`: Host and port of the service.]",
            "2: expected a secret string, found integer",
            "3: expected a whole number from 0 to 65535, found integer `-1`",
            "4: expected `loud` or `quiet`, found `lout` [did you mean `loud`?]",
            "6: missing key `name`",
            "9: expected a string, found integer `7`",
            "10: missing key `name`",
            "12: expected a string, found boolean `true`",
            "1001: unknown key `urll` [did you mean `url`?]",
            "1007: unknown key `nam` [did you mean `name`?]",
        ]
    );
    assert_eq!(problems[5].keys(), ["people", "1", "name"]);
}

#[test]
fn a_good_table_is_read_without_a_word() {
    let node = tree(stringify!({ "url": "x", "token": "y", "mode": "quiet" }));
    let (config, problems) = parse::<Pager>(&node, &schema_of::<Pager>());
    assert!(config.is_some() && problems.is_empty(), "{problems:?}");
}

#[test]
fn missing_keys_are_named_together_and_skipped_ones_are_not_missing() {
    assert_eq!(
        mistakes(&tree(stringify!({}))),
        [
            "0: missing key `url` [`url`: Host and port of the service.]",
            "0: missing key `token` [`token`: What it wants to see.]",
        ]
    );
    let node = tree(stringify!({ "url": 1, "token": 2 }));
    assert_eq!(mistakes(&node).len(), 2, "a key of the wrong type is there");
    let told = mistakes(&tree(stringify!({ "url": 1 })));
    assert!(
        told.iter().any(|told| told.contains("missing key `token`")),
        "{told:?}"
    );
}

#[test]
fn reserved_words_are_proposed_too() {
    let node = tree(stringify!({ "url": "x", "token": "y", "wehn": {} }));
    assert_eq!(
        mistakes(&node),
        ["1003: unknown key `wehn` [did you mean `when`?]"]
    );
}

#[test]
fn values_from_variables_are_never_shown() {
    let node = table([
        ("url", Node::text("x")),
        ("token", from_variable("y")),
        ("tone", from_variable("hunter2")),
        ("mode", from_variable("hunter2")),
    ]);
    assert_eq!(
        mistakes(&node),
        [
            "?: expected a whole number from 0 to 65535, found text from a variable",
            "?: expected `loud` or `quiet`, found text from a variable",
        ]
    );
}

#[test]
fn one_table_with_a_thousand_mistakes_is_cut_short() {
    let keys: Vec<String> = (0..1000).map(|i| format!("\"x{i}\": 1")).collect();
    let node = tree(&format!("{{{}}}", keys.join(",")));
    let told = mistakes(&node);
    assert_eq!(told.len(), 51);
    assert!(told[0].contains("there are more mistakes"), "{}", told[0]);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code, reason = "read for their mistakes only")]
struct Buffered {
    auth: Auth,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "lowercase", deny_unknown_fields)]
#[allow(dead_code, reason = "read for their mistakes only")]
enum Auth {
    None,
    Basic { user: String, tries: u8 },
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code, reason = "read for their mistakes only")]
struct Rest {
    port: u16,
}

#[test]
fn mistakes_in_buffered_parts_get_their_place_back() {
    let mistakes = |json: &str| told(&parse::<Buffered>(&tree(json), &schema_of::<Buffered>()).1);
    let auth = |auth: &str| mistakes(&format!(r#"{{ "auth": {{ {auth} }}, "port": 1 }}"#));
    assert_eq!(
        auth(r#""how": "basic", "user": "x", "tries": "many""#),
        ["4: expected a whole number from 0 to 255, found string `many`"]
    );
    assert_eq!(
        auth(r#""how": "basic", "user": "x", "tries": 1, "usr": "y""#),
        ["1005: unknown key `usr` [did you mean `user`?]"]
    );
    assert_eq!(
        auth(r#""how": "basik""#),
        ["2: expected `none` or `basic`, found `basik` [did you mean `basic`?]"]
    );
    assert_eq!(
        mistakes(r#"{ "auth": { "how": "none" }, "port": "high" }"#),
        ["3: expected a whole number from 0 to 65535, found string `high`"]
    );
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code, reason = "read for their mistakes only")]
struct Careless {
    colour: Option<String>,
}

#[test]
fn a_key_that_the_type_ignores_is_a_warning() {
    let node = tree(stringify!({ "color": "red" }));
    let (config, problems) = parse::<Careless>(&node, &schema_of::<Careless>());
    assert!(config.is_some());
    assert!(!problems[0].is_error());
    assert_eq!(
        told(&problems),
        ["1001: unknown key `color` is ignored [did you mean `colour`?]"]
    );
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Chatty;

impl TryFrom<String> for Chatty {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text:?} is nonsense"))
    }
}

#[test]
fn text_of_foreign_types_shows_only_what_may_be_shown() {
    let schema = json!({ "properties": { "open": {}, "shut": { "writeOnly": true } } });
    let parse = |node| told(&parse::<BTreeMap<String, Chatty>>(&node, &schema).1);
    assert_eq!(
        parse(tree(
            stringify!({ "open": "hunter2", "shut": "sesame-2", "else": "letmein-3" })
        )),
        [
            "1: \"hunter2\" is nonsense",
            "2: \"***\" is nonsense",
            "3: \"***\" is nonsense",
        ]
    );
    assert_eq!(
        parse(table([("open", from_variable("hunter2"))])),
        ["?: \"***\" is nonsense"]
    );
}

#[test]
fn findings_get_places_and_variables_are_masked_in_them() {
    let mut found = Findings::new();
    found.error("url", "must not be http://hunter2 here");
    found.warning("people", "is empty");
    found.error("absent", "is needed");
    found.claims("file", "/var/log/x");
    assert!(found.has_errors());
    let mut node = tree(stringify!({ "url": "", "people": {} }));
    let NodeValue::Table(entries) = node.value_mut() else {
        panic!("it is a table")
    };
    entries[0].node = from_variable("http://hunter2").with_span(7..8);
    let (problems, claims) = found.place(&node);
    assert_eq!(
        told(&problems),
        ["7: must not be *** here", "1002: is empty", "0: is needed"]
    );
    assert_eq!((claims[0].what(), claims[0].id()), ("file", "/var/log/x"));
}

#[test]
fn only_values_that_the_schema_knows_and_does_not_mark_may_be_shown() {
    let node = tree(stringify!({
        "url": "x", "token": "y", "tokn": "z", "tone": 5,
        "people": [{ "name": "n", "pin": "p" }], "labels": { "any": "l" }
    }));
    let hidden = node.hidden_spans(&schema_of::<Pager>());
    assert_eq!(hidden, [2..3, 3..4, 8..9], "token, tokn and pin");
    let all = node.hidden_spans(&json!({ "type": "object" }));
    assert_eq!(all.len(), 7, "without a schema nothing is known");
}

#[test]
fn a_schema_has_no_null_and_no_references() {
    let schema = schema_of::<Pager>();
    assert!(!schema.to_string().contains("null"), "{schema:#}");
    assert!(!schema.to_string().contains("$ref"), "{schema:#}");
    assert_eq!(schema["properties"]["tone"]["type"], "integer");
}
