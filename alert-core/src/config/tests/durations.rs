use std::time::Duration as Std;

use super::{from_variable, told, tree};
use crate::config::{Duration, parse, schema_of};

fn read(text: &str) -> Option<Std> {
    text.parse::<Duration>().ok().map(Duration::get)
}

#[test]
fn durations_are_read_as_people_write_them() {
    for (text, millis) in [
        ("15m", 900_000),
        ("1h 30m", 5_400_000),
        ("1h30m", 5_400_000),
        ("500ms", 500),
        ("2 days", 172_800_000),
        ("1.5s", 1_500),
        (" 1 week ", 604_800_000),
        ("0s", 0),
        ("1 min 1 sec", 61_000),
    ] {
        assert_eq!(read(text), Some(Std::from_millis(millis)), "{text}");
    }
    assert_eq!(read("0.000000001s"), Some(Std::from_nanos(1)));
    assert_eq!(read("36500d"), Some(Std::from_secs(36_500 * 86_400)));
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "",
        " ",
        "15",
        "m",
        "-5s",
        "+5s",
        "1e3s",
        "nan",
        "inf",
        "5 parsecs",
        "1..5s",
        "1.s",
        ".5s",
        "99999999999999999999s",
        "36501d",
        "18446744073709551615w",
        "5m garbage",
        "1h,30m",
        "٣s",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn what_is_shown_can_be_read_again() {
    for nanos in [
        0,
        1,
        999,
        1_000,
        1_500_000,
        90_000_000_000,
        86_400_000_000_000,
        u64::MAX,
    ] {
        let duration = Duration::from(Std::from_nanos(nanos));
        assert_eq!(duration.to_string().parse(), Ok(duration), "{duration}");
    }
    assert_eq!(Duration::from_secs(5_400).to_string(), "1h 30m");
}

#[test]
fn longer_durations_than_a_century_are_cut_to_it() {
    let longest = Duration::from(Std::MAX);
    assert_eq!(longest, Duration::from_secs(u64::MAX));
    assert!(
        std::time::Instant::now()
            .checked_add(longest.get())
            .is_some()
    );
}

#[test]
fn a_number_without_a_unit_is_told_how_to_get_one() {
    let schema = schema_of::<Duration>();
    let (_, problems) = parse::<Duration>(&tree(stringify!(30)), &schema);
    assert_eq!(
        told(&problems),
        [
            "0: expected a duration with a unit, such as `30s`, found integer `30` \
          [write for example `30s`, `15m` or `1h 30m`]"
        ]
    );
    let (_, problems) = parse::<Duration>(&tree(stringify!("-3s")), &schema);
    assert!(told(&problems)[0].contains("a duration of 0 or more, found string `-3s`"));
    let (read, _) = parse::<Duration>(&from_variable("15m"), &schema);
    assert_eq!(read, Some(Duration::from_secs(900)));
}
