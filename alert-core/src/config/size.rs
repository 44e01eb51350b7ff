//! Sizes in bytes in configs.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::{Serialize, Serializer};

use super::unit;

/// A number of bytes in a config: `"64KiB"`, `"10 MB"`, or a plain number of bytes.
///
/// Units are `B`, `kB MB GB TB` (powers of 1000) and `KiB MiB GiB TiB` (powers of 1024), in any
/// case. At most 2⁶³ − 1 bytes; parts of a byte are cut off. `Display` writes what can be read
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Size(u64);

const EXPECTED: &str = "a size in bytes, or with a unit such as `64KiB`";
const PATTERN: &str = r"^\s*\d+(\.\d+)?\s*([KkMmGgTt][Ii]?)?[Bb]?\s*$";
// What a config format can hold as a number, it must be able to hold as a size.
const LARGEST: u64 = i64::MAX as u64;

impl Size {
    /// So many bytes; more than 2⁶³ − 1 are cut to them.
    pub const fn from_bytes(bytes: u64) -> Self {
        if bytes > LARGEST {
            Self(LARGEST)
        } else {
            Self(bytes)
        }
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

fn scale(unit: &str) -> Option<u128> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    })
}

/// Why a text is no [`Size`]. `Display` does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeError(&'static str);

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SizeError {}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let parts = unit::parts(text).ok_or(SizeError(EXPECTED))?;
        let [part] = parts.as_slice() else {
            return Err(SizeError(EXPECTED));
        };
        let scale = scale(part.unit).ok_or(SizeError(
            "a size in `KiB`, `MiB`, `GiB`, `kB`, `MB` or `GB`",
        ))?;
        let bytes = part
            .times(scale)
            .and_then(|bytes| u64::try_from(bytes).ok());
        match bytes.filter(|bytes| *bytes <= LARGEST) {
            Some(bytes) => Ok(Self(bytes)),
            None => Err(SizeError("a size below 2^63 bytes")),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.0 > 0 && self.0.trailing_zeros() >= shift {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}B", self.0)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_u64<E: Error>(self, bytes: u64) -> Result<Size, E> {
                if bytes > LARGEST {
                    return Err(E::invalid_value(
                        Unexpected::Unsigned(bytes),
                        &"a size below 2^63 bytes",
                    ));
                }
                Ok(Size(bytes))
            }

            fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
                match u64::try_from(bytes) {
                    Ok(bytes) => self.visit_u64(bytes),
                    Err(_) => Err(E::invalid_value(Unexpected::Signed(bytes), &self)),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                text.parse().map_err(|SizeError(expected)| {
                    E::invalid_value(Unexpected::Str(text), &expected)
                })
            }
        }

        deserializer.deserialize_any(Bytes)
    }
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn schema_id() -> Cow<'static, str> {
        "alert_core::config::Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "minimum": 0,
            "pattern": PATTERN,
            "examples": ["64KiB", "10 MB"],
        })
    }
}
