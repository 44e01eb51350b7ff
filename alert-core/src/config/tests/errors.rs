use std::net::Ipv4Addr;

use super::{Hidden, from_variable, table, tree};
use crate::config::Node;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read for their errors only")]
struct Config {
    token: Option<Hidden>,
    host: Option<Ipv4Addr>,
    inner: Option<Vec<Config>>,
}

fn error(node: &Node) -> crate::config::ConfigError {
    Config::deserialize(node).expect_err("the config is wrong")
}

#[test]
fn an_error_knows_its_path_and_its_place() {
    let node = tree(stringify!({ "inner": [{}, { "host": 1 }] }));
    let error = error(&node);
    assert_eq!(error.path(), ["inner", "1", "host"]);
    assert_eq!(error.place(), Some(4..5));
}

#[test]
fn an_unknown_key_is_placed_at_the_key() {
    let error = error(&tree(stringify!({ "tokn": "hunter2" })));
    assert_eq!(error.place(), Some(1001..1002));
    assert_eq!(error.to_string(), "tokn: unknown key `tokn`");
}

#[test]
fn no_error_shows_a_value() {
    for node in [
        tree(stringify!({ "token": 31337 })),
        tree(stringify!({ "token": ["31337"] })),
        tree(stringify!({ "inner": "31337" })),
        table([("host", from_variable("31337"))]),
        table([("inner", from_variable("31337"))]),
    ] {
        let error = error(&node);
        assert!(!format!("{error} {error:?}").contains("31337"), "{error}");
    }
}

#[test]
fn text_of_a_foreign_visitor_is_kept_where_the_place_is_public() {
    let error = error(&tree(stringify!({ "host": "nowhere" })));
    assert_eq!(error.to_string(), "host: invalid IPv4 address syntax");
    let error = super::tree(stringify!({ "token": "" }));
    let error = Config::deserialize(&error).expect_err("an empty secret is refused");
    assert_eq!(error.to_string(), "token: the value is not accepted");
}
