//! What a sink's own check of its config finds.

use super::known::expanded_texts;
use super::node::{Node, NodeValue};
use super::problem::{Level, Problem};
use super::veil::Veil;

/// Collects what a config's own check finds: mistakes between fields, and things that only one
/// sink of a pipeline may hold.
///
/// A key is a field's name as it stands in the config; `a.b` names a field of a nested table, and
/// an empty key the whole table. Texts are one lower-case line without a full stop.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Finding>,
    claims: Vec<Claim>,
}

#[derive(Debug)]
struct Finding {
    level: Level,
    key: &'static str,
    line: Option<usize>,
    text: String,
}

/// Something that only one sink of a pipeline may hold: a file, a database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    what: &'static str,
    id: String,
}

impl Claim {
    /// What sort of thing it is, as a word for messages: `file`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Which one it is.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Findings {
    /// Nothing found so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a mistake for which the sink is refused.
    pub fn error(&mut self, key: &'static str, text: impl Into<String>) {
        self.error_in_line(key, None, text);
    }

    /// The same, where the value is a text of several lines of which this one, counted from 1, is
    /// at fault.
    pub fn error_in_line(
        &mut self,
        key: &'static str,
        line: impl Into<Option<usize>>,
        text: impl Into<String>,
    ) {
        self.add(Level::Error, key, line.into(), text.into());
    }

    /// Notes something that a person should look at.
    pub fn warning(&mut self, key: &'static str, text: impl Into<String>) {
        self.add(Level::Warning, key, None, text.into());
    }

    fn add(&mut self, level: Level, key: &'static str, line: Option<usize>, text: String) {
        self.found.push(Finding {
            level,
            key,
            line,
            text,
        });
    }

    /// Notes something that whoever looks the config over should know, and that is no mistake.
    pub fn note(&mut self, key: &'static str, text: impl Into<String>) {
        self.add(Level::Note, key, None, text.into());
    }

    /// Claims a thing that two sinks must not share: `claims("file", path)`. The id is shown in
    /// messages, so it must hold no secret.
    pub fn claims(&mut self, what: &'static str, id: impl Into<String>) {
        self.claims.push(Claim {
            what,
            id: id.into(),
        });
    }

    /// Whether any mistake refuses the sink.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|found| found.level == Level::Error)
    }

    /// The mistakes without places, and the claims.
    pub fn into_parts(self) -> (Vec<Problem>, Vec<Claim>) {
        let problems = self.found.iter().map(|found| problem(found, &found.text));
        (problems.collect(), self.claims)
    }

    /// The mistakes, each at its key in the table that was checked, and the claims. What came
    /// from variables is masked in the texts.
    pub fn place(self, node: &Node) -> (Vec<Problem>, Vec<Claim>) {
        let veil = Veil::over(expanded_texts(node));
        let placed = self
            .found
            .iter()
            .map(|found| problem(found, &veil.apply(&found.text)).at(span_of(node, found.key)));
        (placed.collect(), self.claims)
    }
}

fn problem(found: &Finding, text: &str) -> Problem {
    let problem = match found.level {
        Level::Error => Problem::error(text),
        Level::Warning => Problem::warning(text),
        Level::Note => Problem::note(text),
    };
    let problem = problem.in_line(found.line);
    problem.path(found.key.split('.').filter(|part| !part.is_empty()))
}

/// The value's place; the key's for a table; the place of the table in which it is missing.
fn span_of(node: &Node, key: &str) -> Option<std::ops::Range<usize>> {
    let mut here = node;
    let mut span = node.span();
    for name in key.split('.').filter(|part| !part.is_empty()) {
        let Some(entry) = here.entry(name) else { break };
        here = entry.node();
        span = match here.value() {
            NodeValue::Table(_) => entry.key_span().or_else(|| here.span()),
            _ => here.span().or_else(|| entry.key_span()),
        };
    }
    span
}
