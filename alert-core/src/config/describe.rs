//! Mistakes put into words.

use super::error::{Kind, Step};
use super::find::find_entry;
use super::found::Found;
use super::known::Known;
use super::nearest::nearest;
use super::node::{Node, NodeValue};
use super::parse::RESERVED;
use super::problem::Problem;
use super::veil::Veil;
use super::words::{expectation, listed, quoted};

/// What a message may draw on.
pub(super) struct Words<'a> {
    pub(super) tree: &'a Node,
    pub(super) known: &'a Known<'a>,
    pub(super) veil: &'a Veil,
}

impl Words<'_> {
    pub(super) fn describe(&self, kind: &Kind, place: &Place<'_>) -> Vec<Problem> {
        let known = self.known.follow(place.steps);
        let path: Vec<String> = place.steps.iter().map(Step::to_string).collect();
        let at = |text: String| Problem::error(text).at(self.span(place)).path(path.clone());
        match kind {
            Kind::Missing(name) => self.missing(name, &known, place),
            Kind::Key {
                given,
                known: fields,
            } => {
                let parent = place.steps.split_last().map_or(&[][..], |(_, outer)| outer);
                let parent_known = self.known.follow(parent);
                let names = fields.iter().copied().chain(parent_known.names());
                vec![unknown_key(
                    at(format!("unknown key {}", quoted(given))),
                    given,
                    names,
                    parent.is_empty(),
                )]
            }
            Kind::Twice(name) => vec![at(format!("key {} is given twice", quoted(name)))],
            Kind::Length { length, expected } => {
                vec![at(format!(
                    "expected {}, found {length} values",
                    expectation(expected)
                ))]
            }
            Kind::Variant {
                given,
                known: names,
            } => {
                let show = place.on_key || place.may_show(&known);
                vec![choice(at, names, show.then_some(given), place)]
            }
            Kind::Mismatch { found, expected } => {
                let choices = known.choices();
                let wanted = match expectation(expected).as_str() {
                    "a string" if place.secret || known.is_secret() => "a secret string".into(),
                    "a name" if !choices.is_empty() => listed(choices.iter().copied()),
                    other => other.to_owned(),
                };
                let text = format!("expected {wanted}, found {}", place.found(found, &known));
                vec![exemplified(at(text), &known)]
            }
            Kind::Custom(text) => {
                let text = if place.secret {
                    "the value is not accepted"
                } else {
                    text
                };
                vec![exemplified(at(self.veil.apply(text)), &known)]
            }
        }
    }

    /// All keys that are missing from one table, since serde names only the first. A key that was
    /// skipped for a mistake is not missing.
    fn missing(&self, first: &'static str, known: &Known<'_>, place: &Place<'_>) -> Vec<Problem> {
        let mut names = known.required();
        if !names.contains(&first) {
            names.insert(0, first);
        }
        names.retain(|name| place.node.entry(name).is_none());
        let path = place.steps.iter().map(Step::to_string);
        let problem = |name: &str| {
            let problem = Problem::error(format!("missing key {}", quoted(name)))
                .at(self.span(place))
                .path(path.clone().chain([name.to_owned()]));
            match known.key(name).description() {
                Some(doc) => problem.help(format!("{}: {doc}", quoted(name))),
                None => problem,
            }
        };
        names.into_iter().map(problem).collect()
    }

    fn span(&self, place: &Place<'_>) -> Option<std::ops::Range<usize>> {
        match find_entry(self.tree, place.steps).filter(|_| place.on_key) {
            Some(entry) => entry.key_span.clone(),
            None => place.node.span.clone(),
        }
    }
}

/// Where a mistake is.
pub(super) struct Place<'a> {
    pub(super) steps: &'a [Step],
    pub(super) node: &'a Node,
    pub(super) on_key: bool,
    pub(super) secret: bool,
}

impl Place<'_> {
    fn may_show(&self, known: &Known<'_>) -> bool {
        known.may_show() && !self.secret && !self.node.from_variable
    }

    fn found(&self, found: &Found, known: &Known<'_>) -> String {
        match found {
            Found::Text(_) if self.node.from_variable => "text from a variable".into(),
            Found::Text(_) if matches!(self.node.value, NodeValue::Datetime(_)) => "a date".into(),
            // A type that keeps the value to itself; the tree knows what it is.
            Found::Other(_) => self.node.type_name().into(),
            _ => found.describe(self.may_show(known)),
        }
    }
}

fn choice(
    at: impl Fn(String) -> Problem,
    names: &[&str],
    given: Option<&String>,
    place: &Place<'_>,
) -> Problem {
    if names.is_empty() {
        return at("no value is accepted here".into());
    }
    let wanted = listed(names.iter().copied());
    let Some(given) = given else {
        let what = if place.node.from_variable {
            "text from a variable"
        } else {
            "another string"
        };
        return at(format!("expected {wanted}, found {what}"));
    };
    let problem = at(format!("expected {wanted}, found {}", quoted(given)));
    problem.did_you_mean(given, names.iter().copied())
}

pub(super) fn unknown_key<'a>(
    problem: Problem,
    given: &str,
    names: impl Iterator<Item = &'a str>,
    at_root: bool,
) -> Problem {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let reserved = RESERVED.iter().copied().filter(|_| at_root);
    if let Some(near) = nearest(given, names.iter().copied().chain(reserved)) {
        return problem.help(format!("did you mean {}?", quoted(near)));
    }
    match names.is_empty() {
        true => problem,
        false => problem.help(format!("expected {}", listed(names.iter().copied()))),
    }
}

fn exemplified(problem: Problem, known: &Known<'_>) -> Problem {
    match known.examples().as_slice() {
        [] => problem,
        some => problem.help(format!(
            "write for example {}",
            listed(some.iter().copied())
        )),
    }
}
