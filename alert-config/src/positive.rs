//! Values of which none is nonsense.

use std::borrow::Cow;

use alert_core::{ConfigDuration, Size};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error, Unexpected};

/// A duration or a size above zero.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Positive<T>(pub(crate) T);

pub(crate) trait Amount: Copy {
    /// What is expected in place of zero.
    const ABOVE_ZERO: &'static str;

    fn is_none(self) -> bool;
}

impl Amount for ConfigDuration {
    const ABOVE_ZERO: &'static str = "a duration above zero";

    fn is_none(self) -> bool {
        self.is_zero()
    }
}

impl Amount for Size {
    const ABOVE_ZERO: &'static str = "a size above zero";

    fn is_none(self) -> bool {
        self.bytes() == 0
    }
}

impl<'de, T: Amount + Deserialize<'de> + std::fmt::Display> Deserialize<'de> for Positive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amount = T::deserialize(deserializer)?;
        if amount.is_none() {
            let shown = amount.to_string();
            return Err(D::Error::invalid_value(
                Unexpected::Str(&shown),
                &T::ABOVE_ZERO,
            ));
        }
        Ok(Self(amount))
    }
}

impl<T: JsonSchema> JsonSchema for Positive<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
