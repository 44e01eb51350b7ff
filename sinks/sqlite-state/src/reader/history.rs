use alert_core::Severity;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::query::HistoryQuery;
use super::shape;
use crate::micros;
use crate::row::StoredAlert;

pub(super) fn history(
    connection: &Connection,
    query: &HistoryQuery,
) -> rusqlite::Result<Vec<StoredAlert>> {
    let severities = query.severities();
    if severities.is_empty() {
        return Ok(Vec::new());
    }
    let (rest, values) = statement(query, &severities);
    shape::all(connection, &rest, params_from_iter(values))
}

/// The conditions of a statement and their values.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.text += if self.text.is_empty() {
            "WHERE "
        } else {
            " AND "
        };
        self.text += condition;
        self.values.push(value.into());
    }
}

fn statement(query: &HistoryQuery, severities: &[Severity]) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    conditions.add("time >= ?", query.since.map_or(i64::MIN, micros));
    if let Some(key) = &query.dedup_key {
        conditions.add("dedup_key = ?", key.clone());
    }
    if let Some(source) = &query.source {
        let is_exact = !source.contains('*');
        let condition = if is_exact {
            "source = ?"
        } else {
            "alert_fits(?, source)"
        };
        conditions.add(condition, source.clone());
    }
    if let Some(text) = &query.search {
        conditions.add("alert_holds(?, title, message)", text.clone());
    }
    if severities.len() < Severity::ALL.len() {
        let lowest = severities.first().map_or(0, |one| one.index() as i64);
        let highest = severities.last().map_or(2, |one| one.index() as i64);
        conditions.add("severity >= ?", lowest);
        conditions.add("severity <= ?", highest);
    }
    if query.open {
        conditions.text += " AND status = 0 AND EXISTS (SELECT 1 FROM incidents WHERE \
             incidents.dedup_key = alerts.dedup_key AND resolved_at IS NULL AND first_at <= time)";
    }
    let rest = format!(
        "FROM alerts {} ORDER BY time DESC, seq DESC LIMIT ?",
        conditions.text
    );
    let most = query.recent.min(HistoryQuery::MOST);
    conditions
        .values
        .push(Value::Integer(i64::try_from(most).unwrap_or(0)));
    (rest, conditions.values)
}
