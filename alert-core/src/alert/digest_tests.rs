use proptest::prelude::*;

use super::*;
use crate::sink::Suppressed;

fn alert(severity: Severity, title: &str, source: &str, second: u64) -> Alert {
    Alert::builder(severity, title.to_owned())
        .source(source.to_owned())
        .time(Timestamp::from_micros((1_767_323_045 + second) * 1_000_000))
        .build()
}

fn digest(alerts: &[Alert]) -> Digest {
    let (first, rest) = alerts.split_first().expect("there is one");
    let mut digest = Digest::new(first);
    for alert in rest {
        digest.add(alert);
    }
    digest
}

#[test]
fn a_digest_reads_as_one_headline_and_a_line_for_each_group() {
    let (w, i) = (Severity::Warning, Severity::Info);
    let mut alerts = vec![alert(w, "disk full", "billing", 0); 3];
    alerts.push(alert(w, "disk full", "web", 10));
    alerts.extend(vec![alert(i, "slow", "web", 59); 2]);
    let mut one = digest(&alerts);
    one.add_suppressed(&Suppressed::one(i, Timestamp::from_micros(0)));
    assert_eq!(
        one.to_string(),
        "6 alerts within 59s: disk full (4), slow (2)"
    );
    assert_eq!(
        one.body(),
        "6 alerts from 2026-01-02T03:04:05.000Z to 2026-01-02T03:05:04.000Z: 4 warning, 2 info\n\
         3 × warning: disk full (billing)\n\
         2 × info: slow (web)\n\
         1 × warning: disk full (web)\n\
         stands for 1 more since 1970-01-01T00:00:00.000Z (1 info)"
    );
}

#[test]
fn the_alert_of_a_digest_has_its_counts_and_what_its_members_have_in_common() {
    let on_host = |title: &'static str, n: u64| {
        Alert::warning(title)
            .source("billing")
            .time(Timestamp::from_micros(n))
            .context("host", "a1")
            .context("alerts", "not a count")
            .context("n", n)
            .build()
    };
    let alert = digest(&[on_host("full", 9), on_host("slow", 4)]).to_alert();
    assert_eq!(alert.severity(), Severity::Warning);
    assert_eq!(alert.status(), Status::Firing);
    assert_eq!(alert.source(), "billing");
    assert_eq!(alert.time(), Timestamp::from_micros(9));
    assert_eq!(alert.dedup_key(), None);
    assert_eq!(
        serde_json::to_string(alert.context()).unwrap(),
        r#"{"alerts":2,"warning":2,"first":"1970-01-01T00:00:00.000Z","last":"1970-01-01T00:00:00.000Z","host":"a1"}"#
    );
    assert!(alert.size() > alert.message().len());
}

#[test]
fn a_digest_of_ends_alone_is_an_end() {
    let ended = Alert::warning("full").source("a").resolved().build();
    let mut one = digest(&[ended.clone(), ended]);
    assert_eq!(one.to_alert().status(), Status::Resolved);
    assert!(one.body().ends_with("\n2 × warning: full (a), 2 resolved"));
    one.add(&alert(Severity::Info, "x", "b", 1));
    let mixed = one.to_alert();
    assert_eq!(mixed.status(), Status::Firing);
    assert_eq!(mixed.source(), "alert.digest");
    assert!(mixed.message().contains("2 of them resolved"));
}

#[test]
fn what_has_no_room_in_a_group_is_counted_among_the_others() {
    let many = u64::try_from(Digest::MAX_GROUPS).unwrap() + 500;
    let alerts: Vec<_> = (0..many)
        .map(|n| alert(Severity::Info, &format!("title {n}"), "s", n))
        .collect();
    let one = digest(&alerts);
    assert_eq!(one.groups().len(), Digest::MAX_GROUPS);
    assert_eq!(one.others(), [500, 0, 0]);
    assert_eq!(one.count(), many);
    assert!(one.body().ends_with("\nand 1400 more"));
    assert!(one.to_string().ends_with(", title 1 (1), title 2 (1), …"));
    assert_eq!(one.source(), None, "it is not known of the others");
}

