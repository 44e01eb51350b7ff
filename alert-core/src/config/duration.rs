//! Durations in configs.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::{Serialize, Serializer};

use super::unit;

/// A length of time in a config: `"15m"`, `"1h 30m"`, `"1.5s"`, `"500ms"`, `"2 days"`.
///
/// Units are `ns us ms s m h d w` and their English names. A number without a unit is refused,
/// so is a negative one, and anything above 36,500 days. `Display` writes what can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(std::time::Duration);

const EXPECTED: &str = "a duration with a unit, such as `30s`";
const PATTERN: &str = r"^\s*(\d+(\.\d+)?\s*[A-Za-zµμ]+\s*)+$";
const LONGEST_NANOS: u128 = 36_500 * 86_400 * 1_000_000_000;

impl Duration {
    /// A whole number of seconds; more than 36,500 days are cut to them.
    pub const fn from_secs(secs: u64) -> Self {
        Self::of(std::time::Duration::from_secs(secs))
    }

    /// A whole number of milliseconds; more than 36,500 days are cut to them.
    pub const fn from_millis(millis: u64) -> Self {
        Self::of(std::time::Duration::from_millis(millis))
    }

    const fn of(duration: std::time::Duration) -> Self {
        const LONGEST: std::time::Duration = std::time::Duration::from_secs(36_500 * 86_400);
        if duration.as_nanos() > LONGEST_NANOS {
            Self(LONGEST)
        } else {
            Self(duration)
        }
    }

    /// The same as the standard library's type. At most 36,500 days, so that adding it to an
    /// `Instant` or a time of day cannot overflow.
    pub const fn get(self) -> std::time::Duration {
        self.0
    }

    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

fn nanos(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" | "nsec" | "nsecs" | "nanosecond" | "nanoseconds" => 1,
        "us" | "µs" | "μs" | "usec" | "usecs" | "microsecond" | "microseconds" => 1_000,
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000_000_000,
        "d" | "day" | "days" => 86_400_000_000_000,
        "w" | "week" | "weeks" => 604_800_000_000_000,
        _ => return None,
    })
}

/// Why a text is no [`Duration`]. `Display` does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationError(&'static str);

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for DurationError {}

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        if text.trim_start().starts_with('-') {
            return Err(DurationError("a duration of 0 or more"));
        }
        let parts = unit::parts(text).ok_or(DurationError(EXPECTED))?;
        let mut sum = 0_u128;
        for part in &parts {
            if part.unit.is_empty() {
                return Err(DurationError(EXPECTED));
            }
            let scale = nanos(part.unit).ok_or(DurationError(
                "a duration in `ms`, `s`, `m`, `h`, `d` or `w`",
            ))?;
            let nanos = part.times(scale).and_then(|nanos| sum.checked_add(nanos));
            sum = nanos
                .filter(|sum| *sum <= LONGEST_NANOS)
                .ok_or(DurationError("a duration of at most 36500 days"))?;
        }
        let seconds = u64::try_from(sum / 1_000_000_000).map_err(|_| DurationError(EXPECTED))?;
        let rest = u32::try_from(sum % 1_000_000_000).map_err(|_| DurationError(EXPECTED))?;
        Ok(Self(std::time::Duration::new(seconds, rest)))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0s");
        }
        let mut left = self.0.as_nanos();
        let mut separator = "";
        for unit in ["d", "h", "m", "s", "ms", "us", "ns"] {
            let Some(scale) = nanos(unit) else { continue };
            let (count, rest) = (left / scale, left % scale);
            if count > 0 {
                write!(f, "{separator}{count}{unit}")?;
                separator = " ";
            }
            left = rest;
        }
        Ok(())
    }
}

/// More than 36,500 days are cut to them.
impl From<std::time::Duration> for Duration {
    fn from(duration: std::time::Duration) -> Self {
        Self::of(duration)
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        duration.0
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Duration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
                text.parse().map_err(|DurationError(expected)| {
                    E::invalid_value(Unexpected::Str(text), &expected)
                })
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "alert_core::config::Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN, "examples": ["30s", "15m", "1h 30m"] })
    }
}
