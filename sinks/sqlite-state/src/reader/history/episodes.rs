//! The alerts of incidents that are open: a walk along each incident's alerts, merged.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::conditions::Conditions;
use crate::reader::query::HistoryQuery;
use crate::reader::shape::{self, Shape};
use crate::row::StoredAlert;

/// Incidents come in the order of their newest alerts, so only those are looked at that have
/// alerts among those that are asked for.
pub(super) fn open_alerts(
    connection: &Connection,
    query: &HistoryQuery,
    most: usize,
) -> rusqlite::Result<Vec<StoredAlert>> {
    let mut incidents = connection.prepare_cached(match query.dedup_key {
        Some(_) => ONE_INCIDENT,
        None => INCIDENTS,
    })?;
    let mut rest = match &query.dedup_key {
        Some(key) => incidents.query([key])?,
        None => incidents.query([])?,
    };
    let mut next = incident(&mut rest)?;
    let mut walks = BinaryHeap::new();
    let mut found = Vec::new();
    while found.len() < most {
        let newest = walks.peek().map(|walk: &Walk| walk.newest.0);
        match next.take() {
            Some(one) if newest.is_none_or(|time| one.last_at >= time) => {
                next = incident(&mut rest)?;
                walks.extend(Walk::begin(connection, query, one)?);
            }
            waits => {
                next = waits;
                let Some(mut walk) = walks.pop() else {
                    break;
                };
                found.extend(walk.step(connection)?);
                if walk.is_on_an_alert() {
                    walks.push(walk);
                }
            }
        }
    }
    Ok(found)
}

pub(super) const INCIDENTS: &str = "SELECT dedup_key, first_at, last_at \
     FROM incidents INDEXED BY open_incidents WHERE resolved_at IS NULL ORDER BY last_at DESC";
pub(super) const ONE_INCIDENT: &str = "SELECT dedup_key, first_at, last_at \
     FROM incidents WHERE dedup_key = ? AND resolved_at IS NULL";
pub(super) const RESOLUTION: &str = "SELECT time, id FROM alerts INDEXED BY resolutions \
     WHERE status = 1 AND dedup_key = CAST(? AS TEXT) ORDER BY time DESC, id DESC LIMIT 1";

/// An incident; its key by its bytes, which need be no UTF-8.
struct Open {
    key: Vec<u8>,
    first_at: i64,
    last_at: i64,
}

fn incident(rows: &mut rusqlite::Rows<'_>) -> rusqlite::Result<Option<Open>> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Open {
        key: row.get_ref(0)?.as_bytes()?.to_vec(),
        first_at: row.get(1)?,
        last_at: row.get(2)?,
    }))
}

/// A walk along the alerts of one incident, the newest first.
struct Walk {
    conditions: Conditions,
    /// Time and number of the alert that it is on, as they stand there.
    newest: (i64, i64),
    /// Read ahead with their times, the newest last.
    ahead: Vec<(i64, StoredAlert)>,
    /// How many are read ahead: few at first, since most incidents have few.
    stride: usize,
    /// Nothing is left to be read.
    is_at_its_end: bool,
}

impl Walk {
    const LONGEST_STRIDE: usize = 256;

    /// `None` if there is no such alert.
    fn begin(
        connection: &Connection,
        query: &HistoryQuery,
        incident: Open,
    ) -> rusqlite::Result<Option<Walk>> {
        let resolution = connection
            .prepare_cached(RESOLUTION)?
            .query_row([&incident.key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let mut walk = Walk {
            conditions: Self::conditions(query, incident, resolution),
            newest: (i64::MAX, i64::MAX),
            ahead: Vec::new(),
            stride: 2,
            is_at_its_end: false,
        };
        walk.read_ahead(connection)?;
        Ok(walk.is_on_an_alert().then_some(walk))
    }

    fn conditions(
        query: &HistoryQuery,
        incident: Open,
        resolution: Option<(Value, Value)>,
    ) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.add("dedup_key = CAST(? AS TEXT)", [Value::Blob(incident.key)]);
        conditions.add("time >= ?", [Value::Integer(incident.first_at)]);
        // Says the same more exactly, while the alert that resolved the run before is kept.
        if let Some((time, id)) = resolution {
            conditions.add("(time, id) > (?, ?)", [time, id]);
        }
        conditions.add("status = 0", []);
        conditions.severities(query);
        conditions.since(query);
        conditions.source(query);
        conditions.search(query);
        conditions
    }

    fn is_on_an_alert(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Takes the alert that it is on, and goes to the next.
    fn step(&mut self, connection: &Connection) -> rusqlite::Result<Option<StoredAlert>> {
        let alert = self.ahead.pop();
        if self.ahead.is_empty() && !self.is_at_its_end {
            self.stride = (self.stride * 4).min(Self::LONGEST_STRIDE);
            self.read_ahead(connection)?;
        } else {
            self.look();
        }
        Ok(alert.map(|(_, alert)| alert))
    }

    fn read_ahead(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut values = self.conditions.values.clone();
        let (time, seq) = self.newest;
        values.extend([time, seq, shape::limit(self.stride)].map(Value::Integer));
        let mut statement = connection.prepare_cached(&stride(&self.conditions.text))?;
        let rows = statement.query_map(params_from_iter(values), |row| {
            Ok((row.get("time")?, StoredAlert::of(row)?))
        })?;
        self.ahead = rows.collect::<rusqlite::Result<_>>()?;
        self.ahead.reverse();
        self.is_at_its_end = self.ahead.len() < self.stride;
        self.look();
        Ok(())
    }

    fn look(&mut self) {
        if let Some((time, alert)) = self.ahead.last() {
            self.newest = (*time, alert.number);
        }
    }
}

pub(super) fn stride(conditions: &str) -> String {
    let columns = StoredAlert::COLUMNS;
    format!(
        "SELECT {columns} FROM alerts INDEXED BY alerts_by_key WHERE {conditions} AND (time, seq) < (?, ?) \
         ORDER BY time DESC, seq DESC LIMIT ?"
    )
}

impl Ord for Walk {
    fn cmp(&self, other: &Self) -> Ordering {
        self.newest.cmp(&other.newest)
    }
}

impl PartialOrd for Walk {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Walk {
    fn eq(&self, other: &Self) -> bool {
        self.newest == other.newest
    }
}

impl Eq for Walk {}
