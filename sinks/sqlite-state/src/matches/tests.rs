use alert_core::Alert;
use proptest::prelude::*;

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c*]{0,4}",
        "[a-c \"=\\\\.,\n\t\u{202e}\u{85}é#]{0,6}",
        ".{0,6}",
        Just("everything".to_owned()),
    ]
}

fn matches() -> impl Strategy<Value = SilenceMatch> {
    let severities = prop::sample::subsequence(Severity::ALL.to_vec(), 0..=3).prop_shuffle();
    let context = prop::collection::btree_map(text(), text(), 0..3);
    let some = || prop::option::of(text());
    (severities, some(), some(), context).prop_map(|(severities, source, dedup_key, context)| {
        SilenceMatch {
            severities,
            source,
            dedup_key,
            context,
        }
    })
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(matches in matches()) {
        let text = matches.to_string();
        prop_assert_eq!(text.parse::<SilenceMatch>(), Ok(matches), "{}", text);
    }

    #[test]
    fn what_is_shown_is_one_harmless_line(matches in matches()) {
        let text = matches.to_string();
        prop_assert_eq!(alert_core::terminal(&text), &text[..]);
    }

    #[test]
    fn what_is_stored_is_read_back(matches in matches()) {
        let json = serde_json::to_string(&matches).unwrap();
        prop_assert_eq!(serde_json::from_str::<SilenceMatch>(&json).unwrap(), matches);
    }

    #[test]
    fn no_text_is_read_with_a_panic_or_repeated_in_an_error(text in text(), term in "(source|key|severity|context\\.)") {
        let _ = text.parse::<SilenceMatch>();
        if let Err(error) = SilenceMatch::everything().with_term(&format!("{term}hunter2{text}")) {
            prop_assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn it_agrees_with_a_plain_reading_of_its_conditions(
        severities in prop::sample::subsequence(Severity::ALL.to_vec(), 0..=3),
        source in prop::option::of("[ab]{0,1}\\*?"), key in prop::option::of("[ab]{0,1}\\*?"),
        context in prop::collection::btree_map("[xy]", "[ab]{0,1}\\*?", 0..3),
        severity in prop::sample::select(&Severity::ALL[..]),
        has_source in "[ab]{1,2}", has_key in prop::option::of("[ab]{1,2}"),
        has_context in prop::collection::btree_map("[xy]", "[ab]{1,2}", 0..3),
    ) {
        let fits = |pattern: &str, text: &str| match pattern.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => pattern == text,
        };
        let wanted = (severities.is_empty() || severities.contains(&severity))
            && source.as_ref().is_none_or(|pattern| fits(pattern, &has_source))
            && key.as_ref().is_none_or(|pattern| has_key.as_ref().is_some_and(|key| fits(pattern, key)))
            && context.iter().all(|(key, pattern)| {
                has_context.get(key).is_some_and(|value| fits(pattern, value))
            });
        let mut alert = Alert::builder(severity, "t").source(has_source);
        if let Some(key) = has_key {
            alert = alert.dedup_key(key);
        }
        let alert = has_context.into_iter().fold(alert, |alert, (key, value)| alert.context(key, value));
        let matches = SilenceMatch { severities, source, dedup_key: key, context };
        prop_assert_eq!(matches.silence(Timestamp::MAX).matches(&alert.build()), wanted);
    }
}

#[test]
fn terms_are_read_in_any_order_with_any_space_between() {
    let matches: SilenceMatch = " context.host=db-1\tkey=disk:*  severity=WARN,critical,warning\n"
        .parse()
        .unwrap();
    assert_eq!(matches.severities, [Severity::Warning, Severity::Critical]);
    assert_eq!(
        matches.to_string(),
        "severity=warning,critical key=disk:* context.host=db-1"
    );
}

#[test]
fn one_term_of_a_command_line_needs_no_quotation_marks() {
    let matches = SilenceMatch::everything()
        .with_term("source=nightly backup")
        .and_then(|matches| matches.with_term("context.url=https://a?b=c"))
        .unwrap();
    assert_eq!(matches.source.as_deref(), Some("nightly backup"));
    assert_eq!(matches.context["url"], "https://a?b=c");
    assert_eq!(
        matches.to_string(),
        r#"source="nightly backup" context.url="https://a?b=c""#
    );
}

#[test]
fn everything_is_said_with_a_word_of_its_own() {
    assert_eq!("everything".parse(), Ok(SilenceMatch::everything()));
    assert!(SilenceMatch::everything().is_everything());
    assert_eq!(SilenceMatch::everything().to_string(), "everything");
}

#[test]
fn what_is_no_term_is_refused() {
    for text in [
        "",
        "   ",
        "source",
        "sauce=x",
        "severity=",
        "severity=bad",
        "source=a source=b",
        "context.=x",
        "context.a",
        "context.a b=c",
        "key=\"a",
        "key=\"a\"b",
        "key=a everything",
        "everything key=a",
    ] {
        assert!(text.parse::<SilenceMatch>().is_err(), "{text}");
    }
}

#[test]
fn a_stored_condition_that_is_not_known_is_not_ignored() {
    let later = r#"{"source":"a","title":"b"}"#;
    assert!(serde_json::from_str::<SilenceMatch>(later).is_err());
}
