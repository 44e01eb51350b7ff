//! Days, as the log's times tell them: in UTC.

use alert_core::Timestamp;

const MICROS: u64 = 86_400_000_000;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(u64);

impl Day {
    pub(crate) fn of(time: Timestamp) -> Self {
        Self(time.as_micros() / MICROS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_utc() {
        let day = |text: &str| Day::of(text.parse().unwrap());
        assert_eq!(
            day("2026-11-24T00:00:00Z"),
            day("2026-11-24T23:59:59.999999Z")
        );
        assert!(day("2026-11-24T23:59:59.999Z") < day("2026-11-25T00:00:00Z"));
        assert_eq!(
            day("2026-11-25T01:00:00+02:00"),
            day("2026-11-24T12:00:00Z")
        );
    }
}
