use alert_testkit::strategy;
use proptest::prelude::*;

use super::*;
use crate::hostile::{Hostile, NOW, assert_harmless};

fn assert_all_harmless(hostile: &Hostile, columns: Option<usize>) {
    let reader = hostile.reader();
    let alerts = reader.history(&HistoryQuery::default()).unwrap();
    assert_eq!(alerts.len(), 3);
    assert_harmless(&page(&alerts, NOW, columns, Paint::none()), columns);
    let story = story_of(&reader, &AlertName::Number(1)).unwrap();
    assert_eq!((story.deliveries.len(), story.audit.len()), (1, 1));
    assert_harmless(&story::page(&story, NOW, columns, Paint::none()), columns);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_text_harms_the_history_or_a_story_in_any_width(
        texts in prop::collection::vec(strategy::hostile_text(), 1..20),
        columns in 20..200_usize,
    ) {
        let hostile = Hostile::with(&texts);
        assert_all_harmless(&hostile, Some(columns));
        assert_all_harmless(&hostile, None);
    }
}

#[test]
fn every_width_from_20_to_200_is_kept() {
    let texts: Vec<String> = strategy::HOSTILE
        .iter()
        .map(|text| text.to_string())
        .collect();
    let hostile = Hostile::with(&texts);
    for columns in 20..=200 {
        assert_all_harmless(&hostile, Some(columns));
    }
}

#[test]
fn a_story_holds_the_whole_of_every_text() {
    let long = "a text that is cut in the list but not here, ".repeat(20);
    let hostile = Hostile::with(&[long.trim().to_owned()]);
    let reader = hostile.reader();
    let story = story_of(&reader, &AlertName::Number(1)).unwrap();
    let kept = |text: &str| text.split_whitespace().collect::<String>();
    let drawn = kept(&story::page(&story, NOW, Some(60), Paint::none()));
    // Title, message, context twice, a link twice, the incident's title, who has it and why.
    assert!(drawn.matches(&kept(&long)).count() >= 6, "{drawn}");
}
