//! One `[sinks.NAME]` table.

use std::collections::BTreeMap;
use std::sync::Arc;

use alert_core::delivery::{Delivery, Filter};
use alert_core::{Claim, Entry, Level, Node, NodeValue, Plan, Problem, Redaction, Registry};

use crate::blame::Blame;
use crate::environment::Environment;
use crate::expand::{Expanded, Expander};
use crate::fallbacks::Wish;
use crate::foreign::guarded;
use crate::in_flight::Wanted;
use crate::policy::{self, Read};
use crate::raw::RawWhen;
use crate::reading::leniently;
use crate::recipe::Recipe;
use crate::secrets;
use crate::source::Source;

/// Longer names are refused: they stand in every line about their sink.
pub(crate) const LONGEST_NAME: usize = 64;

/// What all sinks of a file share.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) environment: &'a Environment,
    pub(crate) source: &'a Arc<Source>,
    pub(crate) blame: &'a Arc<Blame>,
    pub(crate) broken: &'a BTreeMap<String, Problem>,
    pub(crate) labels: &'a BTreeMap<String, &'static str>,
    pub(crate) delivery: Read<'a>,
    pub(crate) redaction: &'a Redaction,
}

/// A sink as its table describes it.
pub(crate) struct Sink {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Where its name stands.
    pub(crate) place: Option<std::ops::Range<usize>>,
    /// `None`: it cannot be used, for its errors.
    pub(crate) plan: Option<Plan>,
    pub(crate) delivery: Delivery,
    pub(crate) filter: Filter,
    /// What its own table says about its fallback.
    pub(crate) fallback: Option<Wish>,
    /// Where it is told to take nothing else.
    pub(crate) only_as_fallback: Option<std::ops::Range<usize>>,
    pub(crate) claims: Vec<Claim>,
    /// Mistakes for which it cannot be used, and warnings from its own table.
    pub(crate) own: Vec<Problem>,
    /// Mistakes in `when` and `delivery`, which do not halt it.
    pub(crate) around: Vec<Problem>,
}

impl Sink {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: String::new(),
            place: None,
            plan: None,
            delivery: Delivery::default(),
            filter: Filter::all(),
            fallback: None,
            only_as_fallback: None,
            claims: Vec::new(),
            own: Vec::new(),
            around: Vec::new(),
        }
    }

    /// One without a table: a syntax error left only its name, or there is no place for it.
    pub(crate) fn lost(name: &str, kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            ..Self::new(name)
        }
    }
}

/// Reads a sink's table; `None` if it is switched off. Reads the files that it names.
pub(crate) fn read(entry: &Entry, shared: Shared<'_>) -> Option<Sink> {
    let mut sink = Sink {
        place: entry.key_span(),
        ..Sink::new(entry.name())
    };
    if shared.broken.contains_key(entry.name()) {
        // What is left of it would only give mistakes that nobody made.
        return Some(sink);
    }
    let path = ["sinks", entry.name()];
    let error = |text: &str| Problem::error(text).at(entry.key_span()).path(path);
    if let Some(why) = name_fault(entry.name()) {
        sink.own.push(error(why));
        return Some(sink);
    }
    if !matches!(entry.node().value(), NodeValue::Table(_)) {
        let text = format!("expected a table, found {}", an(entry.node()));
        let help = format!("a sink begins with `[sinks.{}]`", entry.name());
        sink.own.push(
            Problem::error(text)
                .at(entry.node().span())
                .path(path)
                .help(help),
        );
        return Some(sink);
    }
    if !enabled(entry, shared, &mut sink.around) {
        return None;
    }
    let folder = shared.source.folder.as_deref();
    let expander = Expander::new(shared.environment, folder).at(path);
    let expanded = expander.expand(entry.node());
    let kind = expanded.node.get("type").and_then(Node::as_str);
    let kind = kind.and_then(|name| shared.registry.get(name).ok());
    // Also of a sink that cannot be used: they stay secrets.
    secrets::learn(shared.redaction, kind, &expanded);
    let Expanded {
        mut node,
        problems,
        failed,
        may_heal,
        ..
    } = expanded;
    node.take("enabled");
    let when = node.take("when");
    let delivery = node.take("delivery");
    let kind = node.take("type");
    if let Some(when) = &when {
        let mut found = Vec::new();
        let raw: RawWhen = leniently(when.node(), &mut found);
        sink.filter = policy::filter(&raw);
        let only = when.node().entry("only_as_fallback");
        sink.only_as_fallback = only.and_then(Entry::key_span);
        sink.around
            .extend(inside(found, &["sinks", entry.name(), "when"]));
    }
    let in_flight = read_delivery(entry, delivery.as_ref(), shared, &mut sink);
    sink.own.extend(problems);
    let Some(kind) = kind_of(kind.as_ref(), entry, shared, &mut sink) else {
        return Some(sink);
    };
    let recipe = Recipe {
        name: entry.name().to_owned(),
        kind: *kind,
        redaction: shared.redaction.clone(),
        table: entry.node().clone(),
        environment: shared.environment.clone(),
        source: shared.source.clone(),
        blame: shared.blame.clone(),
    };
    let plan = Plan::new(kind, move || recipe.resolve());
    let checked = match failed.is_empty() {
        true => plan.clone(),
        // Only to find what else is wrong.
        false => Plan::new(kind, move || Ok(node.clone())),
    };
    let Some((found, claims)) = guarded(|| checked.check()) else {
        sink.own
            .push(error("the sink's own code panicked over its config"));
        return Some(sink);
    };
    sink.claims = claims;
    let beyond = in_flight.and_then(|wanted| wanted.beyond(&checked));
    let within = ["sinks", entry.name(), "delivery", "in_flight"];
    sink.around
        .extend(inside(beyond.into_iter().collect(), &within));
    // A value that could not be had is no mistake of another sort too.
    let known = |problem: &Problem| problem.place().is_some_and(|place| failed.contains(&place));
    let others = inside(found, &path).filter(|problem| !known(problem));
    let label = shared.labels.get(entry.name());
    let others = others.map(|problem| match label {
        Some(label) => of_variable(label, &problem),
        None => problem,
    });
    let others: Vec<Problem> = others.collect();
    let usable = !others.iter().any(Problem::is_error);
    sink.own.extend(others);
    // A file that is not there may come, and is read again whenever the sink is opened.
    if usable && may_heal {
        sink.plan = Some(plan);
    }
    Some(sink)
}

