//! The history, newest first. Each way to ask walks along one index from its newest end and stops
//! when enough is found, so nothing is ever sorted.

mod conditions;
mod episodes;
mod plan;
mod sources;

use rusqlite::{Connection, params_from_iter};

use self::plan::Plan;
use super::query::HistoryQuery;
use super::{functions, shape};
use crate::row::StoredAlert;

pub(super) fn history(
    connection: &Connection,
    query: &HistoryQuery,
) -> rusqlite::Result<Vec<StoredAlert>> {
    let most = query.recent.min(HistoryQuery::MOST);
    if most == 0 || query.severities().is_empty() {
        return Ok(Vec::new());
    }
    if query.source.is_some() || query.search.is_some() {
        // Each time, since the connection may be another one by now.
        functions::register(connection)?;
    }
    if query.open {
        return episodes::open_alerts(connection, query, most);
    }
    let sources = match &query.source {
        Some(pattern) if query.dedup_key.is_none() => sources::fitting(connection, pattern)?,
        _ => None,
    };
    if sources.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let plan = Plan::of(query, sources);
    let values = plan.values(most);
    shape::all(connection, &plan.rest(), params_from_iter(values))
}

#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod tests;
