//! The history, newest first. Each way to ask walks along one index from its newest end and stops
//! when enough is found, so nothing is ever sorted.

mod conditions;
mod episodes;
mod plan;

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
    // Each time, since the connection may be another one by now.
    functions::register(connection)?;
    if query.open {
        return episodes::open_alerts(connection, query, most);
    }
    let plan = Plan::of(query);
    let values = plan.values(most);
    shape::all(connection, &plan.rest(), params_from_iter(values))
}

#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod tests;
