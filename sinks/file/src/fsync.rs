use std::borrow::Cow;
use std::fmt;

use alert_core::ConfigDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// When records are made to survive a loss of power: `"never"`, `"each"`, or a duration such as
/// `"1s"`.
///
/// Against anything less than a loss of power, or a crash of the operating system, `never` is
/// enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fsync {
    /// When the operating system sees fit, which is within half a minute on most.
    #[default]
    Never,
    /// Before an alert counts as delivered. Costs a write to the disk for each batch.
    Each,
    /// This long after they were written at the latest, by a thread of the sink's own.
    Every(ConfigDuration),
}

const EXPECTED: &str = "`never`, `each` or a duration such as `1s`";

impl<'de> Deserialize<'de> for Fsync {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;

        impl Visitor<'_> for Word {
            type Value = Fsync;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Fsync, E> {
                match text {
                    "never" => return Ok(Fsync::Never),
                    "each" => return Ok(Fsync::Each),
                    _ => {}
                }
                match text.parse::<ConfigDuration>() {
                    Ok(every) if !every.is_zero() => Ok(Fsync::Every(every)),
                    Ok(_) => Err(E::invalid_value(
                        Unexpected::Str(text),
                        &"`each`, which is at once, or a duration above zero",
                    )),
                    Err(_) => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_str(Word)
    }
}

impl JsonSchema for Fsync {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fsync".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let duration = ConfigDuration::json_schema(generator);
        json_schema!({ "anyOf": [{ "enum": ["never", "each"] }, duration] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Fsync, serde_json::Error> {
        serde_json::from_value(serde_json::json!(text))
    }

    #[test]
    fn a_word_or_a_duration_is_read() {
        assert_eq!(read("never").unwrap(), Fsync::Never);
        assert_eq!(read("each").unwrap(), Fsync::Each);
        let every = ConfigDuration::from_millis(1_500);
        assert_eq!(read("1.5s").unwrap(), Fsync::Every(every));
    }

    #[test]
    fn what_is_neither_says_what_was_expected() {
        for (wrong, word) in [
            ("always", "`never`, `each` or a duration such as `1s`"),
            ("5", "`never`, `each` or a duration such as `1s`"),
            ("0s", "a duration above zero"),
        ] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains(word), "{wrong}: {error}");
        }
    }
}
