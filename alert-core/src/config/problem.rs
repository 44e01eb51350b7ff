//! A mistake in a config, as data.

use std::fmt;
use std::ops::Range;

use super::excerpt::Excerpt;
use super::nearest::nearest;
use super::words::{printable, quoted, shortened};

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Worth knowing for whoever looks the config over; a pipeline that starts does not tell it.
    Note,
    /// Worth a look; nothing is refused for it.
    Warning,
    /// The entry cannot be used as it is.
    Error,
}

impl Level {
    /// The word for it: `note`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One mistake: a lower-case line, where it is, and what may help.
///
/// `Display` is one line without help. It holds no value that came from a variable or that a
/// schema marks as secret.
#[derive(Clone)]
#[must_use = "a problem that nobody reads is silent"]
pub struct Problem(Box<Parts>);

// In a box, since a problem is the error of many functions.
#[derive(Debug, Clone)]
struct Parts {
    level: Level,
    text: String,
    place: Option<Range<usize>>,
    line: Option<usize>,
    path: Vec<String>,
    help: Vec<String>,
    excerpt: Option<Excerpt>,
}

impl Problem {
    const LONGEST: usize = 1000;

    /// A mistake for which something is refused. The text is one lower-case line without a full
    /// stop; control characters in it are escaped, and it is cut at 1,000 characters.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(Level::Error, text.into())
    }

    /// A mistake that refuses nothing.
    pub fn warning(text: impl Into<String>) -> Self {
        Self::new(Level::Warning, text.into())
    }

    /// No mistake, but worth knowing for whoever looks the config over.
    pub fn note(text: impl Into<String>) -> Self {
        Self::new(Level::Note, text.into())
    }

    fn new(level: Level, text: String) -> Self {
        let text = line(&text);
        Self(Box::new(Parts {
            level,
            text,
            place: None,
            line: None,
            path: Vec::new(),
            help: Vec::new(),
            excerpt: None,
        }))
    }

    /// Sets the byte range in the source; `None` leaves it unknown.
    pub fn at(mut self, place: impl Into<Option<Range<usize>>>) -> Self {
        self.0.place = place.into();
        self
    }

    /// Says which line of the value is at fault, from 1, where the value is a text of several lines.
    pub fn in_line(mut self, line: impl Into<Option<usize>>) -> Self {
        self.0.line = line.into();
        self
    }

    /// Sets the keys that lead to the value, from the outermost inwards.
    pub fn path<S: Into<String>>(mut self, path: impl IntoIterator<Item = S>) -> Self {
        self.0.path = path.into_iter().map(Into::into).collect();
        self
    }

    /// Puts further keys in front of the path.
    pub fn inside<S: Into<String>>(mut self, outer: impl IntoIterator<Item = S>) -> Self {
        self.0.path.splice(0..0, outer.into_iter().map(Into::into));
        self
    }

    /// Adds one line that may help.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.0.help.push(line(&text.into()));
        self
    }

    /// Asks whether one of these names was meant, if any is near enough to be a slip of the finger.
    pub fn did_you_mean<'a>(self, given: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(given, names) {
            Some(name) => self.help(format!("did you mean {}?", quoted(name))),
            None => self,
        }
    }

    /// Attaches a line of the source: its name, line and column counted from 1, the text of the
    /// line, and the byte range of that text to underline.
    ///
    /// The text must hold no secret and no control character: whoever attaches it has masked it.
    /// A caret that does not fit the text is moved to its end.
    pub fn excerpt(
        mut self,
        source: impl Into<String>,
        line: usize,
        column: usize,
        text: impl Into<String>,
        caret: Range<usize>,
    ) -> Self {
        self.0.excerpt = Some(Excerpt::new(source, line, column, text, caret));
        self
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        self.0.level
    }

    /// Whether something is refused for it.
    pub fn is_error(&self) -> bool {
        self.0.level == Level::Error
    }

    /// Whether it is told where nobody looks the config over.
    pub fn is_told_at_start(&self) -> bool {
        self.0.level > Level::Note
    }

    /// The text alone, one line.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The byte range in the source, if known.
    pub fn place(&self) -> Option<Range<usize>> {
        self.0.place.clone()
    }

    /// The line of the value that is at fault, from 1, if that is known.
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    /// The keys that lead to the value, from the outermost inwards; list items by number.
    pub fn keys(&self) -> &[String] {
        &self.0.path
    }

    /// The lines that may help.
    pub fn helps(&self) -> &[String] {
        &self.0.help
    }

    /// The line of the source, once somebody who has the source attached it.
    pub fn shown(&self) -> Option<&Excerpt> {
        self.0.excerpt.as_ref()
    }
}

fn line(text: &str) -> String {
    shortened(&printable(text.trim()), Problem::LONGEST)
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.excerpt {
            Some(excerpt) => write!(f, "{}: {}", excerpt.location(), self.0.text),
            None if self.0.path.is_empty() => f.write_str(&self.0.text),
            None => write!(f, "{}: {}", printable(&self.0.path.join(".")), self.0.text),
        }
    }
}

impl std::error::Error for Problem {}

/// Everything found in one config. `Display` writes one problem a line.
#[derive(Debug, Clone, Default)]
#[must_use = "problems that nobody reads are silent"]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// No problem so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem at the end.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Whether any of them refuses something.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Problem::is_error)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// All of them, taken out.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }

    /// Sorts by place in the source; what has no place keeps its order at the front.
    pub fn in_file_order(mut self) -> Self {
        self.0
            .sort_by_key(|problem| problem.place().map(|place| place.start));
        self
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fmt::Display::fmt(problem, f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems)
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
