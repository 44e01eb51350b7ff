//! What Discord calls things: snowflakes, numbers of 64 bits that travel as text.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::{Serialize, Serializer};

/// Whether this can be an id: decimal digits of a number that fits 64 bits.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

/// The id of a thread, a tag, a role or a user, as "Copy ID" gives it: a number, which may also be
/// written as text. Serialized as text, as Discord wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

impl Id {
    /// The id of this number.
    pub const fn new(number: u64) -> Id {
        Id(number)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id of Discord, a number such as `\"1099511627776\"`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        let number = Some(text).filter(|text| is_digits(text));
        number
            .and_then(|text| text.parse().ok())
            .map(Id)
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
        Ok(Id(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
        u64::try_from(number)
            .map(Id)
            .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "pattern": "^[0-9]{1,20}$" },
            { "type": "integer", "minimum": 0 },
        ] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_read_from_a_number_or_its_text_and_written_as_text() {
        for value in [json!(42), json!("42")] {
            let id: Id = serde_json::from_value(value).unwrap();
            assert_eq!(serde_json::to_value(id).unwrap(), json!("42"));
        }
        for wrong in [
            json!(-1),
            json!(1.5),
            json!(""),
            json!("+4"),
            json!("4 "),
            json!("99999999999999999999"),
        ] {
            assert!(
                serde_json::from_value::<Id>(wrong.clone()).is_err(),
                "{wrong}"
            );
        }
    }
}
