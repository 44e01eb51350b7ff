use std::path::Path;
use std::time::Duration;

use alert_core::Timestamp;
use rusqlite::Connection;
use serde_json::json;

use super::cell::Cell;
use super::progress::{Position, Progress, Stage};
use super::source::{self, End, Row, Source};
use super::table::{Numbers, Table};
use super::target;
use crate::database::open::Database;
use crate::database::patience::Patience;
use crate::database::place;
use crate::database::trouble::Trouble;

/// How many rows, or numbers, are one transaction.
const ROWS: usize = 256;

/// What a step waits for other programs at least.
const WAIT: Duration = Duration::from_secs(1);

/// How often a file is opened that the disk does not let be read.
const TRIES: u32 = 100;

/// More numbers are not tried one by one.
const SINGLES: i64 = 10_000_000;

/// What a recovery has found so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recovery {
    /// The name of the file that was set aside.
    pub(crate) from: String,
    /// Rows that were read.
    pub(crate) recovered: u64,
    /// Rows that could not be read, at most.
    pub(crate) unreadable: u64,
    pub(crate) is_done: bool,
}

impl Database {
    /// Whether rows of a database that was set aside are still to be read.
    pub(crate) fn recovery_pending(&mut self) -> Result<bool, Trouble> {
        let progress = self.read(Progress::load)?;
        Ok(progress.is_some_and(|progress| !progress.done))
    }

    /// Reads rows of a database that was set aside into this one, for about this long, at least a
    /// few. Call it until it is done. `actor` is who is named in the audit trail at the end. `None`
    /// if there is nothing to recover.
    pub(crate) fn recover_step(
        &mut self,
        within: Duration,
        actor: &str,
    ) -> Result<Option<Recovery>, Trouble> {
        let patience = Patience::new(within);
        let mut source = None;
        loop {
            let Some(before) = self.read(Progress::load)? else {
                return Ok(None);
            };
            if before.done || (source.is_some() && patience.left().is_zero()) {
                return Ok(Some(before.into()));
            }
            let from = self.real.with_file_name(&before.from);
            let (name, open) = match source.take() {
                Some((name, open)) if name == before.from => (name, open),
                _ => match open(&from, before.tries) {
                    Ok(open) => (before.from.clone(), open),
                    Err(trouble) => {
                        self.count_try(&before, &trouble)?;
                        return Err(trouble);
                    }
                },
            };
            let wanted = self.columns(&before)?;
            let (after, rows) = match &open {
                Ok(source) => advance(&before, source, &wanted),
                Err(why) => (stop(&before, why), Rows::default()),
            };
            let chained = after
                .at
                .is_none()
                .then(|| open.as_ref().ok().and_then(|open| earlier(open, &from)))
                .flatten();
            source = Some((name, open));
            // A step that is given no time would never come to its end.
            self.write(patience.left().max(WAIT), |transaction| {
                // Another process may have done the same step.
                if Progress::load(transaction)?.as_ref() == Some(&before) {
                    store(transaction, after, rows, chained, actor)?;
                }
                Ok(())
            })?;
        }
    }

    fn count_try(&mut self, before: &Progress, trouble: &Trouble) -> Result<(), Trouble> {
        if !matches!(trouble, Trouble::Failed(_)) {
            return Ok(());
        }
        let mut after = before.clone();
        after.tries = after.tries.saturating_add(1);
        self.write(WAIT, |transaction| {
            if Progress::load(transaction)?.as_ref() == Some(before) {
                after.store(transaction)?;
            }
            Ok(())
        })
    }

    /// The columns of the table whose turn it is, in this database.
    fn columns(&mut self, progress: &Progress) -> Result<Vec<String>, Trouble> {
        match &progress.at {
            Some(at) => self.read(|connection| source::columns(connection, &at.table)),
            None => Ok(Vec::new()),
        }
    }
}

impl From<Progress> for Recovery {
    fn from(progress: Progress) -> Self {
        Recovery {
            recovered: progress.recovered.values().sum(),
            unreadable: progress.unreadable,
            is_done: progress.done,
            from: progress.from,
        }
    }
}

