//! The line of a source that a problem points at.

use std::ops::Range;

/// One line of a source, made fit to be shown: masked, escaped and cut.
///
/// Made by [`Problem::excerpt`](super::Problem::excerpt). It owns its text, so a problem can be shown long after its source is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    source: String,
    line: usize,
    column: usize,
    text: String,
    caret: Range<usize>,
}

impl Excerpt {
    pub(super) fn new(
        source: impl Into<String>,
        line: usize,
        column: usize,
        text: impl Into<String>,
        caret: Range<usize>,
    ) -> Self {
        let text = text.into();
        let fits = text.get(caret.clone()).is_some();
        let caret = if fits { caret } else { text.len()..text.len() };
        Self {
            source: source.into(),
            line,
            column,
            text,
            caret,
        }
    }

    /// `name:line:column`.
    pub fn location(&self) -> String {
        format!("{}:{}:{}", self.source, self.line, self.column)
    }

    /// The name of the source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters of the source, from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// The text of the line as it may be shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte range of [`text`](Excerpt::text) to underline; empty for a place between two
    /// characters.
    pub fn caret(&self) -> Range<usize> {
        self.caret.clone()
    }
}
