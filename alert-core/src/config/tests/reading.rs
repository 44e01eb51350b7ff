use std::collections::BTreeMap;

use super::{Hidden, from_variable, table, tree};
use crate::config::{Node, NodeValue};
use serde::Deserialize;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Everything {
    on: bool,
    count: u16,
    ratio: f64,
    name: String,
    token: Hidden,
    tags: Vec<String>,
    pair: (u8, String),
    map: BTreeMap<String, i64>,
    level: Level,
    shape: Shape,
    nothing: Option<u8>,
    something: Option<u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Level {
    Low,
    High,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Dot,
    Line(u8),
    Box { width: u8 },
}

#[test]
fn every_shape_of_config_is_read() {
    let node = tree(stringify!({
        "on": true, "count": 7, "ratio": 1, "name": "x", "token": "t", "tags": ["a"],
        "pair": [1, "b"], "map": { "k": -1 }, "level": "high", "shape": { "box": { "width": 3 } },
        "something": 5
    }));
    let read = Everything::deserialize(&node).expect("all is well");
    assert_eq!(read.level, Level::High);
    assert_eq!(read.shape, Shape::Box { width: 3 });
    assert_eq!((read.nothing, read.something), (None, Some(5)));
    assert_eq!(
        Shape::deserialize(&tree(stringify!("dot"))).ok(),
        Some(Shape::Dot)
    );
    assert_eq!(
        Shape::deserialize(&tree(stringify!({ "line": 2 }))).ok(),
        Some(Shape::Line(2))
    );
    assert!(Shape::deserialize(&tree(stringify!({ "line": 2, "dot": 1 }))).is_err());
}

#[test]
fn text_from_a_variable_serves_as_number_and_boolean() {
    assert_eq!(u16::deserialize(&from_variable(" 440 ")).ok(), Some(440));
    assert_eq!(
        u64::deserialize(&from_variable("18446744073709551615")).ok(),
        Some(u64::MAX)
    );
    assert_eq!(f64::deserialize(&from_variable("1.5")).ok(), Some(1.5));
    assert_eq!(bool::deserialize(&from_variable("true")).ok(), Some(true));
    assert_eq!(
        Option::<i8>::deserialize(&from_variable("-3")).ok(),
        Some(Some(-3))
    );
    assert!(u16::deserialize(&Node::text("440")).is_err());
    assert!(bool::deserialize(&from_variable("yes")).is_err());
    assert!(u8::deserialize(&from_variable("256")).is_err());
}

#[test]
fn a_date_is_read_as_text() {
    let date = Node::new(NodeValue::Datetime("2026-01-02T03:04:05Z".into()));
    assert_eq!(
        String::deserialize(&date).ok().as_deref(),
        Some("2026-01-02T03:04:05Z")
    );
}

#[test]
fn a_secret_is_read_from_text_only() {
    let node = table([("token", Node::new(NodeValue::Integer(424_242)))]);
    let error = BTreeMap::<String, Hidden>::deserialize(&node).expect_err("a number is no text");
    assert_eq!(error.to_string(), "token: expected a string, found integer");
}
