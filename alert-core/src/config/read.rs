//! A tree as a deserializer.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{Fields, Items, Variant};
use super::error::ConfigError;
use super::node::{Node, NodeValue};

/// The name by which a secret type says that its place is secret.
const SECRET: &str = "$alert::Secret";

/// Reads one node, and notes it in every error that passes out through it.
#[derive(Clone, Copy)]
pub(super) struct Reader<'de> {
    node: &'de Node,
    secret: bool,
}

impl<'de> Reader<'de> {
    pub(super) fn new(node: &'de Node) -> Self {
        Self {
            node,
            secret: false,
        }
    }

    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match &self.node.value {
            NodeValue::Bool(value) => visitor.visit_bool(*value),
            NodeValue::Integer(value) => visitor.visit_i64(*value),
            NodeValue::Float(value) => visitor.visit_f64(*value),
            NodeValue::Text(text) | NodeValue::Datetime(text) => visitor.visit_borrowed_str(text),
            NodeValue::List(items) => visitor.visit_seq(Items::new(items)),
            NodeValue::Table(entries) => visitor.visit_map(Fields::new(entries)),
        }
    }

    fn blame<T>(self, result: Result<T, ConfigError>) -> Result<T, ConfigError> {
        result.map_err(|error| error.seated(self.node, self.secret))
    }

    /// The text of a value that came from a variable, for which a type other than text is wanted.
    fn variable(self) -> Option<&'de str> {
        match &self.node.value {
            NodeValue::Text(text) if self.node.from_variable => Some(text.trim()),
            _ => None,
        }
    }

    fn whole<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        let Some(text) = self.variable() else {
            return self.blame(self.visit(visitor));
        };
        self.blame(if let Ok(value) = text.parse::<i64>() {
            visitor.visit_i64(value)
        } else if let Ok(value) = text.parse::<u64>() {
            visitor.visit_u64(value)
        } else {
            Err(ConfigError::invalid_type(Unexpected::Str(text), &visitor))
        })
    }

    fn real<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        let Some(text) = self.variable() else {
            return self.blame(self.visit(visitor));
        };
        self.blame(match text.parse::<f64>() {
            Ok(value) => visitor.visit_f64(value),
            Err(_) => Err(ConfigError::invalid_type(Unexpected::Str(text), &visitor)),
        })
    }
}

macro_rules! by {
    ($way:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
            self.$way(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = ConfigError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        self.blame(self.visit(visitor))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        let Some(text) = self.variable() else {
            return self.blame(self.visit(visitor));
        };
        self.blame(match text {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(ConfigError::invalid_type(Unexpected::Str(text), &visitor)),
        })
    }

    by!(whole: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);

    by!(real: deserialize_f32 deserialize_f64);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        self.blame(visitor.visit_some(self))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        let inner = Self {
            secret: self.secret || name == SECRET,
            ..self
        };
        inner.blame(visitor.visit_newtype_struct(inner))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        let result = match &self.node.value {
            NodeValue::Text(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            NodeValue::Table(entries) => match Variant::of(entries) {
                Some(variant) => visitor.visit_enum(variant),
                None => Err(ConfigError::custom("expected a table with exactly one key")),
            },
            _ => self.visit(visitor),
        };
        self.blame(result)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

macro_rules! through_reader {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
            Reader::new(self).$method(visitor)
        }
    )*};
}

/// Reads the tree into any type; errors know their place.
impl<'de> Deserializer<'de> for &'de Node {
    type Error = ConfigError;

    through_reader! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_option
        deserialize_ignored_any
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        Reader::new(self).deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        Reader::new(self).deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
    }
}
