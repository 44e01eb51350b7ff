use alert_core::{Findings, Size};
use schemars::JsonSchema;
use serde::Deserialize;

/// Below this a log would hold a handful of alerts: a unit was forgotten.
const SMALLEST: u64 = 1024;
const KEEP: u32 = 7;

/// When a log steps aside, and what becomes of it then.
///
/// At least one of [`Rotate::size`] and [`Rotate::daily`] must be given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rotate {
    /// Rotates before the file would grow beyond this size, such as `"10MiB"`; at least 1 KiB. A
    /// record that is larger has a file of its own. Default: no limit.
    #[serde(default)]
    pub size: Option<Size>,
    /// Rotates before the first record that is written on another day (in UTC, as the times in the
    /// log) than those before it. Default: false.
    #[serde(default)]
    pub daily: bool,
    /// How many rotated files are kept, the newest ones; at least 1. Default: 7.
    #[serde(default = "keep")]
    #[schemars(range(min = 1))]
    pub keep: u32,
    /// How rotated files are compressed: `none` (the default) or `gzip`.
    #[serde(default)]
    pub compress: Compress,
}

/// How rotated files are compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compress {
    /// Not at all.
    #[default]
    None,
    /// To a `.gz` file, by a thread of the sink's own.
    Gzip,
}

fn keep() -> u32 {
    KEEP
}

impl Rotate {
    const fn never() -> Self {
        Self {
            size: None,
            daily: false,
            keep: KEEP,
            compress: Compress::None,
        }
    }

    /// Before the file would grow beyond this size (at least 1 KiB); keeps 7, uncompressed.
    pub const fn at(size: Size) -> Self {
        Self {
            size: Some(size),
            ..Self::never()
        }
    }

    /// When the day (in UTC) is over; keeps 7, uncompressed.
    pub const fn daily() -> Self {
        Self {
            daily: true,
            ..Self::never()
        }
    }

    /// Also before the file would grow beyond this size.
    #[must_use = "returns the changed rotation"]
    pub const fn or_at(mut self, size: Size) -> Self {
        self.size = Some(size);
        self
    }

    /// Keeps so many rotated files, at least 1.
    #[must_use = "returns the changed rotation"]
    pub const fn keep(mut self, files: u32) -> Self {
        self.keep = files;
        self
    }

    /// Compresses rotated files so.
    #[must_use = "returns the changed rotation"]
    pub const fn compress(mut self, how: Compress) -> Self {
        self.compress = how;
        self
    }

    pub(crate) fn check(&self, found: &mut Findings) {
        if !cfg!(unix) {
            found.error("rotate", "rotation needs Unix, leave it out");
        }
        if self.size.is_none() && !self.daily {
            found.error(
                "rotate",
                "nothing says when to rotate, add `size = \"10MiB\"`, `daily = true` or both",
            );
        }
        if let Some(size) = self.size
            && size.bytes() < SMALLEST
        {
            let text = format!(
                "{size} would not hold a handful of alerts, give at least 1KiB (is a unit missing?)"
            );
            found.error("rotate.size", text);
        }
        if self.keep == 0 {
            found.error(
                "rotate.keep",
                "each file would be removed as it is rotated, keep at least 1",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: serde_json::Value) -> Vec<String> {
        let rotate: Rotate = serde_json::from_value(json).unwrap();
        let mut found = Findings::new();
        rotate.check(&mut found);
        let (problems, _) = found.into_parts();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_size_or_a_day_is_enough_and_seven_are_kept() {
        let read = |json| serde_json::from_value::<Rotate>(json).unwrap();
        let size = Size::from_bytes(10 << 20);
        assert_eq!(
            read(serde_json::json!({ "size": "10MiB" })),
            Rotate::at(size)
        );
        assert_eq!(read(serde_json::json!({ "daily": true })), Rotate::daily());
        let all =
            serde_json::json!({ "size": "10MiB", "daily": true, "keep": 3, "compress": "gzip" });
        let expected = Rotate::daily().or_at(size).keep(3).compress(Compress::Gzip);
        assert_eq!(read(all), expected);
    }

    #[cfg(unix)]
    #[test]
    fn what_contradicts_itself_is_found() {
        assert!(problems(serde_json::json!({ "daily": true })).is_empty());
        for (wrong, word) in [
            (serde_json::json!({}), "when to rotate"),
            (
                serde_json::json!({ "daily": false, "keep": 3 }),
                "when to rotate",
            ),
            (
                serde_json::json!({ "daily": true, "keep": 0 }),
                "keep at least 1",
            ),
            (serde_json::json!({ "size": 10 }), "is a unit missing?"),
        ] {
            let found = problems(wrong.clone());
            assert_eq!(found.len(), 1, "{wrong}: {found:?}");
            assert!(found[0].contains(word), "{wrong}: {found:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in [
            serde_json::json!({ "size": "10MiB", "weekly": true }),
            serde_json::json!({ "size": "10MiB", "compress": "zip" }),
            serde_json::json!({ "size": "10MiB", "keep": -1 }),
            serde_json::json!({ "size": "much" }),
        ] {
            assert!(
                serde_json::from_value::<Rotate>(wrong.clone()).is_err(),
                "{wrong}"
            );
        }
    }
}
