//! Places in a source, and the lines that may be shown of it.

use std::collections::BTreeSet;
use std::ops::Range;

use alert_core::{Node, NodeValue, Problem};

use crate::columns::Columns;
use crate::multiline::line_of;
use crate::placeholder::{Piece, split};
use crate::scan::Scan;
use crate::source::Source;
use crate::window::Window;

/// So many characters of a line are shown on either side of where a caret begins.
const AROUND: usize = 60;

/// Knows which parts of a source are secret, and attaches what may be shown to problems.
#[derive(Debug)]
pub(crate) struct Blame {
    scan: Scan,
    /// Values that a schema knows and does not mark, and all keys.
    shown: Vec<Range<usize>>,
    /// Other values than strings that must not be seen; strings are hidden unless shown.
    hidden: Vec<Range<usize>>,
    /// Starts of lines with a syntax error, of which next to nothing is shown.
    broken: Vec<usize>,
    columns: Columns,
}

impl Blame {
    /// `hidden` are the values that must not be seen.
    pub(crate) fn new(
        text: &str,
        scan: Scan,
        root: &Node,
        mut hidden: Vec<Range<usize>>,
        syntax: &[Problem],
    ) -> Self {
        hidden.sort_by_key(|span| (span.start, span.end));
        let mut shown = Vec::new();
        show(root, &mut hidden, &mut shown);
        shown.sort_by_key(|span| (span.start, span.end));
        let columns = Columns::of(text);
        let broken = Vec::new();
        let mut blame = Self {
            scan,
            shown,
            hidden,
            broken,
            columns,
        };
        let places = syntax.iter().filter_map(Problem::place);
        let mut broken: Vec<usize> = places.map(|place| blame.line(place.start).1).collect();
        broken.sort_unstable();
        blame.broken = broken;
        blame
    }

    /// The number of the line, from 1, and where it starts.
    fn line(&self, at: usize) -> (usize, usize) {
        let lines = &self.scan.lines;
        let number = lines.partition_point(|line| line.start <= at);
        (
            number,
            number
                .checked_sub(1)
                .and_then(|index| lines.get(index))
                .map_or(0, |l| l.start),
        )
    }

    /// Sorts problems by place and gives each the line that it points at.
    pub(crate) fn attach(&self, source: &Source, mut problems: Vec<Problem>) -> Vec<Problem> {
        for problem in &mut problems {
            let value = problem.place();
            let line = problem.line().zip(value.as_ref());
            let line = line.and_then(|(line, value)| line_of(&source.text, value, line));
            *problem = problem.clone().at(line.or(value));
        }
        problems.sort_by_key(|problem| problem.place().map(|place| place.start));
        let attach = |problem: Problem| match problem.place() {
            Some(place) => self.excerpt(source, problem, place),
            None => problem,
        };
        problems.into_iter().map(attach).collect()
    }

    fn excerpt(&self, source: &Source, problem: Problem, place: Range<usize>) -> Problem {
        let text = source.text.as_str();
        let at = floor(text, place.start);
        let (number, start) = self.line(at);
        let next = self.scan.lines.get(number);
        let end = next.map_or(text.len(), |next| next.start - 1);
        // A place at the very end of the text may lie behind its last line break.
        let at = at.min(end).max(start);
        let column = 1 + self.columns.between(text, start, at);
        let from = back(text, start, at);
        let end = self.visible_end(text, at, end);
        let to = text[at..end]
            .char_indices()
            .nth(AROUND)
            .map_or(end, |(n, _)| at + n);
        let mut window = Window::new(text, from..to, at..place.end.max(at));
        window.mask(overlapping(&self.scan.comments, from..to));
        if self.broken.binary_search(&start).is_ok() {
            window.mask(self.broken_line(text, start, end));
        } else {
            self.mask_values(&mut window);
        }
        let (line, caret) = window.render(from > start, to < end);
        problem.excerpt(source.name.clone(), number, column, line, caret)
    }

    /// The end of what can be shown of a line: without a comment, in which anything may stand.
    fn visible_end(&self, text: &str, at: usize, end: usize) -> usize {
        let next = self
            .scan
            .comments
            .partition_point(|comment| comment.start < at);
        let comment = self
            .scan
            .comments
            .get(next)
            .map_or(end, |comment| comment.start.min(end));
        at + text[at..comment].trim_end().len()
    }

    fn mask_values(&self, window: &mut Window<'_>) {
        let range = window.range.clone();
        window.mask(overlapping(&self.hidden, range.clone()));
        let strings = overlapping(&self.scan.strings, range).into_iter();
        window.mask(strings.filter(|string| !self.is_shown(string)));
    }

    fn is_shown(&self, string: &Range<usize>) -> bool {
        let next = self
            .shown
            .partition_point(|span| span.start <= string.start);
        let around = next.checked_sub(1).and_then(|index| self.shown.get(index));
        around.is_some_and(|span| span.end >= string.end)
    }

    /// Of a line that could not be parsed, only a header, or the key before the first `=`, is
    /// certain not to be a value.
    fn broken_line(&self, text: &str, start: usize, end: usize) -> Option<Range<usize>> {
        let line = &text[start..end];
        let index = self.scan.lines.partition_point(|line| line.start <= start);
        let plain = self
            .scan
            .lines
            .get(index.saturating_sub(1))
            .is_some_and(|line| line.plain);
        if !plain {
            return Some(start..end);
        }
        if line.trim_start().starts_with('[') && !line.contains('=') {
            return None;
        }
        match line.find('=') {
            Some(equals) => Some(start + equals + 1..end),
            None => Some(start..end),
        }
    }
}

/// The spans that reach into a range. They do not overlap each other.
fn overlapping(spans: &[Range<usize>], range: Range<usize>) -> Vec<Range<usize>> {
    let first = spans.partition_point(|span| span.end <= range.start);
    spans[first..]
        .iter()
        .take_while(|span| span.start < range.end)
        .cloned()
        .collect()
}

fn back(text: &str, start: usize, at: usize) -> usize {
    text[start..at]
        .char_indices()
        .rev()
        .take(AROUND)
        .last()
        .map_or(at, |(n, _)| start + n)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Gathers what may be shown. A value that is nothing but the name of a variable or a file holds
/// no secret, whatever its key is.
fn show(node: &Node, hidden: &mut Vec<Range<usize>>, shown: &mut Vec<Range<usize>>) {
    let mut names = BTreeSet::new();
    visit(node, &mut |span, text| {
        if text.is_some_and(is_placeholder) {
            names.insert((span.start, span.end));
        }
    });
    hidden.retain(|span| !names.contains(&(span.start, span.end)));
    let hidden: BTreeSet<_> = hidden.iter().map(|span| (span.start, span.end)).collect();
    visit(node, &mut |span, _| {
        if !hidden.contains(&(span.start, span.end)) {
            shown.push(span);
        }
    });
}

fn is_placeholder(text: &str) -> bool {
    let pieces = split(text).unwrap_or_default();
    matches!(
        pieces.as_slice(),
        [Piece::Variable { default: None, .. } | Piece::File(_)]
    )
}

/// Calls back for each key, and for each value with its text.
fn visit(node: &Node, found: &mut impl FnMut(Range<usize>, Option<&str>)) {
    match node.value() {
        NodeValue::Table(entries) => {
            for entry in entries {
                if let Some(span) = entry.key_span() {
                    found(span, None);
                }
                visit(entry.node(), found);
            }
        }
        NodeValue::List(items) => items.iter().for_each(|item| visit(item, found)),
        _ => {
            if let Some(span) = node.span() {
                found(span, node.as_str());
            }
        }
    }
}
