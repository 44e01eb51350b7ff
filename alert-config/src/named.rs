//! A sink that another one names.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// The name of a sink, or `fallback = false` where `[delivery]` has named one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Nobody,
    Sink(String),
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a sink or `false`")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<Named, E> {
                match on {
                    false => Ok(Named::Nobody),
                    true => Err(E::invalid_value(Unexpected::Bool(on), &self)),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Named, E> {
                // As a variable says it.
                match text {
                    "false" => Ok(Named::Nobody),
                    name => Ok(Named::Sink(name.to_owned())),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Named {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Named".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": false }, { "type": "string" }] })
    }
}
