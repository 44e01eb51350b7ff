//! Everything that a sink promises.

use std::fs;
use std::path::PathBuf;

use alert_sink_sqlite_state::{HistoryQuery, StateConfig, StateReader};
use alert_testkit::{Outage, Rig, Skip};
use rusqlite::Connection;
use tempfile::TempDir;

struct StateRig(TempDir);

impl StateRig {
    fn path(&self) -> PathBuf {
        self.0.path().join("state.db")
    }
}

/// Another program has the database.
struct Taken(Connection);

impl Outage for Taken {
    fn end(self) {
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

impl Rig for StateRig {
    type Config = StateConfig;
    const README: &'static str = include_str!("../README.md");

    fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn config(&self) -> StateConfig {
        StateConfig::new(self.path())
    }

    fn read_back(&self) -> Vec<String> {
        if !fs::exists(self.path()).unwrap() {
            return Vec::new();
        }
        let reader = StateReader::open(self.path()).unwrap();
        let mut all = HistoryQuery::default();
        all.recent = 10_000;
        let mut alerts = reader.history(&all).unwrap();
        alerts.sort_by_key(|alert| alert.number);
        alerts.into_iter().map(|alert| alert.title).collect()
    }

    fn outage(&self) -> Result<impl Outage, Skip> {
        let connection = Connection::open(self.path()).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        Ok(Taken(connection))
    }

    fn silence(&self) -> Result<impl Outage, Skip> {
        self.outage()
    }

    fn knows_ids(&self) -> Result<(), Skip> {
        Ok(())
    }
}

alert_testkit::conformance!(StateRig);
