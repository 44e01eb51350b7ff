//! What somebody expects of a config.

use super::foresight::Foresight;
use super::told::verdict;

/// How the sinks that take an alert differ from those that should.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference<'a> {
    expected: &'a [String],
    /// Each sink that does not do as expected, and what it does.
    lines: Vec<String>,
}

impl<'a> Difference<'a> {
    /// `None`: the expectation is met.
    pub(super) fn of(expected: &'a [String], foresight: &Foresight) -> Option<Self> {
        let differing = foresight.sinks.iter().filter_map(|sink| {
            let mark = match (expected.contains(&sink.name), sink.takes()) {
                (true, false) => '-',
                (false, true) => '+',
                _ => return None,
            };
            let (name, verdict) = (alert::terminal(&sink.name), verdict(sink));
            Some(format!("  {mark} {name} {verdict}"))
        });
        let lines: Vec<_> = differing.collect();
        (!lines.is_empty()).then_some(Self { expected, lines })
    }

    /// Lines for people: `-` stands before a sink that is missing, `+` before one too many.
    pub(super) fn lines(&self, foresight: &Foresight) -> String {
        let taken = names(foresight.takers());
        let expected = names(self.expected.iter().map(String::as_str));
        let mut text = format!("expected to take it: {expected}; would take it: {taken}\n");
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// `log, ops`, or `no sink`.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(alert::terminal).collect();
    match names.as_slice() {
        [] => "no sink".to_owned(),
        names => names.join(", "),
    }
}