#[test]
fn text_is_bounded_and_what_is_cut_stays_apart() {
    let long = |n: u64| format!("{}{n:04}{}", "a".repeat(2_000), "b".repeat(2_000));
    let alerts: Vec<_> = (0..900)
        .map(|n| alert(Severity::Info, &long(n), &long(n)[..500], n))
        .collect();
    let one = digest(&alerts);
    let text: usize = one
        .groups()
        .iter()
        .map(|group| group.title().len() + group.source().len())
        .sum();
    assert!(text <= Digest::MAX_TEXT && text > Digest::MAX_TEXT - 400);
    assert!(
        one.groups().len() > 100,
        "cut titles are groups of their own"
    );
    assert_eq!(one.count(), 900);
    assert!(one.size() < 512 * 1024);
}

#[test]
fn other_peoples_text_makes_no_line_of_its_own() {
    let sly = alert(Severity::Info, "a\n9 × critical: b", "c\u{1b}[0m", 0);
    let alert = digest(&[sly.clone(), sly]).to_alert();
    assert_eq!(alert.message().lines().count(), 2);
    assert!(!alert.title().contains('\n') && !alert.message().contains('\u{1b}'));
}

fn some_alerts() -> impl Strategy<Value = Vec<Alert>> {
    let title = prop_oneof![4 => "[abc]", 1 => any::<String>(), 1 => "[x-z]{300}"];
    let one = (
        0..3_usize,
        title,
        "[pq]?",
        any::<bool>(),
        0..1_000_000_000_u64,
        0..3_u8,
    );
    prop::collection::vec(
        one.prop_map(|(severity, title, source, ended, time, host)| {
            let status = if ended {
                Status::Resolved
            } else {
                Status::Firing
            };
            Alert::builder(Severity::ALL[severity], title)
                .source(source)
                .status(status)
                .time(Timestamp::from_micros(time))
                .context("host", host)
                .build()
        }),
        1..60,
    )
}

/// Nothing is counted twice or not at all, whatever the parts.
fn check_sums(one: &Digest, alerts: &[Alert]) -> Result<(), TestCaseError> {
    let groups = one.groups();
    for severity in Severity::ALL {
        let of = |alert: &&Alert| alert.severity() == severity;
        let offered = alerts.iter().filter(of).count() as u64;
        prop_assert_eq!(one.count_of(severity), offered);
        let grouped = groups.iter().filter(|group| group.severity() == severity);
        let told = grouped.map(|group| group.count()).sum::<u64>();
        prop_assert_eq!(told + one.others()[severity.index()], offered);
    }
    prop_assert_eq!(one.count(), alerts.len() as u64);
    prop_assert!(groups.is_sorted_by_key(|group| std::cmp::Reverse(group.count())));
    let ended = alerts.iter().filter(|a| a.status() == Status::Resolved);
    prop_assert_eq!(one.resolved(), ended.count() as u64);
    let times = || alerts.iter().map(Alert::time);
    prop_assert_eq!(Some(one.first()), times().min());
    prop_assert_eq!(Some(one.last()), times().max());
    prop_assert_eq!(
        Some(one.severity()),
        alerts.iter().map(Alert::severity).max()
    );
    for (key, value) in one.common() {
        prop_assert!(alerts.iter().all(|a| a.context().get(key) == Some(value)));
    }
    Ok(())
}

proptest! {
    #[test]
    fn sums_hold_for_any_alerts(alerts in some_alerts()) {
        let one = digest(&alerts);
        check_sums(&one, &alerts)?;
        let alert = one.to_alert();
        prop_assert!(!alert.title().contains('\n') && alert.title().len() < 400);
        prop_assert_eq!(alert.time(), one.last());
        prop_assert_eq!(alert.context().get("alerts"), Some(&Value::Int(alerts.len() as i64)));
    }

    #[test]
    fn merged_digests_count_what_each_counts(alerts in some_alerts(), at in any::<prop::sample::Index>()) {
        let (left, right) = alerts.split_at(at.index(alerts.len()));
        let Some(mut merged) = (!left.is_empty()).then(|| digest(left)) else { return Ok(()) };
        let other = digest(right);
        merged.merge(&other);
        check_sums(&merged, &alerts)?;
        let whole = digest(&alerts);
        prop_assert_eq!(whole.to_string(), merged.to_string());
        prop_assert_eq!(whole.body(), merged.body());
    }
}
