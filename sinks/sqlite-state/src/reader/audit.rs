use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::query::{AuditQuery, HistoryQuery};
use super::shape;
use crate::place::micros;
use crate::row::AuditEntry;

pub(super) fn audit(
    connection: &Connection,
    query: &AuditQuery,
) -> rusqlite::Result<Vec<AuditEntry>> {
    let (rest, values) = statement(query);
    shape::all(connection, &rest, params_from_iter(values))
}

fn statement(query: &AuditQuery) -> (String, Vec<Value>) {
    let index = match (&query.subject, &query.action) {
        (Some(_), _) => "audit_by_subject",
        (None, Some(_)) => "audit_by_action",
        (None, None) => "audit_by_time",
    };
    let mut rest = format!("FROM audit INDEXED BY {index} WHERE at >= ?");
    let mut values = vec![Value::Integer(query.since.map_or(i64::MIN, micros))];
    for (column, text) in [
        ("subject", &query.subject),
        ("action", &query.action),
        ("actor", &query.actor),
    ] {
        if let Some(text) = text {
            rest += &format!(" AND {column} = ?");
            values.push(Value::Text(text.clone()));
        }
    }
    rest += " ORDER BY at DESC, seq DESC LIMIT ?";
    let most = shape::limit(query.recent.min(HistoryQuery::MOST));
    values.push(Value::Integer(most));
    (rest, values)
}

#[cfg(test)]
mod tests {
    use alert_core::Timestamp;

    use super::*;
    use crate::database::SCHEMA;
    use crate::reader::shape::Shape;

    #[test]
    fn each_condition_searches_its_index_and_nothing_is_sorted() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let any = AuditQuery::new;
        for (query, index) in [
            (any(), "audit_by_time (at>?)"),
            (any().actor("a"), "audit_by_time (at>?)"),
            (any().since(Timestamp::MIN), "audit_by_time (at>?)"),
            (any().action("a"), "audit_by_action (action=? AND at>?)"),
            (
                any().action("a").subject("s"),
                "audit_by_subject (subject=? AND at>?)",
            ),
        ] {
            let (rest, values) = statement(&query);
            let sql = format!("EXPLAIN QUERY PLAN SELECT {} {rest}", AuditEntry::COLUMNS);
            let mut explain = connection.prepare(&sql).unwrap();
            let steps = explain.query_map(params_from_iter(values), |row| row.get("detail"));
            let steps: Vec<String> = steps.unwrap().map(Result::unwrap).collect();
            let wanted = format!("SEARCH audit USING INDEX {index}");
            assert_eq!(steps, [wanted], "{query:?}");
        }
    }
}
