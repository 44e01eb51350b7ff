//! Which statuses count as success.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// Statuses of HTTP from 200 to 599: one of them (`202`), or a hundred of them (`"2xx"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusRange {
    first: u16,
    last: u16,
}

impl StatusRange {
    /// 200 to 299.
    pub const SUCCESS: StatusRange = StatusRange {
        first: 200,
        last: 299,
    };

    /// This one alone; `None` below 200 and above 599.
    pub fn one(status: u16) -> Option<Self> {
        (200..600).contains(&status).then_some(Self {
            first: status,
            last: status,
        })
    }

    /// Whether the status is one of them.
    pub fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }

    fn read(text: &str) -> Option<Self> {
        let hundreds = match text {
            "2xx" => 200,
            "3xx" => 300,
            "4xx" => 400,
            "5xx" => 500,
            // `parse` would take a plus sign too.
            _ if text.starts_with(|c: char| c.is_ascii_digit()) => {
                return text.parse().ok().and_then(Self::one);
            }
            _ => return None,
        };
        Some(Self {
            first: hundreds,
            last: hundreds + 99,
        })
    }
}

const EXPECTED: &str =
    "a status such as 202, from 200 to 599, or a hundred of them such as \"2xx\"";

impl<'de> Deserialize<'de> for StatusRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = StatusRange;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_i64<E: Error>(self, status: i64) -> Result<StatusRange, E> {
                let status = u16::try_from(status).ok();
                status
                    .and_then(StatusRange::one)
                    .ok_or_else(|| E::custom(format_args!("expected {EXPECTED}")))
            }

            fn visit_u64<E: Error>(self, status: u64) -> Result<StatusRange, E> {
                self.visit_i64(i64::try_from(status).unwrap_or(i64::MAX))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<StatusRange, E> {
                StatusRange::read(text)
                    .ok_or_else(|| E::custom(format_args!("expected {EXPECTED}")))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for StatusRange {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("StatusRange")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 200, "maximum": 599 },
                { "type": "string", "pattern": "^[2-5]([0-9][0-9]|xx)$" },
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_status_and_a_hundred_can_be_read() {
        let read = |value| serde_json::from_value::<StatusRange>(value).unwrap();
        assert_eq!(read(json!("2xx")), StatusRange::SUCCESS);
        assert_eq!(Some(read(json!(202))), StatusRange::one(202));
        assert_eq!(read(json!("409")), read(json!(409)));
        let fives = read(json!("5xx"));
        assert!(fives.contains(500) && fives.contains(599) && !fives.contains(499));
    }

    #[test]
    fn what_no_answer_can_have_is_refused() {
        for wrong in [
            json!(199),
            json!(600),
            json!(-1),
            json!(u64::MAX),
            json!("1xx"),
            json!("6xx"),
            json!("xx"),
            json!("+2xx"),
            json!("2XX"),
            json!(""),
            json!(true),
            json!(2.5),
        ] {
            let read = serde_json::from_value::<StatusRange>(wrong.clone());
            assert!(read.is_err(), "{wrong}");
        }
    }
}
