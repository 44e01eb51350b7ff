use alert_core::{Severity, Timestamp};
use rusqlite::{Connection, params_from_iter};

use super::plan::Plan;
use super::{episodes, functions, sources};
use crate::database::SCHEMA;
use crate::reader::query::HistoryQuery;
use crate::reader::shape::Shape;
use crate::row::StoredAlert;

fn fresh() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    functions::register(&connection).unwrap();
    connection
}

/// How SQLite goes about it, one step a line.
fn steps(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let nulls = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain.query_map(params_from_iter(nulls), |row| row.get("detail"));
    steps.unwrap().map(Result::unwrap).collect()
}

fn is_sorted(steps: &[String]) -> bool {
    steps.iter().any(|step| step.contains("TEMP B-TREE"))
}

fn steps_of(query: &HistoryQuery) -> Vec<String> {
    steps_along(query, None)
}

fn steps_along(query: &HistoryQuery, sources: Option<Vec<String>>) -> Vec<String> {
    let sql = format!(
        "SELECT {} {}",
        StoredAlert::COLUMNS,
        Plan::of(query, sources).rest()
    );
    steps(&fresh(), &sql)
}

#[test]
fn each_condition_searches_its_index_and_nothing_is_sorted() {
    let any = HistoryQuery::new;
    let time = Timestamp::from_micros(5);
    for (query, index) in [
        (any().since(time), "alerts_by_time (time>?)"),
        (any().since(time).source("a*"), "alerts_by_time (time>?)"),
        (
            any().severity(Severity::Info),
            "alerts_by_severity (severity=?)",
        ),
        (
            any().severity(Severity::Info).since(time),
            "alerts_by_severity (severity=? AND time>?)",
        ),
        (
            any().min_severity(Severity::Warning).search("x"),
            "alerts_by_severity (severity=?)",
        ),
        (any().dedup_key("a"), "alerts_by_key (dedup_key=?)"),
        (
            any().dedup_key("a").source("a").since(time).search("x"),
            "alerts_by_key (dedup_key=? AND time>?)",
        ),
    ] {
        let steps = steps_of(&query);
        assert!(!is_sorted(&steps), "{query:?} {steps:#?}");
        let mut looks = steps
            .iter()
            .filter(|step| step.contains("alerts"))
            .peekable();
        assert!(looks.peek().is_some(), "{query:?} {steps:#?}");
        for look in looks {
            let wanted = format!("SEARCH alerts USING INDEX {index}");
            assert_eq!(*look, wanted, "{query:?} {steps:#?}");
        }
    }
}

#[test]
fn few_sources_are_walked_along_side_by_side() {
    let some = |sources: &[&str]| Some(sources.iter().map(|one| one.to_string()).collect());
    let query = HistoryQuery::new().since(Timestamp::from_micros(5));
    for sources in [some(&["a"]), some(&["a", "b"]), some(&["s"; 16])] {
        let steps = steps_along(&query.clone().min_severity(Severity::Warning), sources);
        assert!(!is_sorted(&steps), "{steps:#?}");
        let looks = steps.iter().filter(|step| step.contains("alerts"));
        for look in looks {
            let wanted = "SEARCH alerts USING INDEX alerts_by_source (source=? AND time>?)";
            assert_eq!(look, wanted, "{steps:#?}");
        }
    }
    let connection = fresh();
    for sql in [sources::NEXT, sources::SAME] {
        let steps = steps(&connection, sql);
        assert!(
            steps[0].starts_with("SEARCH alerts USING COVERING INDEX"),
            "{steps:#?}"
        );
        assert!(!is_sorted(&steps), "{steps:#?}");
    }
}

#[test]
fn without_conditions_or_with_a_search_the_newest_end_of_time_is_walked_along() {
    for query in [HistoryQuery::new(), HistoryQuery::new().search("x")] {
        let steps = steps_of(&query);
        assert_eq!(
            steps,
            ["SCAN alerts USING INDEX alerts_by_time"],
            "{query:?}"
        );
    }
}

#[test]
fn open_incidents_and_their_alerts_are_found_by_index() {
    let connection = fresh();
    for (sql, wanted) in [
        (
            episodes::INCIDENTS.to_owned(),
            "SCAN incidents USING INDEX open_incidents",
        ),
        (
            episodes::ONE_INCIDENT.to_owned(),
            "SEARCH incidents USING PRIMARY KEY (dedup_key=?)",
        ),
        (
            episodes::RESOLUTION.to_owned(),
            "SEARCH alerts USING COVERING INDEX resolutions (dedup_key=?)",
        ),
        (
            episodes::stride("dedup_key = CAST(? AS TEXT) AND time >= ? AND status = 0"),
            "SEARCH alerts USING INDEX alerts_by_key (dedup_key=? AND time>? AND time<?)",
        ),
    ] {
        assert_eq!(steps(&connection, &sql), [wanted]);
    }
}
