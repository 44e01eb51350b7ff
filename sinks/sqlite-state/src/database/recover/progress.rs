use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::table::Table;

/// How far a recovery is, and what it has found: the value of `recovery` in the table `meta`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The file that was set aside, in the folder of the database.
    pub(super) from: String,
    pub(super) began_at: u64,
    /// What was found to be wrong with it.
    pub(super) reason: String,
    /// Where it goes on, `null` at the end.
    pub(super) at: Option<Position>,
    /// The highest number that a table had given, where that could be read.
    pub(super) highest: BTreeMap<String, i64>,
    /// Rows that were read, by table.
    pub(super) recovered: BTreeMap<String, u64>,
    /// Rows that could not be read, at most: of some only the number is known.
    pub(super) unreadable: u64,
    /// How often the disk did not let it be opened.
    #[serde(default)]
    pub(super) tries: u32,
    /// Why nothing, or nothing more, could be read at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<String>,
    pub(super) done: bool,
}

/// A place in a table. What is between `low` and `high` is still to be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) table: String,
    pub(super) stage: Stage,
    pub(super) low: Option<Vec<Cell>>,
    pub(super) high: Option<Vec<Cell>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// In order, until an error.
    Up,
    /// From the end, until the same error or another.
    Down,
    /// Number by number between the two.
    Single,
}

impl Position {
    pub(super) fn start(table: &Table) -> Position {
        Position {
            table: table.name.to_owned(),
            stage: Stage::Up,
            low: None,
            high: None,
        }
    }
}

impl Progress {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Option<Progress>> {
        let text: Option<String> = connection
            .query_row("SELECT value FROM meta WHERE key = 'recovery'", [], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    pub(super) fn store(&self, connection: &Connection) -> rusqlite::Result<()> {
        let text = serde_json::to_string(self)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        connection.execute(
            "INSERT INTO meta (key, value) VALUES ('recovery', ?1)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [text],
        )?;
        Ok(())
    }

    pub(super) fn found(&mut self, table: &str, rows: u64) {
        if rows > 0 {
            let sum = self.recovered.entry(table.to_owned()).or_default();
            *sum = sum.saturating_add(rows);
        }
    }

    pub(super) fn lost(&mut self, rows: u64) {
        self.unreadable = self.unreadable.saturating_add(rows);
    }
}
