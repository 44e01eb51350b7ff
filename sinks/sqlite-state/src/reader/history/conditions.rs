use alert_core::Severity;
use rusqlite::types::Value;

use crate::place::micros;
use crate::reader::query::HistoryQuery;

/// What follows WHERE, and the values in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn add(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        if !self.text.is_empty() {
            self.text += " AND ";
        }
        self.text += condition;
        self.values.extend(values);
    }

    pub(super) fn since(&mut self, query: &HistoryQuery) {
        if let Some(since) = query.since {
            self.add("time >= ?", [Value::Integer(micros(since))]);
        }
    }

    pub(super) fn key(&mut self, query: &HistoryQuery) {
        if let Some(key) = &query.dedup_key {
            self.add("dedup_key = ?", [Value::Text(key.clone())]);
        }
    }

    pub(super) fn severity(&mut self, severity: Severity) {
        self.add("severity = ?", [index(severity)]);
    }

    /// Several severities always lie side by side.
    pub(super) fn severities(&mut self, query: &HistoryQuery) {
        let asked = query.severities();
        if let (Some(lowest), Some(highest)) = (asked.first(), asked.last())
            && asked.len() < Severity::ALL.len()
        {
            self.add(
                "severity BETWEEN ? AND ?",
                [index(*lowest), index(*highest)],
            );
        }
    }

    pub(super) fn source(&mut self, query: &HistoryQuery) {
        if let Some(source) = &query.source {
            let pattern = Value::Text(source.clone());
            self.add("alert_fits(?, source)", [pattern]);
        }
    }

    pub(super) fn exact_source(&mut self, source: String) {
        self.add("source = ?", [Value::Text(source)]);
    }

    /// Last, since it costs most.
    pub(super) fn search(&mut self, query: &HistoryQuery) {
        if let Some(text) = query.search.as_ref().filter(|text| !text.is_empty()) {
            let text = Value::Text(text.clone());
            self.add("alert_holds(?, title, message)", [text]);
        }
    }
}

fn index(severity: Severity) -> Value {
    Value::Integer(severity.index() as i64)
}
