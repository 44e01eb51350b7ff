use alert_core::Severity;
use rusqlite::types::Value;

use super::conditions::Conditions;
use crate::reader::query::HistoryQuery;
use crate::reader::shape::{Shape, limit};
use crate::row::StoredAlert;

/// Which index is walked along, and what is asked of the rows there.
#[derive(Debug)]
pub(super) struct Plan {
    index: &'static str,
    /// Several are merged.
    walks: Vec<Conditions>,
}

impl Plan {
    /// With the sources that fit the query's pattern, if they are known to be few.
    pub(super) fn of(query: &HistoryQuery, sources: Option<Vec<String>>) -> Plan {
        if let Some(sources) = sources {
            return Self::along_sources(query, sources);
        }
        let severities = query.severities();
        // The one that is likely to have the fewest rows.
        let index = if query.dedup_key.is_some() {
            "alerts_by_key"
        } else if severities.len() < Severity::ALL.len() {
            "alerts_by_severity"
        } else {
            "alerts_by_time"
        };
        let walk = |severity: Option<Severity>| {
            let mut conditions = Conditions::default();
            conditions.key(query);
            match severity {
                Some(severity) => conditions.severity(severity),
                None => conditions.severities(query),
            }
            conditions.since(query);
            conditions.source(query);
            conditions.search(query);
            conditions
        };
        let walks = match index {
            "alerts_by_severity" => severities.into_iter().map(Some).map(walk).collect(),
            _ => vec![walk(None)],
        };
        Plan { index, walks }
    }

    fn along_sources(query: &HistoryQuery, sources: Vec<String>) -> Plan {
        let walks = sources.into_iter().map(|source| {
            let mut conditions = Conditions::default();
            conditions.exact_source(source);
            conditions.severities(query);
            conditions.since(query);
            conditions.search(query);
            conditions
        });
        Plan {
            index: "alerts_by_source",
            walks: walks.collect(),
        }
    }

    /// What follows `SELECT` and the columns.
    pub(super) fn rest(&self) -> String {
        let walks: Vec<_> = self.walks.iter().map(|walk| self.walk(walk)).collect();
        let select = format!(" UNION ALL SELECT {} ", StoredAlert::COLUMNS);
        let walks = walks.join(&select);
        format!("{walks} ORDER BY time DESC, seq DESC LIMIT ?")
    }

    fn walk(&self, conditions: &Conditions) -> String {
        let index = self.index;
        match conditions.text.as_str() {
            "" => format!("FROM alerts INDEXED BY {index}"),
            text => format!("FROM alerts INDEXED BY {index} WHERE {text}"),
        }
    }

    pub(super) fn values(&self, most: usize) -> Vec<Value> {
        let walks = self.walks.iter();
        let values = walks.flat_map(|walk| walk.values.iter().cloned());
        values.chain([Value::Integer(limit(most))]).collect()
    }
}
