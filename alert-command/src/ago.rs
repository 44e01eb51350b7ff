//! How long ago something was, in a word.

use std::time::Duration;

use alert::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `5m ago`, or `in 5m` for what is still to come.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let ahead = then.saturating_since(now);
    if ahead >= Duration::from_secs(1) {
        return format!("in {}", span(ahead));
    }
    match now.saturating_since(then) {
        since if since < Duration::from_secs(1) => "now".to_owned(),
        since => format!("{} ago", span(since)),
    }
}

/// A duration in its largest unit, rounded down: `12s`, `5m`, `47h`, `12d`, `3y`.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (count, unit) = match seconds {
        ..MINUTE => (seconds, 's'),
        ..HOUR => (seconds / MINUTE, 'm'),
        // Up to two days hours say more.
        _ if seconds < 2 * DAY => (seconds / HOUR, 'h'),
        _ if seconds < 730 * DAY => (seconds / DAY, 'd'),
        _ => (seconds / (365 * DAY), 'y'),
    };
    format!("{count}{unit}")
}

/// A time to the second, in UTC: `2026-11-24T05:48:57Z`.
pub(crate) fn exact(time: Timestamp) -> String {
    let shown = time.to_string();
    match shown.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_largest_unit_says_how_long_ago() {
        let now = at(100 * 365 * DAY);
        for (seconds, told) in [
            (0, "now"),
            (1, "1s ago"),
            (59, "59s ago"),
            (60, "1m ago"),
            (3_599, "59m ago"),
            (3_600, "1h ago"),
            (47 * HOUR, "47h ago"),
            (2 * DAY, "2d ago"),
            (729 * DAY, "729d ago"),
            (730 * DAY, "2y ago"),
        ] {
            let then = at(100 * 365 * DAY - seconds);
            assert_eq!(ago(now, then), told);
        }
    }

    #[test]
    fn what_is_to_come_is_said_to() {
        assert_eq!(ago(at(10), at(130)), "in 2m");
        assert_eq!(
            ago(Timestamp::MIN, Timestamp::MAX),
            "in 8035y",
            "no arithmetic fails"
        );
        assert_eq!(ago(Timestamp::MAX, Timestamp::MIN), "8035y ago");
    }

    #[test]
    fn the_exact_time_is_told_to_the_second() {
        let time = Timestamp::from_micros(1_795_499_337_123_999);
        assert_eq!(exact(time), "2026-11-24T05:48:57Z");
    }
}