/// Rows of one table.
#[derive(Debug, Default)]
struct Rows {
    table: Option<&'static Table>,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// The source, or why there is nothing to be read from it, whatever is tried.
fn open(from: &Path, tries: u32) -> Result<Result<Source, String>, Trouble> {
    if place::length(from)?.is_none() {
        return Ok(Err("it is not there any more".to_owned()));
    }
    match Source::open(from) {
        Ok(source) => Ok(Ok(source)),
        Err(trouble @ (Trouble::Damaged(_) | Trouble::Foreign)) => Ok(Err(trouble.to_string())),
        // A disk may recover, too.
        Err(trouble @ Trouble::Failed(_)) if tries >= TRIES => Ok(Err(trouble.to_string())),
        Err(trouble) => Err(trouble),
    }
}

fn stop(before: &Progress, why: &str) -> Progress {
    Progress {
        at: None,
        stopped: Some(why.to_owned()),
        ..before.clone()
    }
}

/// One step on: what is read, and where it goes on after that.
fn advance(before: &Progress, source: &Source, wanted: &[String]) -> (Progress, Rows) {
    let mut after = before.clone();
    let Some(at) = before.at.as_ref() else {
        return (after, Rows::default());
    };
    let Some(table) = Table::named(&at.table) else {
        return (
            stop(before, "a table is not known any more"),
            Rows::default(),
        );
    };
    let columns = source.columns(table, wanted);
    if columns.is_empty() {
        after.at = table.next().map(Position::start);
        return (after, Rows::default());
    }
    let rows = match at.stage {
        Stage::Up | Stage::Down => run(&mut after, at, source, table, &columns),
        Stage::Single => singles(&mut after, at, source, table, &columns),
    };
    let rows = Rows {
        table: Some(table),
        columns,
        rows,
    };
    (after, rows)
}

fn run(
    after: &mut Progress,
    at: &Position,
    source: &Source,
    table: &'static Table,
    columns: &[String],
) -> Vec<Row> {
    let mut chunk = source.read(table, columns, at, ROWS);
    if chunk.end == End::Error {
        // Damage stays; what a disk did once it may not do twice.
        chunk = source.read(table, columns, at, ROWS);
    }
    let mut next = at.clone();
    if let Some(last) = chunk.rows.last() {
        let reached = Some(key(table, columns, last));
        match at.stage {
            Stage::Down => next.high = reached,
            _ => next.low = reached,
        }
    }
    after.at = match (chunk.end, at.stage) {
        (End::Limit, _) => Some(next),
        (End::Last, _) => table.next().map(Position::start),
        (End::Error, Stage::Up) if at.high.is_none() => {
            next.stage = Stage::Down;
            Some(next)
        }
        (End::Error, _) if table.numbers != Numbers::None => {
            next.stage = Stage::Single;
            Some(next)
        }
        (End::Error, _) => {
            // How many there are between the two is not known.
            after.lost(1);
            table.next().map(Position::start)
        }
    };
    chunk.rows
}

/// Numbers between the two ends, one by one, until one can be read.
fn singles(
    after: &mut Progress,
    at: &Position,
    source: &Source,
    table: &'static Table,
    columns: &[String],
) -> Vec<Row> {
    let low = number(at.low.as_ref()).unwrap_or(0);
    let high = number(at.high.as_ref()).or_else(|| {
        let highest = after.highest.get(table.name)?;
        highest.checked_add(1)
    });
    let Some(high) = high.filter(|high| high.saturating_sub(low) <= SINGLES) else {
        after.lost(1);
        after.at = table.next().map(Position::start);
        return Vec::new();
    };
    let mut next = Position {
        high: Some(vec![Cell::Integer(high)]),
        ..at.clone()
    };
    for number in (low.saturating_add(1)..high).take(ROWS) {
        next.low = Some(vec![Cell::Integer(number)]);
        match source.one(table, columns, number) {
            Ok(Some(row)) => {
                // What follows may be whole again.
                next.stage = Stage::Up;
                after.at = Some(next);
                return vec![row];
            }
            Ok(None) => {}
            Err(_) => after.lost(1),
        }
    }
    let is_end = number(next.low.as_ref()).unwrap_or(low).saturating_add(1) >= high;
    after.at = if is_end {
        table.next().map(Position::start)
    } else {
        Some(next)
    };
    Vec::new()
}

fn number(key: Option<&Vec<Cell>>) -> Option<i64> {
    match key?.first()? {
        Cell::Integer(number) => Some(*number),
        _ => None,
    }
}

fn key(table: &Table, columns: &[String], row: &Row) -> Vec<Cell> {
    table
        .key
        .iter()
        .filter_map(|key| {
            let at = columns.iter().position(|column| column == key)?;
            row.get(at).cloned()
        })
        .collect()
}

/// A recovery that was not at its end when this database was set aside itself.
fn earlier(source: &Source, from: &Path) -> Option<Progress> {
    let progress = Progress::load(source.connection()).ok()??;
    let is_there = from.with_file_name(&progress.from) != from
        && matches!(
            place::length(&from.with_file_name(&progress.from)),
            Ok(Some(_))
        );
    (!progress.done && is_there).then_some(progress)
}

fn store(
    connection: &Connection,
    mut after: Progress,
    rows: Rows,
    chained: Option<Progress>,
    actor: &str,
) -> rusqlite::Result<()> {
    if let Some(table) = rows.table {
        let unfit = target::put(connection, table, &rows.columns, &rows.rows)?;
        let read = rows.rows.len() as u64;
        after.found(table.name, read.saturating_sub(unfit));
        after.lost(unfit);
    }
    if after.at.is_some() {
        return after.store(connection);
    }
    after.done = true;
    let counts = json!({
        "recovered": after.recovered,
        "unreadable": after.unreadable,
        "stopped": after.stopped,
    });
    connection.execute(
        "INSERT INTO audit (at, actor, action, subject, after, note)
         VALUES (?1, ?2, 'recover', ?3, ?4, ?5)",
        rusqlite::params![
            i64::try_from(Timestamp::now().as_micros()).unwrap_or(i64::MAX),
            actor,
            after.from,
            counts.to_string(),
            after.reason,
        ],
    )?;
    chained.unwrap_or(after).store(connection)
}
