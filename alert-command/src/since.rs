//! From when on, as a person types it.

use std::time::Duration;

use alert::{ConfigDuration, Timestamp};

/// A point in time, or one so long before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    Ago(Duration),
    At(Timestamp),
}

impl Since {
    /// Reads `2h`, `2026-11-24` (its begin in UTC) or a time in RFC 3339.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(ago) = text.parse::<ConfigDuration>() {
            return Ok(Self::Ago(ago.get()));
        }
        let day = format!("{text}T00:00:00Z");
        match text.parse().or_else(|_| day.parse()) {
            Ok(time) => Ok(Self::At(time)),
            Err(_) => Err("expected how long ago, such as `2h`, a day, such as `2026-11-24`, or a time, such as \
                           `2026-11-24T05:48:57Z`"
                .to_owned()),
        }
    }

    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(ago) => {
                let micros = u64::try_from(ago.as_micros()).unwrap_or(u64::MAX);
                Timestamp::from_micros(now.as_micros().saturating_sub(micros))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_a_day_and_a_time_are_read() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        for (text, then) in [
            ("2h", "2026-11-24T10:00:00Z"),
            ("1d 12h", "2026-11-23T00:00:00Z"),
            ("2026-11-24", "2026-11-24T00:00:00Z"),
            ("2026-11-24T05:48:57+01:00", "2026-11-24T04:48:57Z"),
            ("36500d", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(
                Since::parse(text).unwrap().from(now),
                then.parse().unwrap(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["", "2", "yesterday", "2026-13-24", "-2h"] {
            assert!(Since::parse(text).is_err(), "{text}");
        }
    }
}
