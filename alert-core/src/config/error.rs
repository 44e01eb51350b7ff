//! The error of reading a tree, kept in parts.

use std::fmt;
use std::ops::Range;

use serde::de::{Error, Expected, Unexpected};

use super::found::Found;
use super::node::Node;
use super::words::{expectation, listed, printable, quoted};

/// Why a [`Node`](super::Node) could not be read: what was wrong, and where.
///
/// Neither `Display` nor `Debug` shows a value of the config; text made by a foreign visitor is
/// kept, unless the place is secret or its value came from a variable.
/// [`parse`](super::parse) makes richer messages from the same parts.
#[must_use = "an error that nobody reads is silent"]
pub struct ConfigError(Box<Parts>);

pub(super) struct Parts {
    pub(super) kind: Kind,
    /// From the innermost step outwards: it grows while the error passes out.
    steps: Vec<Step>,
    pub(super) seat: Option<Seat>,
}

pub(super) enum Kind {
    Custom(String),
    Mismatch {
        found: Found,
        expected: String,
    },
    Length {
        length: usize,
        expected: String,
    },
    Variant {
        given: String,
        known: &'static [&'static str],
    },
    Key {
        given: String,
        known: &'static [&'static str],
    },
    Missing(&'static str),
    Twice(&'static str),
}

/// Where an error arose: the innermost node that it passed.
#[derive(Clone)]
pub(super) struct Seat {
    pub(super) span: Option<Range<usize>>,
    pub(super) secret: bool,
    pub(super) from_variable: bool,
    /// The key is at fault, not its value.
    pub(super) on_key: bool,
}

#[derive(Clone, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl ConfigError {
    fn new(kind: Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            steps: Vec::new(),
            seat: None,
        }))
    }

    /// Notes the innermost node; later calls change nothing.
    pub(super) fn seated(mut self, node: &Node, secret: bool) -> Self {
        self.0.seat.get_or_insert_with(|| Seat {
            span: node.span.clone(),
            secret,
            from_variable: node.from_variable,
            on_key: false,
        });
        self
    }

    pub(super) fn seated_on_key(mut self, span: Option<Range<usize>>) -> Self {
        let seat = Seat {
            span,
            secret: false,
            from_variable: false,
            on_key: true,
        };
        self.0.seat.get_or_insert(seat);
        self
    }

    pub(super) fn under(mut self, step: Step) -> Self {
        self.0.steps.push(step);
        self
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.0.steps.iter().rev().cloned().collect()
    }

    /// The byte range in the source, if known.
    pub fn place(&self) -> Option<Range<usize>> {
        self.0.seat.as_ref().and_then(|seat| seat.span.clone())
    }

    /// The keys that lead to the mistake, from the outermost inwards; list items by number.
    pub fn path(&self) -> Vec<String> {
        self.0.steps.iter().rev().map(Step::to_string).collect()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(name) => f.write_str(name),
            Self::Index(index) => fmt::Display::fmt(index, f),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self
            .0
            .seat
            .as_ref()
            .is_some_and(|seat| seat.secret || seat.from_variable);
        let path = self.path();
        if !path.is_empty() {
            write!(f, "{}: ", printable(&path.join(".")))?;
        }
        match &self.0.kind {
            Kind::Custom(_) if hidden => f.write_str("the value is not accepted"),
            Kind::Custom(text) => f.write_str(&printable(text)),
            Kind::Mismatch { found, expected } => {
                write!(
                    f,
                    "expected {}, found {}",
                    expectation(expected),
                    found.describe(false)
                )
            }
            Kind::Length { length, expected } => {
                write!(
                    f,
                    "expected {}, found {length} values",
                    expectation(expected)
                )
            }
            Kind::Variant { known: [], .. } => f.write_str("no value is accepted here"),
            Kind::Variant { known, .. } => write!(f, "expected {}", listed(known.iter().copied())),
            Kind::Key { given, .. } => write!(f, "unknown key {}", quoted(given)),
            Kind::Missing(name) => write!(f, "missing key {}", quoted(name)),
            Kind::Twice(name) => write!(f, "key {} is given twice", quoted(name)),
        }
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigError({self})")
    }
}

impl std::error::Error for ConfigError {}

impl Error for ConfigError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(Kind::Custom(text.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        Self::new(Kind::Mismatch {
            found: Found::of(&unexpected),
            expected,
        })
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(Kind::Length {
            length,
            expected: expected.to_string(),
        })
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::Variant {
            given: variant.to_owned(),
            known,
        })
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::Key {
            given: field.to_owned(),
            known,
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Kind::Twice(field))
    }
}
