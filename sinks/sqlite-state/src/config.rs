use std::path::PathBuf;

use alert_core::{
    ConfigDuration, Findings, Limits, Observer, OpenContext, SinkConfig, SinkError, resolve_path,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{StateSink, database, observer};

/// How many alerts go into one transaction at most.
const BATCH: usize = 1024;

/// Where the state database is, and what it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StateConfig {
    /// The database. A leading `~/` is the home folder; a relative path begins at the folder in
    /// which the program runs when the sink opens. A missing file is created for this user alone
    /// (mode 0600), and so are missing folders (0700). Any number of programs of one machine may
    /// share it; it does not belong on a network file system.
    #[schemars(extend("examples" = ["~/alert-logs/state.db"]))]
    pub path: PathBuf,
    /// What a loss of power may cost: `normal` (the default), the last alerts at most, or `full`,
    /// nothing, for a wait on the disk with each transaction. A program that ends in any way costs
    /// nothing with either.
    #[serde(default)]
    pub synchronous: Synchronous,
    /// For how long alerts, and what became of them, are kept, and how many: `age` (default `90d`)
    /// and `alerts` (default 1,000,000).
    #[serde(default)]
    pub keep: Keep,
}

/// What a loss of power may cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Synchronous {
    /// The last alerts at most.
    #[default]
    Normal,
    /// Nothing.
    Full,
}

impl Synchronous {
    pub(crate) fn level(self) -> database::Synchronous {
        match self {
            Synchronous::Normal => database::Synchronous::Normal,
            Synchronous::Full => database::Synchronous::Full,
        }
    }
}

/// For how long alerts are kept, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Keep {
    /// Alerts that are older are removed.
    pub age: ConfigDuration,
    /// Of more, the oldest are removed.
    pub alerts: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            age: ConfigDuration::from(std::time::Duration::from_secs(90 * 24 * 3600)),
            alerts: 1_000_000,
        }
    }
}

impl StateConfig {
    /// The database at this path, with all else as by default.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            synchronous: Synchronous::default(),
            keep: Keep::default(),
        }
    }
}

impl SinkConfig for StateConfig {
    const KIND: &'static str = "sqlite-state";
    type Sink = StateSink;

    fn open(&self, cx: &OpenContext<'_>) -> Result<StateSink, SinkError> {
        let path = resolve_path(&self.path).map_err(SinkError::unusable)?;
        StateSink::open(path, self, cx)
    }

    fn limits(&self) -> Limits {
        Limits::none().batch(BATCH)
    }

    fn check(&self, found: &mut Findings) {
        match resolve_path(&self.path) {
            Ok(path) => found.claims_file(&path),
            Err(text) => found.error("path", text),
        }
    }

    fn keeps_record(&self) -> bool {
        true
    }

    fn observer(&self) -> Option<Box<dyn Observer>> {
        let path = resolve_path(&self.path).ok()?;
        Some(observer::observer(&path, self.synchronous.level()))
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}
