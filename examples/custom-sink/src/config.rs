use std::fs;
use std::path::PathBuf;

use alert_core::{Findings, Limits, OpenContext, SinkConfig, SinkError, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::StatusPage;

/// The configuration of a `statuspage` sink.
// The derives read and describe it; the words at the fields are what a person
// sees in the reference and in the editor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StatusPageConfig {
    /// The folder of the documents; it is created when it is missing. An
    /// absolute path.
    pub folder: PathBuf,
    /// What becomes of a document whose incident is over. Default `keep`.
    #[serde(default)]
    pub resolved: Resolved,
}

/// What becomes of a document whose incident is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resolved {
    /// It stays, marked as resolved.
    #[default]
    Keep,
    /// It is removed.
    Remove,
}

impl StatusPageConfig {
    /// Documents in this folder; resolved ones stay.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            resolved: Resolved::Keep,
        }
    }
}

impl SinkConfig for StatusPageConfig {
    const KIND: &'static str = "statuspage";
    type Sink = StatusPage;

    // On the sink's own thread: it may take its time. Called again after a
    // panic, and after the sink said that it is unusable.
    fn open(&self, _: &OpenContext<'_>) -> Result<StatusPage, SinkError> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| SinkError::unusable("cannot create the folder").caused_by(error))?;
        Ok(StatusPage::new(self.clone()))
    }

    // What does not fit is cut before it comes here; the document has the id, so
    // that no cut has to name it. `edits` promises that `deliver` gives handles,
    // and looks at `previous`.
    fn limits(&self) -> Limits {
        Limits::none()
            .edits()
            .title(Text::chars(120))
            .message(Text::bytes(8 * 1024))
            .entries(50)
            .shows_id()
    }

    // Mistakes that the types do not show, before anything is opened.
    fn check(&self, found: &mut Findings) {
        if !self.folder.is_absolute() {
            found.error("folder", "the folder must be an absolute path");
        }
        // Two sinks in one folder would remove each other's documents.
        found.claims("folder", self.folder.to_string_lossy());
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}
