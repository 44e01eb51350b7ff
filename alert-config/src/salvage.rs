//! What can be saved of a document with syntax errors.
//!
//! The parser's own recovery may swallow everything behind a mistake, or put it into the wrong
//! table. So a broken document is read again section by section: a section begins with a line
//! like `[sinks.ops`. Sound sections count, broken ones are named.

use std::collections::BTreeMap;
use std::ops::Range;

use alert_core::{Entry, Node, NodeValue, Problem};

use crate::document::{DUPLICATE, read};
use crate::scan::Scan;

/// The tables that may begin a section.
pub(crate) const TABLES: [&str; 3] = ["alert", "delivery", "sinks"];

/// More syntax errors than these are not listed: after so many they explain each other.
const MOST_ERRORS: usize = 50;

/// A document as far as it could be read.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) root: Node,
    pub(crate) syntax: Vec<Problem>,
    /// Sinks that a syntax error touches, each with its first.
    pub(crate) broken: BTreeMap<String, Problem>,
}

pub(crate) fn parse(text: &str, scan: &Scan) -> Document {
    let (root, problems) = read(text, 0);
    if problems.is_empty() {
        return Document {
            root,
            syntax: problems,
            broken: BTreeMap::new(),
        };
    }
    let mut salvage = Salvage {
        sound: Vec::new(),
        syntax: problems
            .into_iter()
            .filter(|problem| problem.text() == DUPLICATE)
            .collect(),
        broken: BTreeMap::new(),
    };
    let duplicates: Vec<usize> = salvage
        .syntax
        .iter()
        .filter_map(|problem| Some(problem.place()?.start))
        .collect();
    for range in sections(text, scan) {
        let first = duplicates.partition_point(|place| *place < range.start);
        let duplicate = duplicates
            .get(first)
            .is_some_and(|place| *place < range.end);
        salvage.section(text, range, duplicate.then_some(first));
    }
    salvage.finish()
}

struct Salvage {
    sound: Vec<Node>,
    syntax: Vec<Problem>,
    broken: BTreeMap<String, Problem>,
}

impl Salvage {
    /// `duplicate` is the index of a duplicate key within the section.
    fn section(&mut self, text: &str, range: Range<usize>, duplicate: Option<usize>) {
        let section = &text[range.clone()];
        let (node, problems) = read(section, range.start);
        let first = problems.first().cloned();
        let first = first.or_else(|| duplicate.and_then(|index| self.syntax.get(index)).cloned());
        self.syntax.extend(problems);
        let Some(first) = first else {
            self.sound.push(node);
            return;
        };
        let sinks = node.get("sinks").map(Node::entries).unwrap_or_default();
        let known = sinks.iter().map(|entry| entry.name().to_owned());
        for name in known.chain(sink_of(section)) {
            self.broken.entry(name).or_insert_with(|| first.clone());
        }
    }

    fn finish(mut self) -> Document {
        let start = |problem: &Problem| problem.place().map(|place| place.start);
        self.syntax.sort_by_key(start);
        self.syntax
            .dedup_by_key(|problem| (start(problem), problem.text().to_owned()));
        if self.syntax.len() > MOST_ERRORS {
            let rest = self.syntax.split_off(MOST_ERRORS);
            let place = rest.first().and_then(Problem::place);
            let more = format!("there are {} more syntax errors", rest.len());
            self.syntax.push(Problem::error(more).at(place));
        }
        Document {
            root: merged(self.sound),
            syntax: self.syntax,
            broken: self.broken,
        }
    }
}

/// The text cut before each line that begins a section.
fn sections(text: &str, scan: &Scan) -> Vec<Range<usize>> {
    let mut strings = scan.strings.iter().peekable();
    let mut starts = vec![0];
    for line in &scan.lines {
        while strings
            .peek()
            .is_some_and(|string| string.end <= line.start)
        {
            strings.next();
        }
        // What only looks like a header, within a string that does end, is none.
        let quoted = strings
            .peek()
            .is_some_and(|string| string.start < line.start && scan.endless != Some(string.start));
        if line.start > 0 && !quoted && begins_section(&text[line.start..]) {
            starts.push(line.start);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

fn begins_section(text: &str) -> bool {
    let blank = |c| c == ' ' || c == '\t';
    let Some(inner) = text.trim_start_matches(blank).strip_prefix('[') else {
        return false;
    };
    let inner = inner
        .strip_prefix('[')
        .unwrap_or(inner)
        .trim_start_matches(blank);
    TABLES.iter().any(|table| {
        let rest = inner.strip_prefix(table);
        rest.is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
        })
    })
}

/// The `ops` of a header `[sinks.ops`, also if the rest of the header is wrong.
fn sink_of(section: &str) -> Option<String> {
    let header = section
        .lines()
        .next()?
        .trim_start()
        .trim_start_matches('[')
        .trim_start();
    let name = header
        .strip_prefix("sinks")?
        .trim_start()
        .strip_prefix('.')?
        .trim_start();
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
    let name = &name[..end.unwrap_or(name.len())];
    (!name.is_empty()).then(|| name.to_owned())
}

/// The tables of all sections as one. The sections repeat no key that is not a table; where
/// another mistake hid that one does, the first stands.
fn merged(tables: Vec<Node>) -> Node {
    let mut order = Vec::new();
    let mut by_name: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for table in tables {
        let NodeValue::Table(entries) = table.into_value() else {
            continue;
        };
        for entry in entries {
            let same = by_name.entry(entry.name().to_owned()).or_default();
            if same.is_empty() {
                order.push(entry.name().to_owned());
            }
            same.push(entry);
        }
    }
    let entries = order
        .into_iter()
        .filter_map(|name| Some(joined(by_name.remove(&name)?)));
    Node::table(entries.flatten())
}

fn joined(mut same: Vec<Entry>) -> Option<Entry> {
    if same.len() == 1 {
        return same.pop();
    }
    let (name, key) = same
        .first()
        .map(|entry| (entry.name().to_owned(), entry.key_span()))?;
    let span = same.first().and_then(|entry| entry.node().span());
    if !same
        .iter()
        .all(|entry| matches!(entry.node().value(), NodeValue::Table(_)))
    {
        return same.into_iter().next();
    }
    let mut node = merged(same.into_iter().map(Entry::into_node).collect());
    if let Some(span) = span {
        node = node.with_span(span);
    }
    let entry = Entry::new(name, node);
    Some(match key {
        Some(span) => entry.with_key_span(span),
        None => entry,
    })
}
