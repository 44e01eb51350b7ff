use alert_testkit::strategy;
use proptest::prelude::*;

use super::*;
use crate::hostile::{Hostile, NOW, assert_harmless};

fn assert_all_harmless(hostile: &Hostile, columns: Option<usize>) {
    let reader = hostile.reader();
    let alerts = reader.history(&HistoryQuery::default()).unwrap();
    assert_eq!(alerts.len(), 3);
    assert_harmless(&page(&alerts, NOW, columns, Paint::none()), columns);
    let story = story_of(&reader, AlertName::Number(1)).unwrap();
    assert_eq!((story.deliveries.len(), story.audit.len()), (1, 1));
    let sinks = reader.status(NOW).unwrap().sinks;
    assert!(!sinks.is_empty());
    let drawn = story::page(&story, &sinks, NOW, columns, Paint::none());
    assert_harmless(&drawn, columns);
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
    let story = story_of(&reader, AlertName::Number(1)).unwrap();
    let kept = |text: &str| text.split_whitespace().collect::<String>();
    let drawn = kept(&story::page(&story, &[], NOW, Some(60), Paint::none()));
    // Title, message, context twice, a link twice, the incident's title, who has it and why.
    assert!(drawn.matches(&kept(&long)).count() >= 6, "{drawn}");
}

#[test]
fn an_alert_may_wait_where_its_program_holds_alerts_and_no_end_was_told() {
    let hostile = Hostile::with(&["a".to_owned()]);
    let reader = hostile.reader();
    let story = story_of(&reader, AlertName::Number(1)).unwrap();
    let end = &story.deliveries[0];
    let sinks = reader.status(NOW).unwrap().sinks;
    let sink = |change: &dyn Fn(&mut SinkHealth)| {
        let mut sink = sinks[0].clone();
        (sink.program, sink.sink) = (end.program.clone(), "ops".to_owned());
        (sink.pending, sink.seen_at, sink.state) = (3, NOW, "circuit_open".to_owned());
        change(&mut sink);
        vec![sink]
    };
    let waits = |sinks: Vec<SinkHealth>| !waiting::places(&story, sinks).is_empty();
    assert!(waits(sink(&|_| {})));
    assert!(!waits(sink(&|sink| sink.pending = 0)));
    assert!(!waits(sink(&|sink| sink.seen_at = Timestamp::MIN)));
    assert!(!waits(sink(&|sink| sink.program = "another".to_owned())));
    assert!(!waits(sink(&|sink| sink.sink = end.sink.clone())));
    let own = |sink: &mut SinkHealth| sink.kind = "sqlite-state".to_owned();
    assert!(
        waits(sink(&own)),
        "one that fails may be of another database"
    );
    assert!(!waits(sink(&|sink| {
        own(sink);
        sink.state = "healthy".to_owned();
    })));
    let mut unknown = story.clone();
    unknown.deliveries.clear();
    let other = sink(&|sink| sink.program = "another".to_owned());
    assert_eq!(waiting::places(&unknown, other.clone()), other);

    let drawn = story::page(&story, &sink(&|_| {}), NOW, None, Paint::none());
    let told = "it may still wait at\n  program  sink  state         waiting  last error\n";
    assert!(drawn.contains(told), "{drawn}");
}
