//! The file that was set aside, read without changing it.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params_from_iter};

use super::cell::Cell;
use super::graft;
use super::progress::{Position, Stage};
use super::table::Table;
use crate::database::connect;
use crate::database::migrate::{APPLICATION_ID, Stamp};
use crate::database::place;
use crate::database::trouble::Trouble;

/// How many bytes of rows are in memory at once, beside one row.
const BYTES: usize = 4 << 20;

const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Source(Connection);

pub(super) type Row = Vec<Cell>;

/// What could be read in one go.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) rows: Vec<Row>,
    pub(super) end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There may be more.
    Limit,
    /// That was all.
    Last,
    /// What comes next cannot be read.
    Error,
}

impl Source {
    /// With the rows that are in its WAL only, unless those make it unreadable: then it is not its
    /// own, or damaged itself. Without its schema, with that of the first version.
    pub(super) fn open(path: &Path) -> Result<Source, Trouble> {
        if matches!(place::length(&place::beside(path, "-wal")), Ok(Some(1..)))
            && let Ok(source) = connect::to_read(path, PATIENCE).and_then(Self::prepared)
        {
            return Ok(source);
        }
        match connect::to_read_unchanging(path, PATIENCE).and_then(Self::prepared) {
            Err(Trouble::Damaged(why)) => graft::open(path)
                .and_then(Self::prepared)
                .map_err(|_| Trouble::Damaged(why)),
            answer => answer,
        }
    }

    fn prepared(connection: Connection) -> Result<Source, Trouble> {
        for (option, is_on) in [
            (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            // SQLite reads a file that is shorter than its header says only so.
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false),
            (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true),
        ] {
            connection.set_db_config(option, is_on)?;
        }
        if Stamp::of(&connection)?.application != APPLICATION_ID {
            return Err(Trouble::Foreign);
        }
        let _: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok(Source(connection))
    }

    /// The columns that the table has there, in the order of the new database's.
    pub(super) fn columns(&self, table: &Table, wanted: &[String]) -> Vec<String> {
        let there = columns(&self.0, table.name).unwrap_or_default();
        if table
            .key
            .iter()
            .all(|key| there.iter().any(|name| name == key))
        {
            let mut both = wanted.to_vec();
            both.retain(|name| there.contains(name));
            both
        } else {
            Vec::new()
        }
    }

    /// The next rows from this place on.
    pub(super) fn read(
        &self,
        table: &Table,
        columns: &[String],
        at: &Position,
        limit: usize,
    ) -> Chunk {
        let mut rows = Vec::new();
        let end = self
            .read_into(table, columns, at, limit, &mut rows)
            .unwrap_or(End::Error);
        Chunk { rows, end }
    }

    fn read_into(
        &self,
        table: &Table,
        columns: &[String],
        at: &Position,
        limit: usize,
        rows: &mut Vec<Row>,
    ) -> rusqlite::Result<End> {
        let key = table.key.join(", ");
        let holes = vec!["?"; table.key.len()].join(", ");
        let mut bounds = Vec::new();
        let mut values: Vec<&Cell> = Vec::new();
        for (bound, sign) in [(&at.low, ">"), (&at.high, "<")] {
            if let Some(bound) = bound {
                bounds.push(format!("({key}) {sign} ({holes})"));
                values.extend(bound);
            }
        }
        let bounds = if bounds.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", bounds.join(" AND "))
        };
        let way = match at.stage {
            Stage::Up | Stage::Single => "ASC",
            Stage::Down => "DESC",
        };
        let order: Vec<String> = table.key.iter().map(|key| format!("{key} {way}")).collect();
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT {} FROM {} {bounds} ORDER BY {}",
            columns.join(", "),
            table.name,
            order.join(", ")
        ))?;
        let mut found = statement.query(params_from_iter(values))?;
        let mut bytes = 0;
        while let Some(row) = found.next()? {
            let row = cells(row, columns.len())?;
            bytes += row.iter().map(Cell::bytes).sum::<usize>();
            rows.push(row);
            if rows.len() >= limit || bytes >= BYTES {
                return Ok(End::Limit);
            }
        }
        Ok(End::Last)
    }

    /// The row of this number, if there is one.
    pub(super) fn one(
        &self,
        table: &Table,
        columns: &[String],
        number: i64,
    ) -> rusqlite::Result<Option<Row>> {
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT {} FROM {} WHERE {} = ?1",
            columns.join(", "),
            table.name,
            table.key.join(", ")
        ))?;
        let mut found = statement.query([number])?;
        match found.next()? {
            Some(row) => cells(row, columns.len()).map(Some),
            None => Ok(None),
        }
    }

    /// The highest number that this table has given, as far as that can be read.
    pub(super) fn highest(&self, table: &Table) -> Option<i64> {
        let given = self
            .0
            .query_row(
                "SELECT max(seq) FROM sqlite_sequence WHERE name = ?1",
                [table.name],
                |row| row.get::<_, Option<i64>>(0),
            )
            .unwrap_or_default();
        let key = table.key.first()?;
        let sql = format!("SELECT max({key}) FROM {}", table.name);
        let there = self
            .0
            .query_row(&sql, [], |row| row.get::<_, Option<i64>>(0))
            .unwrap_or_default();
        given.max(there)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }
}

/// The columns of a table.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

fn cells(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    (0..columns)
        .map(|column| row.get_ref(column).map(Cell::of))
        .collect()
}
