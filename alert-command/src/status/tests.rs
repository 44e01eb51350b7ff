use alert_testkit::strategy;
use proptest::prelude::*;

use super::check::Verdict;
use super::*;
use crate::hostile::{Hostile, NOW, assert_harmless};
use crate::screen::Paint;

fn seen(hostile: &Hostile) -> Seen {
    Seen {
        path: hostile.path.clone(),
        status: Some(hostile.reader().status(NOW).unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_text_harms_the_status_in_any_width(
        texts in prop::collection::vec(strategy::hostile_text(), 1..20),
        columns in 20..200_usize,
    ) {
        let seen = seen(&Hostile::with(&texts));
        for columns in [Some(columns), Some(20), None] {
            assert_harmless(&told::page(&seen, columns, Paint::none()), columns);
        }
    }

    #[test]
    fn a_check_is_one_line_with_one_bar_whatever_the_texts(
        texts in prop::collection::vec(strategy::hostile_text(), 1..20),
        acknowledged_ok in any::<bool>(),
    ) {
        let seen = seen(&Hostile::with(&texts));
        let line = Verdict::of(&seen.status.unwrap(), acknowledged_ok).line();
        assert_harmless(&line, None);
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(line.matches('|').count(), 1, "{}", line);
        prop_assert!(line.len() < 4_096, "{}", line.len());
        let word = if acknowledged_ok { "ALERT " } else { "ALERT CRITICAL - " };
        prop_assert!(line.starts_with(word), "{}", line);
        // 'label'=value[UOM];[warn];[crit];[min];[max]
        for part in line.rsplit_once(" | ").unwrap().1.split(' ') {
            let (label, values) = part.split_once('=').unwrap();
            prop_assert!(label.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            let values: Vec<&str> = values.split(';').collect();
            prop_assert_eq!(values.len(), 5);
            let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            let value = values[0].strip_suffix('B').unwrap_or(values[0]);
            prop_assert!(!value.is_empty() && number(value));
            prop_assert!(values[1..].iter().all(|value| number(value)));
        }
    }
}

#[test]
fn every_width_from_20_to_200_is_kept() {
    let texts: Vec<String> = strategy::HOSTILE
        .iter()
        .map(|text| text.to_string())
        .collect();
    let seen = seen(&Hostile::with(&texts));
    for columns in 20..=200 {
        assert_harmless(
            &told::page(&seen, Some(columns), Paint::none()),
            Some(columns),
        );
    }
}

#[test]
fn a_long_text_is_cut_in_a_check() {
    let seen = seen(&Hostile::with(&["T".repeat(500)]));
    let line = Verdict::of(&seen.status.unwrap(), false).line();
    let cut = format!(": {}… ({}…) since ", "T".repeat(119), "T".repeat(119));
    assert!(line.contains(&cut), "{line}");
}

#[test]
fn what_is_bad_is_red() {
    let drawn = |status: Stored| {
        let seen = Seen {
            path: "/state.db".into(),
            status: Some(status),
        };
        told::page(&seen, None, Paint::all())
    };
    let well = drawn(with_sink("healthy", [Some(1), None, Some(0)], 0));
    assert!(well.contains("\u{1b}[32mhealthy\u{1b}[0m"), "{well:?}");
    let lossy = drawn(with_sink("healthy", [Some(1), Some(1), Some(0)], 1));
    assert!(lossy.contains("\u{1b}[1;31mhealthy\u{1b}[0m"), "{lossy:?}");
    let hostile = Hostile::with(&["t".to_owned()]);
    let shown = drawn(hostile.reader().status(NOW).unwrap());
    for severity in [
        "\u{1b}[1;31mcritical\u{1b}[0m",
        "\u{1b}[33mwarning\u{1b}[0m",
    ] {
        assert!(shown.contains(severity), "{shown:?}");
    }
}

/// The status of a database with one sink: its state, and how many minutes ago it last succeeded,
/// failed and reported.
fn with_sink(state: &str, [success, error, report]: [Option<i64>; 3], lost: i64) -> Stored {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    alert::sinks::sqlite_state::StateStore::open(&path).unwrap();
    let minutes = |ago: Option<i64>| {
        let now = i64::try_from(NOW.as_micros()).unwrap();
        ago.map(|ago| now - ago * 60_000_000)
    };
    let connection = rusqlite::Connection::open(&path).unwrap();
    let row = rusqlite::params![
        state,
        minutes(success),
        minutes(error),
        lost,
        minutes(report)
    ];
    connection
        .execute(
            "INSERT INTO sinks (program, sink, kind, state, last_success_at, last_error_at, last_error, pending,
                                delivered, lost, pid, seen_at)
             VALUES ('nightly', 'ops', 'discord', ?1, ?2, ?3, 'answered 500', 7, 1, ?4, 1, ?5)",
            row,
        )
        .unwrap();
    let reader = alert::sinks::sqlite_state::StateReader::open(&path).unwrap();
    reader.status(NOW).unwrap()
}

#[test]
fn a_sink_in_trouble_is_a_warning_as_long_as_its_program_is_there() {
    const DAY: i64 = 24 * 60;
    for (state, times, lost, troubled) in [
        ("healthy", [Some(1), None, Some(0)], 0, false),
        ("healthy", [Some(1), Some(2), Some(0)], 0, false),
        ("failing", [Some(1), Some(0), Some(0)], 0, true),
        ("circuit_open", [None, Some(0), Some(0)], 0, true),
        ("unusable", [None, None, Some(0)], 0, true),
        ("halted", [Some(9), Some(5), Some(DAY)], 0, true),
        ("halted", [Some(9), Some(5), Some(DAY + 1)], 0, false),
        ("closed", [Some(9), Some(5), Some(5)], 0, true),
        ("closed", [Some(5), Some(9), Some(5)], 0, false),
        ("closed", [None, Some(5), Some(5)], 0, true),
        ("closed", [Some(5), None, Some(5)], 0, false),
        ("healthy", [Some(1), Some(60), Some(0)], 3, true),
        ("healthy", [Some(1), Some(61), Some(0)], 3, false),
        ("opening", [None, None, Some(0)], 0, false),
    ] {
        let line = Verdict::of(&with_sink(state, times, lost), false).line();
        let told = format!(
            "ALERT WARNING - no open incident; sink ops of nightly in trouble ({state}) | "
        );
        let said = if troubled {
            told.as_str()
        } else {
            "ALERT OK - no open incident | "
        };
        assert!(line.starts_with(said), "{state} {times:?} {lost}: {line}");
        let count = format!(
            " sinks_in_trouble={};0;;0; waiting=7;;;0; ",
            u8::from(troubled)
        );
        assert!(line.contains(&count), "{line}");
    }
}
