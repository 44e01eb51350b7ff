//! Which alerts a silence is about, as data and as text.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use alert_core::{Severity, Silence, Timestamp};
use serde::{Deserialize, Serialize};

/// Which alerts a silence is about: those that meet all its conditions.
///
/// As text it is a list of terms: `severity=warning,critical` (one of these), `source=billing-*`,
/// `key=disk:*` (the dedup key), `context.host=db-1`. In patterns a `*` stands for any run of
/// characters. A value or context key with white space, quotation marks or an `=`, or an empty one,
/// is written as a JSON string: `context."rack no"="a 1"`. Without conditions the text is
/// `everything`.
///
/// ```
/// use alert_sink_sqlite_state::SilenceMatch;
///
/// let matches: SilenceMatch = "source=billing-* severity=warning".parse().unwrap();
/// assert_eq!(matches.source.as_deref(), Some("billing-*"));
/// assert_eq!(matches.to_string(), "severity=warning source=billing-*");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
// What a later version may add must not be ignored: the silence would match more than was asked for.
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SilenceMatch {
    /// One of these; any if it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Severity>,
    /// The pattern of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The pattern of the dedup key; an alert without one does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedup_key: Option<String>,
    /// Context keys, each with the pattern of its value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, String>,
}

const KNOWN: &str = "severity=…, source=…, key=… and context.NAME=…";

impl SilenceMatch {
    /// How many bytes its texts may have together; a pipeline ignores a silence with more.
    pub const MAX_BYTES: usize = 4_000;

    /// Matches every alert.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Whether it matches every alert.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the condition of one term, of which all after the first `=` is the value, as it comes
    /// from a command line: also with spaces in it, unless it begins with a quotation mark.
    ///
    /// # Errors
    ///
    /// If it is no term, or one of that name is there already (of `severity` there may be several).
    pub fn with_term(mut self, term: &str) -> Result<Self, InvalidTerm> {
        let (name, rest) = Name::read(term)?;
        let value = match unquoted(rest)? {
            Some((value, "")) => value,
            Some(_) => {
                return Err(InvalidTerm::new(
                    "something follows the closing quotation mark of a term",
                ));
            }
            None => rest.to_owned(),
        };
        self.add(name, value)?;
        Ok(self)
    }

    /// The same for a pipeline's table.
    pub fn silence(&self, until: Timestamp) -> Silence {
        let mut silence = Silence::until(until);
        if !self.severities.is_empty() {
            silence = silence.severities(self.severities.iter().copied());
        }
        if let Some(source) = &self.source {
            silence = silence.source(source);
        }
        if let Some(key) = &self.dedup_key {
            silence = silence.dedup_key(key);
        }
        let context = self.context.iter();
        context.fold(silence, |silence, (key, value)| silence.context(key, value))
    }

    pub(crate) fn bytes(&self) -> usize {
        let one = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let context = self
            .context
            .iter()
            .map(|(key, value)| key.len() + value.len());
        one(&self.source) + one(&self.dedup_key) + context.sum::<usize>()
    }

    fn add(&mut self, name: Name, value: String) -> Result<(), InvalidTerm> {
        let taken = match name {
            Name::Severity => {
                for word in value.split(',') {
                    let severity = Severity::lenient(word).ok_or_else(|| {
                        InvalidTerm::new("severity is one of info, warning and critical, or several with commas between them")
                    })?;
                    if !self.severities.contains(&severity) {
                        self.severities.push(severity);
                    }
                }
                false
            }
            Name::Source => self.source.replace(value).is_some(),
            Name::Key => self.dedup_key.replace(value).is_some(),
            Name::Context(key) => self.context.insert(key, value).is_some(),
        };
        match taken {
            true => Err(InvalidTerm::new(
                "a term is given twice, make a silence of its own for the other",
            )),
            false => Ok(()),
        }
    }
}

enum Name {
    Severity,
    Source,
    Key,
    Context(String),
}

