//! What must not be shown.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// A text that must not be shown: a token, a password, a URL that holds one.
///
/// Its Debug is the same for all; there is no Display, no `Serialize` and no `Deref`. [`Secret::expose`] is the one way to
/// the text and easy to search for. A config reader learns from the name of the newtype (`$alert::Secret`) that the place is
/// secret, and shows no value from it.
///
/// ```
/// use alert_core::Secret;
/// let token = Secret::new("hunter2");
/// assert_eq!(format!("{token:?}"), "Secret(…)");
/// assert_eq!(token.expose(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself. Do not log it, and do not put it into an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

struct Reader;

impl Reader {
    /// The error names the type that was found, never the value.
    fn refuse<E: Error>(&self, found: &'static str) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other(found), self))
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret string")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Secret, D::Error> {
        // Asked for a string, formats would make an error of their own, with the value in it.
        inner.deserialize_any(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Secret, E> {
        Ok(Secret(text))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Secret, E> {
        self.refuse("boolean")
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Secret, E> {
        self.refuse("integer")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Secret, E> {
        self.refuse("integer")
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Secret, E> {
        self.refuse("integer")
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Secret, E> {
        self.refuse("integer")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Secret, E> {
        self.refuse("float")
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Secret, E> {
        self.refuse("bytes")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        deserializer.deserialize_newtype_struct("$alert::Secret", Reader)
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Secret")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, "format": "password" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_form_of_debug_shows_the_text() {
        let secret = Secret::new("hunter2");
        for shown in [format!("{secret:?}"), format!("{:#?}", Some(&secret))] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        assert_eq!(secret.clone().expose(), "hunter2");
    }

    #[test]
    fn a_secret_is_read_from_a_string() {
        let secret: Secret = serde_json::from_str("\"a\\nb\"").unwrap();
        assert_eq!(secret, Secret::new("a\nb"));
    }

    #[test]
    fn an_error_does_not_show_what_was_there_instead() {
        for value in [
            json!(424_242),
            json!(-424_242),
            json!(424.242),
            json!(true),
            json!(["424242"]),
            json!({"424242": 1}),
        ] {
            let error = serde_json::from_value::<Secret>(value.clone()).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("a secret string"), "{text}");
            assert!(!text.contains("424") && !text.contains("true"), "{text}");
        }
    }

    #[test]
    fn the_schema_says_that_it_is_secret() {
        #[derive(JsonSchema)]
        #[allow(dead_code, reason = "only its schema is asked for")]
        struct Config {
            token: Secret,
        }
        let schema = schemars::schema_for!(Config).to_value();
        assert_eq!(
            schema["properties"]["token"],
            json!({"type": "string", "writeOnly": true, "format": "password"})
        );
    }
}
