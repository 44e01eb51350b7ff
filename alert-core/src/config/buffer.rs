//! Any deserializer's value as a tree.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::node::{Entry, Node, NodeValue};

/// Buffers any self-describing format. A null value in a table counts as an absent key; a null
/// elsewhere, bytes, and numbers that do not fit are errors.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = MaybeNode::deserialize(deserializer)?;
        found
            .0
            .ok_or_else(|| D::Error::custom("a config value cannot be null"))
    }
}

struct MaybeNode(Option<Node>);

impl<'de> Deserialize<'de> for MaybeNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Buffer)
    }
}

fn some(value: NodeValue) -> MaybeNode {
    MaybeNode(Some(Node::new(value)))
}

struct Buffer;

impl<'de> Visitor<'de> for Buffer {
    type Value = MaybeNode;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a config value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<MaybeNode, E> {
        Ok(some(NodeValue::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<MaybeNode, E> {
        Ok(some(NodeValue::Integer(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<MaybeNode, E> {
        let value = i64::try_from(value).map_err(|_| E::custom("the integer is too large"))?;
        self.visit_i64(value)
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<MaybeNode, E> {
        let value = i64::try_from(value).map_err(|_| E::custom("the integer is too large"))?;
        self.visit_i64(value)
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<MaybeNode, E> {
        let value = i64::try_from(value).map_err(|_| E::custom("the integer is too large"))?;
        self.visit_i64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<MaybeNode, E> {
        Ok(some(NodeValue::Float(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<MaybeNode, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<MaybeNode, E> {
        Ok(some(NodeValue::Text(value)))
    }

    fn visit_unit<E: Error>(self) -> Result<MaybeNode, E> {
        Ok(MaybeNode(None))
    }

    fn visit_none<E: Error>(self) -> Result<MaybeNode, E> {
        Ok(MaybeNode(None))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<MaybeNode, D::Error> {
        MaybeNode::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<MaybeNode, D::Error> {
        MaybeNode::deserialize(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<MaybeNode, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(some(NodeValue::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<MaybeNode, A::Error> {
        let mut table = Vec::new();
        while let Some((name, MaybeNode(node))) = entries.next_entry::<String, MaybeNode>()? {
            if let Some(node) = node {
                table.push(Entry::new(name, node));
            }
        }
        Ok(some(NodeValue::Table(table)))
    }
}
