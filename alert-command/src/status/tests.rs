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
