use std::sync::Arc;

use crate::alert::{Redaction, Text, fit, terminal};

/// What a service answered, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered(Arc<str>);

const MOST: Text = Text::bytes(512);

impl Answered {
    pub(crate) fn new(text: String) -> Self {
        Self(text.into())
    }

    /// As it may leave the worker: short, on one line, without these secrets.
    pub(crate) fn without(self, redaction: &Redaction) -> Self {
        let text = redaction.text(&self.0);
        // A backslash stays: the sink may have escaped it already.
        let text = terminal(&text);
        Self(fit(&text, MOST, " [cut] ").into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
