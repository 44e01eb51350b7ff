//! What is wrong with a template, said without what it was given.

use std::error::Error;
use std::fmt;

use alert_core::{Text, fit, terminal};
use minijinja::ErrorKind;

/// Why a template cannot be used, or did not render: one line, with the line of the template where that is known.
///
/// It quotes the template at most, never the text of an alert and never a value of [`Values`](crate::Values).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    line: Option<usize>,
    text: String,
    sample: Option<&'static str>,
}

/// The longest piece of a template that is quoted, in characters.
const QUOTED: usize = 80;

impl TemplateError {
    pub(crate) fn new(text: impl Into<String>) -> TemplateError {
        TemplateError {
            line: None,
            text: text.into(),
            sample: None,
        }
    }

    pub(crate) fn at(line: usize, text: impl Into<String>) -> TemplateError {
        TemplateError {
            line: Some(line),
            ..TemplateError::new(text)
        }
    }

    /// The same for one of the sample alerts.
    pub(crate) fn of_sample(self, sample: &'static str) -> TemplateError {
        TemplateError {
            sample: Some(sample),
            ..self
        }
    }

    /// The line of the template, from 1, where that is known.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// What the engine says about this source, without the values that it may have put into it.
    pub(crate) fn of_engine(error: &minijinja::Error, source: &str) -> TemplateError {
        TemplateError {
            line: error.line(),
            text: text(error, source),
            sample: None,
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line} of the template: ")?;
        }
        f.write_str(&self.text)?;
        match self.sample {
            Some(sample) => write!(f, " (tried with {sample})"),
            None => Ok(()),
        }
    }
}

impl Error for TemplateError {}

/// An error of our own on its way through the engine: its text is known to quote nothing.
#[derive(Debug)]
struct Own(String);

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Own {}

/// An error for the engine to hand on, whose text is ours.
pub(crate) fn own(text: impl Into<String>) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, "").with_source(Own(text.into()))
}

fn text(error: &minijinja::Error, source: &str) -> String {
    let mut link: Option<&dyn Error> = Some(error);
    while let Some(error) = link {
        if let Some(own) = error.downcast_ref::<Own>() {
            return own.0.clone();
        }
        link = error.source();
    }
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        // What these say comes from the template.
        ErrorKind::SyntaxError
        | ErrorKind::UnknownFilter
        | ErrorKind::UnknownTest
        | ErrorKind::UnknownFunction
        | ErrorKind::BadEscape
            if !detail.is_empty() =>
        {
            quoted(detail)
        }
        ErrorKind::UndefinedError if detail.ends_with(" is undefined") => {
            let hint = "what an alert may lack is written with a default, as in `context.host|default(\"\")`";
            format!("{}; {hint}", quoted(detail))
        }
        ErrorKind::OutOfFuel => "it takes more work than a template may".to_owned(),
        kind => match piece(error, source) {
            Some(piece) => format!("{kind} in `{piece}`"),
            None => kind.to_string(),
        },
    }
}

/// The expression at fault. One with a literal text in it is not shown: that may have come from a secret.
fn piece(error: &minijinja::Error, source: &str) -> Option<String> {
    let piece = source.get(error.range()?)?.trim();
    let shown = !piece.is_empty() && !piece.contains(['"', '\'']);
    shown.then(|| quoted(piece))
}

fn quoted(text: &str) -> String {
    fit(&terminal(text), Text::chars(QUOTED), "…").into_owned()
}
