use std::path::PathBuf;
use std::time::Duration;

use alert_core::{
    ConfigDuration, Findings, Limits, Observer, OpenContext, Silence, SinkConfig, SinkError,
    resolve_path,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{StateSink, claim, database, observer, reader};

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
    #[schemars(example = example())]
    pub keep: Keep,
}

fn example() -> serde_json::Value {
    serde_json::json!({ "age": "30d", "alerts": 100_000 })
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
            age: ConfigDuration::from(Duration::from_secs(90 * 24 * 3_600)),
            alerts: 1_000_000,
        }
    }
}

impl Keep {
    /// Alerts of at most this age; whole microseconds count.
    #[must_use = "returns the changed limits"]
    pub fn age(mut self, age: Duration) -> Self {
        self.age = ConfigDuration::from(age);
        self
    }

    /// At most so many alerts.
    #[must_use = "returns the changed limits"]
    pub fn alerts(mut self, alerts: u64) -> Self {
        self.alerts = alerts;
        self
    }

    fn check(&self, found: &mut Findings) {
        if self.age.get().is_zero() {
            found.error(
                "keep.age",
                "each alert would be removed as it is written, give at least a minute",
            );
        }
        if self.alerts == 0 {
            found.error(
                "keep.alerts",
                "each alert would be removed as it is written, keep at least 1",
            );
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

    /// With this after a loss of power.
    #[must_use = "returns the changed config"]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// With so much kept.
    #[must_use = "returns the changed config"]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
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
            Ok(path) => claim::look(&path, found),
            Err(text) => found.error("path", text),
        }
        self.keep.check(found);
    }

    fn keeps_record(&self) -> bool {
        true
    }

    fn silences(&self) -> Vec<Silence> {
        resolve_path(&self.path)
            .map(|path| reader::known_silences(&path))
            .unwrap_or_default()
    }

    fn observer(&self) -> Option<Box<dyn Observer>> {
        let path = resolve_path(&self.path).ok()?;
        Some(observer::observer(&path, self.synchronous.level()))
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: serde_json::Value) -> Result<StateConfig, serde_json::Error> {
        serde_json::from_value(json)
    }

    #[test]
    fn it_keeps_a_record() {
        assert!(StateConfig::new("a.db").keeps_record());
    }

    #[test]
    fn a_path_is_enough() {
        let config = read(serde_json::json!({ "path": "a.db" })).unwrap();
        assert_eq!(config, StateConfig::new("a.db"));
        assert_eq!(config.keep.alerts, 1_000_000);
        assert_eq!(config.keep.age.to_string(), "90d");
    }

    #[test]
    fn what_is_kept_may_be_said_in_part() {
        let json = serde_json::json!({
            "path": "a.db", "synchronous": "full", "keep": { "age": "12h" },
        });
        let keep = Keep::default().age(Duration::from_secs(12 * 3_600));
        let expected = StateConfig::new("a.db")
            .synchronous(Synchronous::Full)
            .keep(keep);
        assert_eq!(read(json).unwrap(), expected);
        let json = serde_json::json!({ "path": "a.db", "keep": example() });
        assert_eq!(read(json).unwrap().keep.alerts, 100_000);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in [
            serde_json::json!({}),
            serde_json::json!({ "path": "a", "mode": 1 }),
            serde_json::json!({ "path": "a", "synchronous": "off" }),
            serde_json::json!({ "path": "a", "keep": { "size": 1 } }),
            serde_json::json!({ "path": "a", "keep": { "alerts": -1 } }),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_would_keep_nothing_and_a_path_that_cannot_be_meant_are_found_by_the_check() {
        let sound = StateConfig::new("/tmp/there-is-none/a.db");
        for (config, is_wrong) in [
            (sound.clone(), false),
            (sound.clone().keep(Keep::default().alerts(0)), true),
            (sound.keep(Keep::default().age(Duration::ZERO)), true),
            (StateConfig::new(""), true),
            (StateConfig::new("~nobody/a.db"), true),
        ] {
            let mut found = Findings::new();
            config.check(&mut found);
            assert_eq!(found.has_errors(), is_wrong, "{config:?}");
        }
    }

    #[test]
    fn every_key_of_the_schema_is_described() {
        let schema = StateConfig::schema();
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(
            keys.keys().collect::<Vec<_>>(),
            ["keep", "path", "synchronous"]
        );
        for (key, place) in keys {
            assert!(place["description"].is_string(), "{key}: {place}");
        }
    }
}