/// Of a sink that stands in no file: its keys would say nothing to whoever set the variable.
fn of_variable(label: &str, problem: &Problem) -> Problem {
    let text = format!("{label}: {}", problem.text());
    let told = match problem.level() {
        Level::Error => Problem::error(text),
        Level::Note => Problem::note(text),
        _ => Problem::warning(text),
    };
    let told = problem.helps().iter().fold(told, Problem::help);
    told.help("what a URL does not say can stand in a config, in a table of its own for the sink")
}

fn name_fault(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        return Some("a sink needs a name");
    }
    if name.chars().count() > LONGEST_NAME {
        return Some("the name of a sink may have at most 64 characters");
    }
    let plain = alert_core::terminal(name) == name;
    (!plain).then_some("the name of a sink may hold no control characters")
}

fn enabled(entry: &Entry, shared: Shared<'_>, problems: &mut Vec<Problem>) -> bool {
    let Some(enabled) = entry.node().get("enabled") else {
        return true;
    };
    let expander = Expander::new(shared.environment, None).at(["sinks", entry.name(), "enabled"]);
    let Expanded {
        node,
        problems: unresolved,
        ..
    } = expander.expand(enabled);
    if unresolved.iter().any(Problem::is_error) {
        // Reported when the whole table is expanded.
        return true;
    }
    let (read, found) = alert_core::parse_config::<bool>(&node, &alert_core::schema_of::<bool>());
    problems.extend(inside(found, &["sinks", entry.name(), "enabled"]));
    read.unwrap_or(true)
}

/// Returns how many requests at once the sink's own table asks for.
fn read_delivery(
    entry: &Entry,
    own: Option<&Entry>,
    shared: Shared<'_>,
    sink: &mut Sink,
) -> Option<Wanted> {
    let mut found = Vec::new();
    let raw = own
        .map(|own| leniently(own.node(), &mut found))
        .unwrap_or_default();
    sink.around
        .extend(inside(found, &["sinks", entry.name(), "delivery"]));
    let own = Read {
        raw: &raw,
        node: own.map(Entry::node),
    };
    sink.delivery = policy::delivery(own, shared.delivery, &mut sink.around);
    sink.fallback = Wish::of(own);
    Wanted::of(own)
}

fn kind_of<'r>(
    given: Option<&Entry>,
    entry: &Entry,
    shared: Shared<'r>,
    sink: &mut Sink,
) -> Option<&'r alert_core::SinkKind> {
    let registry = shared.registry;
    let path = ["sinks", entry.name(), "type"];
    let Some(given) = given else {
        let linked: Vec<String> = registry
            .kinds()
            .map(|kind| format!("`{}`", kind.name()))
            .take(20)
            .collect();
        let problem = Problem::error("missing key `type`")
            .at(entry.node().span())
            .path(path);
        sink.own.push(match linked.as_slice() {
            [] => problem.help("no sink type is linked into this program"),
            some => problem.help(format!("one of {}", some.join(", "))),
        });
        return None;
    };
    let node = given.node();
    let error = |text: String| Problem::error(text).at(node.span()).path(path);
    let Some(name) = node.as_str() else {
        sink.own.push(error(format!(
            "expected a string, found a {}",
            node.type_name()
        )));
        return None;
    };
    if node.is_from_variable() {
        return registry.get(name).ok().or_else(|| {
            sink.own.push(error(
                "the sink type that a variable names is not linked".into(),
            ));
            None
        });
    }
    sink.kind = alert_core::terminal(name)
        .chars()
        .take(LONGEST_NAME)
        .collect();
    match registry.get(name) {
        Ok(kind) => Some(kind),
        Err(unknown) => {
            let problem = match shared.labels.get(entry.name()) {
                Some(label) => error(format!(
                    "{label} is set, but no sink of type `{name}` is linked"
                )),
                None => error(unknown.text().to_owned()),
            };
            let problem = match unknown.nearest() {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            };
            sink.own.push(problem.help(unknown.help()));
            None
        }
    }
}

fn inside(problems: Vec<Problem>, path: &[&str]) -> impl Iterator<Item = Problem> {
    let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
    problems
        .into_iter()
        .map(move |problem| problem.inside(path.clone()))
}

/// The tables of a `sinks` node.
pub(crate) fn tables(root: &Node) -> &[Entry] {
    root.get("sinks").map(Node::entries).unwrap_or_default()
}

/// `a list`, `an integer`.
pub(crate) fn an(node: &Node) -> String {
    let name = node.type_name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}
