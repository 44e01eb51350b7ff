//! When it was said. The only place that reads the wall clock.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::wire::parsed;

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// A point in time on the wall clock, in microseconds since 1970, from 1970-01-01 to 9999-12-30T22:00:00.999999Z.
///
/// What lies outside is clamped, so a broken clock gives a wrong time and never an error. Shown and serialized as
/// RFC 3339 in UTC with milliseconds: `2026-11-24T05:48:57.123Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The earliest time: 1970-01-01T00:00:00Z.
    pub const MIN: Timestamp = Timestamp(0);

    /// The latest time, a day before the end of the year 9999, so that it exists in every time zone.
    pub const MAX: Timestamp = Timestamp(253_402_207_200_999_999);

    /// What the wall clock says now. It may jump, also backwards; measure durations with a monotonic clock.
    #[inline]
    #[allow(clippy::disallowed_methods, reason = "the one place that may ask")]
    pub fn now() -> Timestamp {
        Timestamp::from(SystemTime::now())
    }

    /// So many microseconds after 1970-01-01T00:00:00Z, at most [`Timestamp::MAX`].
    pub const fn from_micros(micros: u64) -> Timestamp {
        if micros > Timestamp::MAX.0 {
            Timestamp::MAX
        } else {
            Timestamp(micros)
        }
    }

    /// The microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The same time as the standard library's type.
    pub fn as_system_time(self) -> SystemTime {
        // A platform whose clock cannot hold the year 9999 gets the epoch instead of a panic.
        UNIX_EPOCH
            .checked_add(Duration::from_micros(self.0))
            .unwrap_or(UNIX_EPOCH)
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub const fn saturating_since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl From<SystemTime> for Timestamp {
    #[inline]
    fn from(time: SystemTime) -> Timestamp {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let seconds = since.as_secs().saturating_mul(1_000_000);
        Timestamp::from_micros(seconds.saturating_add(u64::from(since.subsec_micros())))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = i64::try_from(self.0)
            .ok()
            .and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok())
            .unwrap_or(jiff::Timestamp::MAX);
        PRINTER
            .print_timestamp(&time, StdFmtWrite(f))
            .map_err(|_| fmt::Error)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidText;

    /// Reads RFC 3339 with any offset; a time before 1970 becomes 1970.
    fn from_str(text: &str) -> Result<Timestamp, InvalidText> {
        let time: jiff::Timestamp = text
            .parse()
            .map_err(|_| InvalidText("not a time in RFC 3339"))?;
        let micros = u64::try_from(time.as_microsecond()).unwrap_or(0);
        Ok(Timestamp::from_micros(micros))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        parsed(deserializer, "a time in RFC 3339")
    }
}

/// A text that is no [`Timestamp`] or no [`AlertId`](super::AlertId). It does not repeat the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidText(pub(super) &'static str);

impl fmt::Display for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for InvalidText {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_is_shown_in_utc_with_milliseconds() {
        let time = Timestamp::from_micros(1_795_499_337_123_999);
        assert_eq!(time.to_string(), "2026-11-24T05:48:57.123Z");
        assert_eq!(
            serde_json::to_value(time).unwrap(),
            "2026-11-24T05:48:57.123Z"
        );
        assert_eq!(Timestamp::MIN.to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T22:00:00.999Z");
    }

    #[test]
    fn a_clock_outside_the_range_is_clamped() {
        let before = UNIX_EPOCH - Duration::from_secs(3_600);
        assert_eq!(Timestamp::from(before), Timestamp::MIN);
        let after = UNIX_EPOCH + Duration::from_secs(400_000_000_000);
        assert_eq!(Timestamp::from(after), Timestamp::MAX);
        assert_eq!(Timestamp::from_micros(u64::MAX), Timestamp::MAX);
        assert_eq!("1960-01-01T00:00:00Z".parse(), Ok(Timestamp::MIN));
    }

    #[test]
    fn the_latest_time_is_the_latest_that_every_zone_can_show() {
        assert_eq!(
            i64::try_from(Timestamp::MAX.as_micros()).unwrap(),
            jiff::Timestamp::MAX.as_microsecond()
        );
    }

    #[test]
    fn text_that_is_no_time_is_refused_without_being_repeated() {
        let error = "hunter2".parse::<Timestamp>().unwrap_err();
        assert_eq!(error.to_string(), "not a time in RFC 3339");
        let error = serde_json::from_str::<Timestamp>("\"hunter2\"").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    proptest! {
        #[test]
        fn a_shown_time_is_read_back_to_the_millisecond(micros in 0..=Timestamp::MAX.0) {
            let time = Timestamp::from_micros(micros);
            let millis = Timestamp::from_micros(micros / 1_000 * 1_000);
            prop_assert_eq!(time.to_string().parse(), Ok(millis));
            prop_assert_eq!(Timestamp::from(time.as_system_time()), time);
        }
    }
}
