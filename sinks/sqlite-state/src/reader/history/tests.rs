//! The history against a plain reading of the query, in tiny worlds in which everything meets.

use alert_core::{Alert, Severity, Status, Timestamp};
use proptest::prelude::*;
use rusqlite::Connection;

use super::history;
use crate::database::SCHEMA;
use crate::reader::query::HistoryQuery;
use crate::record::record_at;

const KEYS: [&str; 2] = ["a", "b"];
const SOURCES: [&str; 3] = ["billing-eu", "billing-us", "shop"];
const TEXTS: [&str; 5] = ["disk FULL", "Straße", "ΟΔΟΣ, οδος", "ok", ""];
const SEARCHES: [&str; 7] = ["", "K f", "STRASSE", "οδοσ", "Ok", "ss", "nothing"];

fn alert() -> impl Strategy<Value = Alert> {
    let status = prop_oneof![3 => Just(Status::Firing), 1 => Just(Status::Resolved)];
    let key = prop::option::of(prop::sample::select(&KEYS[..]));
    let (source, text) = (prop::sample::select(&SOURCES[..]), || {
        prop::sample::select(&TEXTS[..])
    });
    let severity = prop::sample::select(&Severity::ALL[..]);
    (severity, status, key, source, text(), text(), 0..9_u64).prop_map(
        |(severity, status, key, source, title, message, time)| {
            let alert = Alert::builder(severity, title)
                .message(message)
                .source(source);
            let alert = alert.status(status).time(Timestamp::from_micros(time));
            match key {
                Some(key) => alert.dedup_key(key).build(),
                None => alert.build(),
            }
        },
    )
}

fn query() -> impl Strategy<Value = HistoryQuery> {
    let severity = || prop::option::of(prop::sample::select(&Severity::ALL[..]));
    let source = prop::sample::select(&["billing-eu", "billing-*", "*", "*o*", "none"][..]);
    let search = prop::option::of(prop::sample::select(&SEARCHES[..]));
    let key = prop::option::of(prop::sample::select(&["a", "b", "c"][..]));
    let (source, since) = (prop::option::of(source), prop::option::of(0..9_u64));
    (
        severity(),
        severity(),
        source,
        since,
        any::<bool>(),
        search,
        key,
        0..30_usize,
    )
        .prop_map(
            |(severity, min_severity, source, since, open, search, key, recent)| HistoryQuery {
                recent,
                severity,
                min_severity,
                source: source.map(str::to_owned),
                since: since.map(Timestamp::from_micros),
                open,
                search: search.map(str::to_owned),
                dedup_key: key.map(str::to_owned),
            },
        )
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| (0..=text.len()).any(|at| fits(rest, &text[at..]))),
    }
}

fn is_asked_for(alert: &Alert, all: &[Alert], query: &HistoryQuery) -> bool {
    let place = |alert: &Alert| (alert.time(), alert.id());
    let is_resolved_later = || {
        all.iter().any(|other| {
            other.status() == Status::Resolved
                && other.dedup_key() == alert.dedup_key()
                && place(other) > place(alert)
        })
    };
    let is_open =
        || alert.status() == Status::Firing && alert.dedup_key().is_some() && !is_resolved_later();
    let holds = |text: &str, search: &str| text.to_uppercase().contains(&search.to_uppercase());
    query.severity.is_none_or(|only| alert.severity() == only)
        && query
            .min_severity
            .is_none_or(|least| alert.severity() >= least)
        && query
            .source
            .as_ref()
            .is_none_or(|pattern| fits(pattern, alert.source()))
        && query.since.is_none_or(|since| alert.time() >= since)
        && query
            .dedup_key
            .as_ref()
            .is_none_or(|key| alert.dedup_key() == Some(key))
        && query
            .search
            .as_ref()
            .is_none_or(|search| holds(alert.title(), search) || holds(alert.message(), search))
        && (!query.open || is_open())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_history_is_what_a_plain_reading_of_the_query_finds(
        alerts in prop::collection::vec(alert(), 0..40),
        queries in prop::collection::vec(query(), 1..8),
    ) {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let transaction = connection.transaction().unwrap();
        record_at(&transaction, alerts.iter(), Timestamp::MIN).unwrap();
        transaction.commit().unwrap();
        for query in queries {
            let mut wanted: Vec<_> = (1_i64..)
                .zip(&alerts)
                .filter(|(_, alert)| is_asked_for(alert, &alerts, &query))
                .map(|(number, alert)| (alert.time(), number, alert.id()))
                .collect();
            wanted.sort();
            wanted.reverse();
            wanted.truncate(query.recent);
            let found = history(&connection, &query).unwrap();
            let found: Vec<_> = found.iter().map(|row| (row.time, row.number, row.id)).collect();
            prop_assert_eq!(found, wanted, "{:?}", query);
        }
    }
}
