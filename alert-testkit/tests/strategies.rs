//! The strategies make what they promise.

use alert_core::{Alert, Severity, Status};
use alert_testkit::{Answer, strategy};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// So many values, the same in each run.
fn some<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, many: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..many)
        .map(|_| {
            strategy
                .new_tree(&mut runner)
                .expect("nothing is filtered")
                .current()
        })
        .collect()
}

#[test]
fn hostile_text_is_hostile_in_many_ways() {
    let texts = some(strategy::hostile_text(), 500);
    for piece in [
        "\0", "\n", "\r", "\u{1b}", "\u{85}", "\u{9b}", "\u{2028}", "\u{202e}", "\u{301}", "🔥",
    ] {
        let known = strategy::HOSTILE.iter().any(|text| text.contains(piece));
        assert!(known || piece == "🔥", "{piece:?} is in no known text");
        assert!(
            piece == "🔥" || texts.iter().any(|text| text.contains(piece)),
            "{piece:?}"
        );
    }
    assert!(texts.iter().any(String::is_empty));
    assert!(texts.iter().any(|text| text.len() > 100_000));
    assert!(texts.iter().any(|text| text.contains(r"\ud800")));
}

#[test]
fn any_alert_covers_statuses_severities_and_odd_contexts() {
    let alerts = some(strategy::any_alert(), 200);
    let any = |is: fn(&Alert) -> bool| alerts.iter().any(is);
    for severity in Severity::ALL {
        assert!(alerts.iter().any(|alert| alert.severity() == severity));
    }
    assert!(any(|alert| alert.status() == Status::Resolved));
    assert!(any(|alert| alert.dedup_key().is_some()));
    assert!(any(|alert| !alert.links().is_empty()));
    assert!(any(|alert| !alert.context().is_empty()));
    let text = alerts
        .iter()
        .map(|a| format!("{:?}", a.context()))
        .collect::<String>();
    for word in ["NaN", "this value fails", "this value panics"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn ordinary_alerts_repeat_their_keys() {
    let alerts = some(strategy::alert(), 100);
    let keyed = alerts
        .iter()
        .filter(|alert| alert.dedup_key() == Some("a"))
        .count();
    assert!((2..60).contains(&keyed), "{keyed}");
}

#[test]
fn a_script_has_every_sort_of_answer_but_a_hang() {
    let answers = some(strategy::answer(), 500);
    assert!(
        !answers
            .iter()
            .any(|answer| matches!(answer, Answer::Hang(_)))
    );
    let names: std::collections::BTreeSet<_> = answers
        .iter()
        .map(|answer| format!("{answer:?}").split('(').next().map(str::to_owned))
        .collect();
    assert_eq!(names.len(), 12, "{names:?}");
    assert!(some(strategy::script(), 50).iter().any(Vec::is_empty));
}

#[test]
fn policies_reach_their_edges() {
    let policies = some(strategy::delivery(), 300);
    assert!(
        policies
            .iter()
            .any(|p| p.dedup.is_some() && p.throttle.is_some())
    );
    assert!(policies.iter().any(|p| p.retry.max_attempts == 0));
    assert!(policies.iter().any(|p| p.queue.alerts == 0));
    assert!(policies.iter().any(|p| p.batch.max == usize::MAX));
    assert!(policies.iter().all(|p| p.attempt_timeout.as_secs() >= 1));
}
