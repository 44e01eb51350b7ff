//! What a context value is compared with.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A pattern, or a number or boolean in its JSON form.
#[derive(Debug, Clone)]
pub(crate) struct Matcher(pub(crate) String);

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl Visitor<'_> for Scalar {
            type Value = Matcher;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pattern or a value")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Matcher, E> {
                Ok(Matcher(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Matcher, E> {
                Ok(Matcher(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Matcher, E> {
                Ok(Matcher(serde_json::Value::from(value).to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Matcher, E> {
                Ok(Matcher(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for Matcher {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Matcher".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}
