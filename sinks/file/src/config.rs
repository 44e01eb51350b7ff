use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use alert_core::{Findings, Limits, OpenContext, SinkConfig, SinkError, Timestamp, resolve_path};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::log::Log;
use crate::record::Form;
use crate::rotate::{Naming, Pace, Rotation};
use crate::sink::Durable;
use crate::syncer::Syncer;
use crate::{FileSink, Fsync, Rotate, claim};

/// How many alerts go into one attempt at most.
const BATCH: usize = 1024;
const PACE: Pace = Pace {
    clock: Timestamp::now,
    // Enough for some ten megabytes.
    grace: Duration::from_secs(1),
};
/// How long a rotating sink waits for a lock that another process holds. The one that compresses
/// needs it to know that nobody writes any more.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the alerts are written, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileConfig {
    /// The file that alerts are appended to. A leading `~/` is the home folder; a relative path
    /// begins at the folder in which the program runs when the sink opens. A missing file is
    /// created for this user alone (mode 0600), and so are missing folders (0700).
    #[schemars(extend("examples" = ["~/alert-logs/alerts.log"]))]
    pub path: PathBuf,
    /// How an alert is written: `text` (the default), one readable line, or `json`, one JSON
    /// object in one line.
    #[serde(default)]
    pub format: Format,
    /// When the file steps aside under a name with the time of its last record, such as
    /// `alerts.log.2026-11-24T05-48-57.123Z`, and what becomes of it then: `size` and `daily`, of
    /// which at least one must be given, `keep` and `compress`. Any number of processes may rotate
    /// one file. Default: never.
    #[serde(default)]
    #[schemars(example = example())]
    pub rotate: Option<Rotate>,
    /// When records are made to survive a loss of power: `never` (the default), `each` (before an
    /// alert counts as delivered), or a duration such as `"1s"` (at most so much is lost).
    #[serde(default)]
    #[schemars(example = "1s")]
    pub fsync: Fsync,
}

fn example() -> serde_json::Value {
    serde_json::json!({ "size": "10MiB", "daily": true, "keep": 7, "compress": "gzip" })
}

/// How an alert is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// One readable line.
    #[default]
    Text,
    /// One JSON object in one line (JSON Lines).
    Json,
}

impl FileConfig {
    /// Text lines in this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            format: Format::default(),
            rotate: None,
            fsync: Fsync::default(),
        }
    }

    /// In this format.
    #[must_use = "returns the changed config"]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Rotated so.
    #[must_use = "returns the changed config"]
    pub fn rotate(mut self, rotate: Rotate) -> Self {
        self.rotate = Some(rotate);
        self
    }

    /// Made durable then.
    #[must_use = "returns the changed config"]
    pub fn fsync(mut self, fsync: Fsync) -> Self {
        self.fsync = fsync;
        self
    }

    /// Opens the file at an absolute path.
    pub(crate) fn open_at(&self, path: PathBuf, pace: Pace) -> Result<FileSink, SinkError> {
        let mut log = Log::at(path);
        let naming = match self.fsync {
            Fsync::Never => Naming::Plain,
            Fsync::Each | Fsync::Every(_) => {
                log = log.keeps_names();
                Naming::Lasting
            }
        };
        if self.rotate.is_some() {
            log = log.waits(PATIENCE);
        }
        // What passes by itself (a full disk, a pipe without a reader) is not the sink's end: it
        // is asked again with each attempt, which is sooner than opening anew.
        let ready = log.ready().map(|_| ());
        log.release();
        if let Err(trouble) = ready
            && !trouble.passes()
        {
            return Err(trouble.of(log.path()));
        }
        let rotation = self.rotate.as_ref();
        let rotation = rotation.map(|rotate| Rotation::of(rotate, naming, pace));
        let durable = match self.fsync {
            Fsync::Never => Durable::No,
            Fsync::Each => Durable::AtOnce,
            Fsync::Every(time) => Syncer::start(time.get(), File::sync_data)
                .map(Durable::Later)
                .map_err(|error| {
                    SinkError::transient("cannot make a thread for fsync").caused_by(error)
                })?,
        };
        Ok(FileSink::new(log, Form::of(self.format), rotation, durable))
    }
}

impl SinkConfig for FileConfig {
    const KIND: &'static str = "file";
    type Sink = FileSink;

    fn open(&self, _: &OpenContext<'_>) -> Result<FileSink, SinkError> {
        let path = resolve_path(&self.path).map_err(SinkError::unusable)?;
        self.open_at(path, PACE)
    }

    fn limits(&self) -> Limits {
        Limits::none().batch(BATCH)
    }

    fn keeps_record(&self) -> bool {
        true
    }

    fn check(&self, found: &mut Findings) {
        match resolve_path(&self.path) {
            Ok(path) => claim::look(&path, found),
            Err(text) => found.error("path", text),
        }
        if let Some(rotate) = &self.rotate {
            rotate.check(found);
        }
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml_like: serde_json::Value) -> Result<FileConfig, serde_json::Error> {
        serde_json::from_value(toml_like)
    }

    #[test]
    fn it_keeps_a_record() {
        assert!(FileConfig::new("a.log").keeps_record());
    }

    #[test]
    fn a_path_is_enough() {
        let config = read(serde_json::json!({ "path": "a.log" })).unwrap();
        assert_eq!(config, FileConfig::new("a.log"));
        assert_eq!(config.format, Format::Text);
        let json = read(serde_json::json!({ "path": "a.log", "format": "json" })).unwrap();
        assert_eq!(json, FileConfig::new("a.log").format(Format::Json));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in [
            serde_json::json!({}),
            serde_json::json!({ "path": "a", "mode": 1 }),
            serde_json::json!({ "path": "a", "format": "xml" }),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_example_of_a_rotation_can_be_read_and_is_sound() {
        let rotate = Rotate::daily().or_at(alert_core::Size::from_bytes(10 << 20));
        let json = serde_json::json!({ "path": "a.log", "rotate": example(), "fsync": "1s" });
        let config = read(json).unwrap();
        let rotate = rotate.compress(crate::Compress::Gzip);
        assert_eq!(config.rotate, Some(rotate));
        let mut found = Findings::new();
        config.check(&mut found);
        assert_eq!(found.has_errors(), !cfg!(unix));
    }

    #[test]
    fn every_key_of_the_schema_is_described() {
        let schema = FileConfig::schema();
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(
            keys.keys().collect::<Vec<_>>(),
            ["format", "fsync", "path", "rotate"]
        );
        for (key, place) in keys {
            assert!(place["description"].is_string(), "{key}: {place}");
        }
    }

    #[test]
    fn a_path_that_cannot_be_meant_is_found_by_the_check() {
        for wrong in ["", "~nobody/a.log", "a\0b"] {
            let mut found = Findings::new();
            FileConfig::new(wrong).check(&mut found);
            assert!(found.has_errors(), "{wrong:?}");
        }
    }
}
