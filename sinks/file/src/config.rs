use std::path::PathBuf;

use alert_core::{Findings, Limits, OpenContext, SinkConfig, SinkError};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::log::Log;
use crate::record::Form;
use crate::{FileSink, claim, path};

/// How many alerts go into one attempt at most.
const BATCH: usize = 1024;

/// Where the alerts are written, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileConfig {
    /// The file that alerts are appended to. A leading `~/` is the home folder; a relative path
    /// begins at the folder in which the program runs when the sink opens. A missing file is
    /// created for this user alone (mode 0600), and so are missing folders (0700).
    pub path: PathBuf,
    /// How an alert is written: `text` (the default), one readable line, or `json`, one JSON
    /// object in one line.
    #[serde(default)]
    pub format: Format,
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
        }
    }

    /// In this format.
    #[must_use = "returns the changed config"]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}

impl SinkConfig for FileConfig {
    const KIND: &'static str = "file";
    type Sink = FileSink;

    fn open(&self, _: &OpenContext<'_>) -> Result<FileSink, SinkError> {
        let path = path::resolve(&self.path).map_err(SinkError::unusable)?;
        let mut log = Log::at(path);
        // What passes by itself (a full disk, a pipe without a reader) is not the sink's end: it
        // is asked again with each attempt, which is sooner than opening anew.
        match log.ready() {
            Err(trouble) if !trouble.passes() => Err(trouble.of(log.path())),
            _ => Ok(FileSink::new(log, Form::of(self.format))),
        }
    }

    fn limits(&self) -> Limits {
        Limits::none().batch(BATCH)
    }

    fn check(&self, found: &mut Findings) {
        match path::resolve(&self.path) {
            Ok(path) => claim::look(&path, found),
            Err(text) => found.error("path", text),
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
    fn every_key_of_the_schema_is_described() {
        let schema = FileConfig::schema();
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["format", "path"]);
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