impl Name {
    /// Reads up to the `=` and gives what follows.
    fn read(term: &str) -> Result<(Name, &str), InvalidTerm> {
        let no_term = || InvalidTerm::new(format!("a term is one of {KNOWN}"));
        if let Some(rest) = term.strip_prefix("context.") {
            let (key, rest) = match unquoted(rest)? {
                Some((key, rest)) => (key, rest.strip_prefix('=').ok_or_else(no_term)?),
                None => {
                    let (key, rest) = rest.split_once('=').ok_or_else(no_term)?;
                    if key.is_empty() || key.contains(odd) {
                        return Err(no_term());
                    }
                    (key.to_owned(), rest)
                }
            };
            return Ok((Name::Context(key), rest));
        }
        let (name, rest) = term.split_once('=').ok_or_else(no_term)?;
        let name = match name {
            "severity" => Name::Severity,
            "source" => Name::Source,
            "key" => Name::Key,
            _ => return Err(no_term()),
        };
        Ok((name, rest))
    }
}

/// Reads the JSON string with which the text begins, if it does, and gives what follows.
fn unquoted(text: &str) -> Result<Option<(String, &str)>, InvalidTerm> {
    if !text.starts_with('"') {
        return Ok(None);
    }
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    match strings.next() {
        Some(Ok(value)) => {
            let end = strings.byte_offset();
            Ok(Some((value, text.get(end..).unwrap_or_default())))
        }
        _ => Err(InvalidTerm::new(
            "what begins with a quotation mark is written as a JSON string",
        )),
    }
}

/// What cannot stand bare in a term.
fn odd(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '=')
}

/// Shows a text as it stands in a term.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_harmless = alert_core::terminal(self.0) == self.0;
        if !self.0.is_empty() && !self.0.contains(odd) && is_harmless {
            return f.write_str(self.0);
        }
        let json = serde_json::to_string(self.0).map_err(|_| fmt::Error)?;
        f.write_str(&alert_core::json_line(&json))
    }
}

impl fmt::Display for SilenceMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_everything() {
            return f.write_str("everything");
        }
        let mut terms = Vec::new();
        if !self.severities.is_empty() {
            let words: Vec<_> = self.severities.iter().map(|one| one.as_str()).collect();
            terms.push(format!("severity={}", words.join(",")));
        }
        if let Some(source) = &self.source {
            terms.push(format!("source={}", Quoted(source)));
        }
        if let Some(key) = &self.dedup_key {
            terms.push(format!("key={}", Quoted(key)));
        }
        for (key, value) in &self.context {
            terms.push(format!("context.{}={}", Quoted(key), Quoted(value)));
        }
        f.write_str(&terms.join(" "))
    }
}

impl FromStr for SilenceMatch {
    type Err = InvalidTerm;

    fn from_str(text: &str) -> Result<Self, InvalidTerm> {
        let mut rest = text.trim();
        if rest == "everything" {
            return Ok(Self::everything());
        }
        if rest.is_empty() {
            return Err(InvalidTerm::new(format!(
                "there is no term, write some of {KNOWN}, or `everything`"
            )));
        }
        let mut matches = Self::default();
        while !rest.is_empty() {
            let (name, after) = Name::read(rest)?;
            let (value, after) = match unquoted(after)? {
                Some((value, after)) => (value, after),
                None => {
                    let end = after.find(char::is_whitespace).unwrap_or(after.len());
                    let (value, after) = after.split_at(end);
                    (value.to_owned(), after)
                }
            };
            if !after.is_empty() && !after.starts_with(char::is_whitespace) {
                return Err(InvalidTerm::new(
                    "something follows the closing quotation mark of a term",
                ));
            }
            matches.add(name, value)?;
            rest = after.trim_start();
        }
        Ok(matches)
    }
}

/// A text that is no term of a [`SilenceMatch`]. It does not repeat the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTerm(String);

impl InvalidTerm {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for InvalidTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InvalidTerm {}

#[cfg(test)]
mod tests;
