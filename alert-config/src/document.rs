//! TOML text as a tree. Nothing else in the workspace knows TOML.

use std::ops::Range;

use alert_core::{Entry, Node, NodeValue, Problem};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Reads a text as far as it can be read: the tree of what is sound, and what is not. All places
/// are moved on by `base`.
pub(crate) fn read(text: &str, base: usize) -> (Node, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading {
        text,
        base,
        problems: Vec::new(),
    };
    let root = reading.table(table.get_ref());
    let mut problems = reading.problems;
    problems.extend(errors.iter().map(|error| syntax(error, base)));
    problems.sort_by_key(|problem| problem.place().map(|place| place.start));
    (root, problems)
}

/// The words of the parser for a key that is there already.
pub(crate) const DUPLICATE: &str = "duplicate key";

fn syntax(error: &toml::de::Error, base: usize) -> Problem {
    let problem = match error.message() {
        message if message.starts_with("string values must be quoted") => {
            Problem::error("a value is missing here, or a string without quotes")
        }
        // Its words are the parser's own; no text of the document is in them.
        message => Problem::error(message.lines().collect::<Vec<_>>().join(", ")),
    };
    problem.at(error.span().map(|span| moved(span, base)))
}

fn moved(span: Range<usize>, base: usize) -> Range<usize> {
    span.start + base..span.end + base
}

struct Reading<'t> {
    text: &'t str,
    base: usize,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn table(&mut self, table: &DeTable<'_>) -> Node {
        let mut entries: Vec<Entry> = Vec::with_capacity(table.len());
        for (key, value) in table.iter() {
            entries.extend(self.entry(key, value));
        }
        // The parser sorts by name; people read from top to bottom.
        entries.sort_by_key(|entry| entry.key_span().map(|span| span.start));
        Node::table(entries)
    }

    fn entry(
        &mut self,
        key: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Entry> {
        let node = self.value(value.get_ref(), value.span())?;
        // A table with a header of its own has no text: its name stands for it.
        let inline = self
            .text
            .get(value.span())
            .is_some_and(|text| text.starts_with('{'));
        let own = matches!(node.value(), NodeValue::Table(_)) && !inline;
        let span = if own { key.span() } else { value.span() };
        let name = key.get_ref().clone().into_owned();
        let node = node.with_span(moved(span, self.base));
        Some(Entry::new(name, node).with_key_span(moved(key.span(), self.base)))
    }

    fn value(&mut self, value: &DeValue<'_>, span: Range<usize>) -> Option<Node> {
        let node = match value {
            DeValue::Boolean(value) => Node::new(NodeValue::Bool(*value)),
            DeValue::Integer(value) => match i64::from_str_radix(value.as_str(), value.radix()) {
                Ok(value) => Node::new(NodeValue::Integer(value)),
                Err(_) => return self.refuse("the number does not fit into 64 bits", span),
            },
            DeValue::Float(value) => match value.as_str().parse::<f64>() {
                Ok(number) if number.is_infinite() && !value.as_str().contains("inf") => {
                    return self.refuse("the number is too large", span);
                }
                Ok(number) => Node::new(NodeValue::Float(number)),
                Err(_) => return self.refuse("this is not a number", span),
            },
            DeValue::String(text) => Node::text(text.clone().into_owned()),
            DeValue::Datetime(date) => Node::new(NodeValue::Datetime(date.to_string())),
            DeValue::Array(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.value(item.get_ref(), item.span()));
                Node::new(NodeValue::List(items.collect()))
            }
            DeValue::Table(table) => self.table(table),
        };
        Some(node.with_span(moved(span, self.base)))
    }

    fn refuse(&mut self, why: &str, span: Range<usize>) -> Option<Node> {
        self.problems
            .push(Problem::error(why).at(moved(span, self.base)));
        None
    }
}
