//! How long a service asks to be left alone: never shorter than it said, never longer than a day.

use std::time::{Duration, SystemTime};

use httpdate::parse_http_date;
use serde_json::Value;

/// The longest that is believed.
pub(crate) const MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a `Retry-After` asks for, whose values are `values`. `now` is the answer's own time, else
/// the clock's. `None` for no pause (a date that has passed, zero) and for what cannot be read,
/// repeats that differ among it.
pub(crate) fn of_header<'a>(
    values: impl IntoIterator<Item = &'a str>,
    now: SystemTime,
) -> Option<Duration> {
    let mut values = values.into_iter().map(str::trim);
    let first = values.next()?;
    if values.any(|other| other != first) {
        return None;
    }
    let pause = match of_decimal(first) {
        Some(pause) => pause,
        None => until(first, now)?,
    };
    sensible(pause)
}

/// What a JSON body asks for: `retry_after` in seconds, at its top or within `parameters`.
pub(crate) fn of_body(body: &Value) -> Option<Duration> {
    let within = body.get("parameters").and_then(|p| p.get("retry_after"));
    let hints = [body.get("retry_after"), within];
    hints.into_iter().flatten().filter_map(of_value).max()
}

fn of_value(value: &Value) -> Option<Duration> {
    let pause = match value {
        Value::Number(number) => {
            let text = number.to_string();
            of_decimal(&text).or_else(|| of_float(number.as_f64()?))
        }
        Value::String(text) => of_decimal(text.trim()),
        _ => None,
    };
    pause.and_then(sensible)
}

fn sensible(pause: Duration) -> Option<Duration> {
    (!pause.is_zero()).then(|| pause.min(MOST))
}

fn until(date: &str, now: SystemTime) -> Option<Duration> {
    parse_http_date(date).ok()?.duration_since(now).ok()
}

/// Digits, perhaps with a fraction, which is rounded up to a millisecond; read digit by digit, since
/// a float may lie below what was written.
fn of_decimal(text: &str) -> Option<Duration> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    // Digits alone fail only by being too many.
    let seconds = whole.parse::<u64>().unwrap_or(u64::MAX);
    let (millis, rest) = fraction.split_at(fraction.len().min(3));
    // At most three digits, or none.
    let mut millis = format!("{millis:0<3}").parse::<u64>().unwrap_or(0);
    if rest.bytes().any(|b| b != b'0') {
        millis += 1;
    }
    Some(Duration::from_secs(seconds).saturating_add(Duration::from_millis(millis)))
}

/// What is written with an exponent.
fn of_float(seconds: f64) -> Option<Duration> {
    if seconds.is_nan() || seconds <= 0.0 {
        return None;
    }
    if seconds >= MOST.as_secs_f64() {
        return Some(MOST);
    }
    // Below a day of milliseconds, so the cast is exact.
    Some(Duration::from_millis((seconds * 1_000.0).ceil() as u64 + 1))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// 1994-11-06 08:49:00 UTC.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(784_111_740)
    }

    fn header(value: &str) -> Option<Duration> {
        of_header([value], now())
    }

    const fn ms(millis: u64) -> Option<Duration> {
        Some(Duration::from_millis(millis))
    }

    #[test]
    fn seconds_are_read_and_a_fraction_is_rounded_up() {
        assert_eq!(header("2"), ms(2_000));
        assert_eq!(header(" 120 "), ms(120_000));
        assert_eq!(header("0.25"), ms(250));
        assert_eq!(header("1.0001"), ms(1_001));
        assert_eq!(header("1.00000000000000000001"), ms(1_001));
        assert_eq!(header("1."), ms(1_000));
        assert_eq!(header("0.9999"), ms(1_000));
    }

    #[test]
    fn all_three_forms_of_a_date_count_from_the_answers_own_time() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(header(date), ms(37_000), "{date}");
        }
    }

    #[test]
    fn a_date_that_has_passed_and_zero_ask_for_nothing() {
        for value in [
            "0",
            "0.000",
            "Sun, 06 Nov 1994 08:49:00 GMT",
            "Sun, 06 Nov 1994 08:48:59 GMT",
        ] {
            assert_eq!(header(value), None, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_read_asks_for_nothing() {
        for value in [
            "", "-1", "+1", "NaN", "inf", "1e3", "soon", ".5", "1,5", "0x10", "1 s", "٣",
        ] {
            assert_eq!(header(value), None, "{value}");
        }
        assert_eq!(of_header(["2", "3"], now()), None);
        assert_eq!(of_header(["2", " 2"], now()), ms(2_000));
        assert_eq!(of_header([], now()), None);
    }

    #[test]
    fn nothing_is_believed_beyond_a_day() {
        for value in [
            "86401",
            "18446744073709551615.9999",
            "99999999999999999999999999",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            assert_eq!(header(value), Some(MOST), "{value}");
        }
    }

    #[test]
    fn the_longer_hint_of_a_body_counts() {
        let hint = |body: Value| of_body(&body);
        assert_eq!(hint(json!({ "retry_after": 0.65 })), ms(650));
        assert_eq!(hint(json!({ "retry_after": 3 })), ms(3_000));
        assert_eq!(hint(json!({ "retry_after": "1.5" })), ms(1_500));
        let both = json!({ "retry_after": 3, "parameters": { "retry_after": 4 } });
        assert_eq!(hint(both), ms(4_000));
        assert_eq!(hint(json!({ "retry_after": 1e308 })), Some(MOST));
        assert_eq!(hint(json!({ "retry_after": 1e-9 })), ms(2));
        for nothing in [json!(-1), json!(0), json!(null), json!([1]), json!("soon")] {
            assert_eq!(hint(json!({ "retry_after": nothing })), None);
        }
        assert_eq!(hint(json!([])), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_wait_beyond_a_day(text in ".{0,40}") {
            prop_assert!(header(&text).is_none_or(|pause| pause <= MOST));
        }

        #[test]
        fn a_pause_is_never_shorter_than_what_was_written(
            seconds in 0_u64..86_399,
            fraction in "[0-9]{1,20}",
        ) {
            let text = format!("{seconds}.{fraction}");
            let nanos = fraction.bytes().take(9).fold(0_u64, |sum, b| sum * 10 + u64::from(b - b'0'));
            let nanos = nanos * 10_u64.pow(9_u32.saturating_sub(fraction.len() as u32));
            let least = Duration::from_secs(seconds) + Duration::from_nanos(nanos);
            let pause = header(&text).unwrap_or(Duration::ZERO);
            prop_assert!(pause >= least && pause <= least + Duration::from_millis(1));
        }

        #[test]
        fn any_number_in_a_body_is_harmless(number in proptest::num::f64::ANY) {
            let pause = of_body(&json!({ "retry_after": number }));
            prop_assert!(pause.is_none_or(|pause| !pause.is_zero() && pause <= MOST));
            if number > 0.0 && number < 86_000.0 {
                prop_assert!(pause.unwrap_or_default().as_secs_f64() >= number);
            }
        }
    }
}
