use serde_json::json;

use super::{from_variable, table, tree};
use crate::config::{Entry, Node, NodeValue};

#[test]
fn equality_ignores_places_and_the_order_of_keys() {
    let one = tree(stringify!({ "a": 1, "b": ["x"], "c": { "d": true } }));
    let same = tree(stringify!({ "c": { "d": true }, "b": ["x"], "a": 1 }));
    assert_eq!(one, same);
    assert_ne!(
        one,
        tree(stringify!({ "a": 2, "b": ["x"], "c": { "d": true } }))
    );
    assert_ne!(one, tree(stringify!({ "a": 1, "b": ["x"] })));
}

#[test]
fn a_nan_equals_itself_so_that_its_entry_does_not_seem_changed() {
    let nan = || Node::new(NodeValue::Float(f64::NAN));
    assert_eq!(nan(), nan());
    assert_ne!(nan(), Node::new(NodeValue::Float(0.0)));
}

#[test]
fn debug_shows_keys_and_no_value() {
    let shown = format!(
        "{:?}",
        tree(stringify!({ "token": "hunter2", "pin": 4242, "on": true }))
    );
    assert!(shown.contains("token") && shown.contains("pin"), "{shown}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("4242"),
        "{shown}"
    );
}

#[test]
fn any_deserializer_is_buffered_and_nulls_are_absent_keys() {
    let node = tree(stringify!({ "a": null, "b": 1.5, "c": [1, "x", false] }));
    assert_eq!(node.entries().len(), 2);
    assert!(node.get("a").is_none());
    assert_eq!(node.get("b").map(Node::type_name), Some("number"));
    assert!(serde_json::from_value::<Node>(json!(null)).is_err());
    assert!(serde_json::from_value::<Node>(json!([null])).is_err());
    assert!(serde_json::from_value::<Node>(json!(u64::MAX)).is_err());
}

#[test]
fn a_key_can_be_taken_out() {
    let mut node = table([("a", Node::text("x")), ("b", from_variable("y"))]);
    let taken = node.take("b").expect("the key is there");
    assert_eq!(taken.name(), "b");
    assert!(taken.node().is_from_variable());
    assert_eq!(
        node.entries().iter().map(Entry::name).collect::<Vec<_>>(),
        ["a"]
    );
    assert!(node.take("b").is_none());
}
