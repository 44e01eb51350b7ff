//! What the parts of this room promise together.

mod durations;
mod errors;
mod mistakes;
mod reading;
mod sizes;
mod tree;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::{Entry, Node, NodeValue, Problem};

/// What a secret type looks like to this room.
#[derive(Debug, PartialEq)]
pub(super) struct Hidden(String);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Hidden;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, d: D) -> Result<Hidden, D::Error> {
                d.deserialize_str(self)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Hidden, E> {
                match text.len() {
                    0 => Err(E::custom("a secret cannot be empty")),
                    _ => Ok(Hidden(text.to_owned())),
                }
            }
        }

        deserializer.deserialize_newtype_struct("$alert::Secret", Text)
    }
}

impl schemars::JsonSchema for Hidden {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "writeOnly": true, "format": "password" })
    }
}

/// A tree from JSON text, with made-up places: the n-th value stands at n..n+1, its key at 1000+n.
pub(super) fn tree(json: &str) -> Node {
    fn place(node: &mut Node, next: &mut usize) {
        node.span = Some(*next..*next + 1);
        *next += 1;
        match &mut node.value {
            NodeValue::List(items) => items.iter_mut().for_each(|item| place(item, next)),
            NodeValue::Table(entries) => {
                for entry in entries {
                    entry.key_span = Some(1000 + *next..1001 + *next);
                    place(&mut entry.node, next);
                }
            }
            _ => {}
        }
    }
    let mut node: Node = serde_json::from_str(json).expect("the test's JSON is a config");
    place(&mut node, &mut 0);
    node
}

pub(super) fn from_variable(text: &str) -> Node {
    Node::text(text).from_variable(true)
}

pub(super) fn table(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Node {
    Node::table(
        entries
            .into_iter()
            .map(|(name, node)| Entry::new(name, node)),
    )
}

/// Each problem as `place: text [help; help]`.
pub(super) fn told(problems: &[Problem]) -> Vec<String> {
    let tell = |problem: &Problem| {
        let place = problem
            .place()
            .map_or("?".into(), |place| place.start.to_string());
        match problem.helps() {
            [] => format!("{place}: {}", problem.text()),
            helps => format!("{place}: {} [{}]", problem.text(), helps.join("; ")),
        }
    };
    problems.iter().map(tell).collect()
}
