//! What ends a command before it could do its work.

use std::process::ExitCode;

use alert::sinks::sqlite_state::StateError;
use serde::Serialize;

use crate::screen::Screen;

/// Why a command did not do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    class: Class,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Class {
    /// The arguments make no sense.
    Usage,
    /// The file system, mostly.
    Io,
    /// The state database.
    State,
    /// What was asked for is not there.
    Absent,
}

/// What wrong usage exits with, always.
const MISUSE: u8 = 2;

impl Failure {
    /// Wrong usage: one lower-case line without a full stop.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        let (class, text) = (Class::Usage, text.into());
        Self { class, text }
    }

    /// Something that could not be read or written: one lower-case line without a full stop.
    pub(crate) fn io(text: impl Into<String>) -> Self {
        let (class, text) = (Class::Io, text.into());
        Self { class, text }
    }

    /// A state database that is not there yet, or could not be opened, read or written.
    pub(crate) fn state(error: &StateError) -> Self {
        let class = match error.is_absent() {
            true => Class::Absent,
            false => Class::State,
        };
        let text = error.to_string();
        Self { class, text }
    }

    /// What was asked for is not in the database: one lower-case line without a full stop.
    pub(crate) fn absent(text: impl Into<String>) -> Self {
        let (class, text) = (Class::Absent, text.into());
        Self { class, text }
    }

    /// What is told.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Tells it on standard error, and to programs on standard output.
    pub(crate) fn end(&self, json: bool, screen: &Screen) -> ExitCode {
        screen.error(&self.text);
        self.shown(json, screen)
    }

    /// Wrong usage that clap found, which brings its own words.
    pub(crate) fn misuse(text: &str, json: bool, screen: &Screen) -> ExitCode {
        screen.complain(text);
        let first = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = first.split_whitespace().collect();
        let words = words.join(" ");
        Self::usage(words.strip_prefix("error: ").unwrap_or(&words)).shown(json, screen)
    }

    fn shown(&self, json: bool, screen: &Screen) -> ExitCode {
        if json {
            screen.json(&Shape { error: self });
        }
        ExitCode::from(match self.class {
            Class::Usage => MISUSE,
            Class::Io | Class::State | Class::Absent => 1,
        })
    }
}

/// What `--json` writes in place of an answer.
#[derive(Serialize)]
struct Shape<'a> {
    error: &'a Failure,
}
