//! A config file from its text to a pipeline.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use alert_core::{
    Context, Entry, Node, NodeValue, Pipeline, PipelineBuilder, Plan, Problem, Problems, Redaction,
    Registry, SinkEntry,
};

use crate::blame::Blame;
use crate::environment::Environment;
use crate::expand::{Expanded, Expander};
use crate::fallbacks::{self, Wish};
use crate::kinds::hidden_spans;
use crate::policy::Read;
use crate::raw::{RawAlert, RawDelivery};
use crate::reading::leniently;
use crate::salvage::{self, TABLES};
use crate::scan::scan;
use crate::secrets::{self, REDACT};
use crate::sink::{self, Shared, Sink, an};
use crate::source::Source;

/// More problems than these are not listed.
const MOST_PROBLEMS: usize = 200;

/// A config with the environment that its variables are taken from.
///
/// It has two doors. [`check`](Config::check) is strict and finds every mistake at once.
/// [`pipeline`](Config::pipeline) is lenient: what can be opened runs.
#[derive(Debug, Clone)]
pub struct Config {
    source: Arc<Source>,
    root: Node,
    syntax: Vec<Problem>,
    broken: BTreeMap<String, Problem>,
    environment: Environment,
    /// What was said before the file was looked at.
    before: Vec<Problem>,
    /// Variables that ask for a sink of their own.
    labels: BTreeMap<String, &'static str>,
    /// Sinks that are left out where their kind is not linked, each with its kind.
    optional: BTreeMap<String, &'static str>,
}

/// Everything that a look at a config finds.
struct Examined {
    alert: RawAlert,
    redaction: Redaction,
    sinks: Vec<Sink>,
    /// Mistakes that belong to no sink.
    problems: Vec<Problem>,
    blame: Arc<Blame>,
}

impl Config {
    /// Reads a config file of at most 1 MiB. Blocks on the file system, but never on a FIFO or a
    /// device: only regular files are read.
    ///
    /// # Errors
    /// If the file cannot be read, or is not UTF-8 text. Mistakes in the text are no errors here:
    /// the doors report them.
    pub fn read(path: impl AsRef<Path>, environment: &Environment) -> Result<Self, Problems> {
        let source = Source::read(path.as_ref()).map_err(Problems::from)?;
        Ok(Self::new(source, environment))
    }

    /// Takes a config from its text; `name` stands in messages where a file's path would.
    /// Relative paths in it begin at the current folder.
    pub fn parse(text: &str, name: &str, environment: &Environment) -> Self {
        Self::new(Source::new(name, text), environment)
    }

    fn new(source: Source, environment: &Environment) -> Self {
        let document = salvage::parse(&source.text, &scan(&source.text));
        Self {
            source: Arc::new(source),
            root: document.root,
            syntax: document.syntax,
            broken: document.broken,
            environment: environment.clone(),
            before: Vec::new(),
            labels: BTreeMap::new(),
            optional: BTreeMap::new(),
        }
    }

    /// A config without a text.
    pub(crate) fn made(name: &str, root: Node, environment: &Environment) -> Self {
        Self {
            root,
            ..Self::new(Source::new(name, ""), environment)
        }
    }

    /// Adds a remark on how the config was found.
    pub(crate) fn remark(&mut self, problem: Problem) {
        self.before.push(problem);
    }

    /// Says which variable asks for the sink.
    pub(crate) fn label(&mut self, sink: &str, variable: &'static str) {
        self.labels.insert(sink.to_owned(), variable);
    }

    /// Says that a program that does without this kind does without the sink. Where it cannot be
    /// used, that is told unless the same is told of another sink.
    pub(crate) fn only_if_linked(
        &mut self,
        sink: &str,
        kind: &'static str,
        halted: Option<Problem>,
    ) {
        self.optional.insert(sink.to_owned(), kind);
        if let Some(problem) = halted {
            self.broken.insert(sink.to_owned(), problem);
        }
    }

    /// Adds a sink that cannot be used.
    pub(crate) fn halt(&mut self, sink: &str, problem: Problem) {
        self.before.push(problem.clone());
        self.broken.insert(sink.to_owned(), problem);
    }

    /// What messages call the config: the path of its file.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The names of its sinks in the order of the file, those that are switched off or broken too,
    /// and of the default pipeline the one that a program without its kind does without.
    pub fn sinks(&self) -> impl Iterator<Item = &str> {
        let tables = sink::tables(&self.root).iter().map(Entry::name);
        tables.chain(self.lost())
    }

    /// Sinks of which a syntax error left only the name.
    fn lost(&self) -> impl Iterator<Item = &str> {
        let present: BTreeSet<&str> = sink::tables(&self.root).iter().map(Entry::name).collect();
        let broken = self.broken.keys().map(String::as_str);
        broken.filter(move |name| !present.contains(name))
    }

    /// Finds every mistake at once: of syntax, unknown keys and sink types, wrong and missing
    /// values, variables that are not set, what the sinks' own checks say, and two sinks that
    /// claim the same file. Opens nothing, but reads the files that `${file:…}` names.
    pub fn check(&self, registry: &Registry) -> Problems {
        let examined = self.examine(registry);
        let mut problems = examined.problems;
        problems.extend(conflicts(&examined.sinks));
        for sink in examined.sinks {
            problems.extend(sink.own);
            problems.extend(sink.around);
        }
        self.finish(&examined.blame, problems)
    }

    /// Makes a pipeline of what can be used. A sink whose table has errors is there too, halted
    /// for that reason, so that what it misses is counted; a mistake in `when` or `delivery`
    /// leaves out only the key that it is in. All problems but notes are returned, and told by the
    /// pipeline through `tracing` once it is built.
    #[must_use = "the builder makes the pipeline"]
    pub fn pipeline(&self, registry: &Registry) -> (PipelineBuilder, Problems) {
        self.pipeline_with(registry, &Redaction::none())
    }

    /// The same, with the secrets that `known` knows.
    pub(crate) fn pipeline_with(
        &self,
        registry: &Registry,
        known: &Redaction,
    ) -> (PipelineBuilder, Problems) {
        let examined = self.examine_with(registry, known);
        let mut told = examined.problems;
        told.extend(conflicts(&examined.sinks));
        let builder = Pipeline::builder().redact(examined.redaction);
        let mut builder = with_defaults(builder, examined.alert);
        let mut known = Vec::new();
        for sink in examined.sinks {
            let own = examined.blame.attach(&self.source, sink.own);
            let around = examined.blame.attach(&self.source, sink.around);
            let plan = match sink.plan {
                // Its own warnings are told by core, which finds them again.
                Some(plan) => plan,
                None => {
                    let first = self.broken.get(&sink.name).cloned();
                    let first = examined
                        .blame
                        .attach(&self.source, first.into_iter().collect());
                    let errors: Vec<_> = first
                        .iter()
                        .chain(&own)
                        .filter(|problem| problem.is_error())
                        .collect();
                    Plan::broken(&sink.kind, reason(&errors))
                }
            };
            for problem in &around {
                builder = builder.trouble(sink.name.clone(), problem.to_string());
            }
            let entry = SinkEntry::new(sink.name, plan);
            builder = builder.entry(entry.delivery(sink.delivery).filter(sink.filter));
            known.extend(own);
            known.extend(around);
        }
        let told = self.finish(&examined.blame, told);
        for problem in &told {
            builder = builder.trouble("", problem.to_string());
        }
        known.extend(told);
        known.retain(Problem::is_told_at_start);
        (
            builder,
            Problems::from(at_most(Problems::from(known).in_file_order().into_vec())),
        )
    }

    fn examine(&self, registry: &Registry) -> Examined {
        self.examine_with(registry, &Redaction::none())
    }

    fn examine_with(&self, registry: &Registry, known: &Redaction) -> Examined {
        let hidden = hidden_spans(&self.root, registry);
        let text = &self.source.text;
        let blame = Blame::new(text, scan(text), &self.root, hidden, &self.syntax);
        let blame = Arc::new(blame);
        let mut problems = self.before.clone();
        problems.extend(self.syntax.iter().cloned());
        self.unknown_tables(&mut problems);
        let alert = self.table("alert", &mut problems);
        let raw: RawDelivery = self.table("delivery", &mut problems);
        let delivery = self.root.get("delivery");
        let redaction = known.clone().with_keys(secrets::redacted_keys(
            &self.root,
            &self.environment,
            self.source.folder.as_deref(),
        ));
        let shared = Shared {
            registry,
            redaction: &redaction,
            environment: &self.environment,
            source: &self.source,
            blame: &blame,
            broken: &self.broken,
            labels: &self.labels,
            delivery: Read {
                raw: &raw,
                node: delivery,
            },
        };
        let is_there = |name: &str| self.is_linked(name, registry);
        let tables = sink::tables(&self.root);
        let mut sinks: Vec<Sink> = tables
            .iter()
            .filter(|entry| is_there(entry.name()))
            .filter_map(|e| sink::read(e, shared))
            .collect();
        for name in self.lost().filter(|name| is_there(name)) {
            let kind = self.optional.get(name).copied();
            sinks.push(Sink::lost(name, kind.unwrap_or_default()));
            let why = kind.and_then(|_| self.broken.get(name));
            let is_told = |why: &Problem| problems.iter().any(|told| told.text() == why.text());
            problems.extend(why.filter(|why| !is_told(why)).cloned());
        }
        let off = self.switched_off(&sinks);
        let common = Wish::of(shared.delivery);
        fallbacks::settle(&mut sinks, common.as_ref(), &off, &mut problems);
        if sinks.is_empty() && !problems.iter().any(Problem::is_error) {
            problems.push(Problem::warning("no sink is configured, alerts go nowhere"));
        }
        Examined {
            alert,
            redaction,
            sinks,
            problems,
            blame,
        }
    }

    /// Whether the sink is not one that is left out, for want of its kind.
    fn is_linked(&self, sink: &str, registry: &Registry) -> bool {
        let kind = self.optional.get(sink);
        kind.is_none_or(|kind| registry.kinds().any(|linked| linked.name() == *kind))
    }

    /// The names of the sinks that are not to be used.
    fn switched_off(&self, sinks: &[Sink]) -> Vec<&str> {
        let used: BTreeSet<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
        let names = sink::tables(&self.root).iter().map(Entry::name);
        names.filter(|name| !used.contains(name)).collect()
    }

    fn unknown_tables(&self, problems: &mut Vec<Problem>) {
        for entry in self.root.entries() {
            let is_table = matches!(entry.node().value(), NodeValue::Table(_));
            let known = TABLES.contains(&entry.name());
            if known && !is_table {
                let text = format!("expected a table, found {}", an(entry.node()));
                let problem = Problem::error(text)
                    .at(entry.node().span())
                    .path([entry.name()]);
                problems.push(match entry.name() {
                    "sinks" => problem.help("each sink has a table of its own: `[sinks.NAME]`"),
                    _ => problem,
                });
            } else if !known {
                let shown = alert_core::terminal(entry.name())
                    .chars()
                    .take(64)
                    .collect::<String>();
                let text = format!("unknown key `{shown}`");
                let problem = Problem::error(text)
                    .at(entry.key_span())
                    .path([entry.name()]);
                let help = match entry.name() {
                    REDACT => "`redact` stands in the table `[alert]`",
                    _ => "a config has the tables `alert`, `delivery` and `sinks.NAME`",
                };
                problems.push(problem.did_you_mean(entry.name(), TABLES).help(help));
            }
        }
    }

    /// A table at the top of the file.
    fn table<T>(&self, name: &'static str, problems: &mut Vec<Problem>) -> T
    where
        T: serde::de::DeserializeOwned + schemars::JsonSchema + Default,
    {
        let Some(node) = self.root.get(name) else {
            return T::default();
        };
        if !matches!(node.value(), NodeValue::Table(_)) {
            return T::default();
        }
        let folder = self.source.folder.as_deref();
        let expander = Expander::new(&self.environment, folder).at([name]);
        let Expanded {
            mut node,
            problems: unresolved,
            ..
        } = expander.expand(node);
        for problem in unresolved.iter().filter(|problem| problem.is_error()) {
            // A key without its value must not be taken at its word.
            if let [_, key, ..] = problem.keys() {
                node.take(key);
            }
        }
        let mut found = Vec::new();
        let read = leniently(&node, &mut found);
        problems.extend(unresolved);
        problems.extend(found.into_iter().map(|problem| problem.inside([name])));
        read
    }

    /// Sorts, leaves out repetitions, and shows the lines.
    fn finish(&self, blame: &Blame, problems: Vec<Problem>) -> Problems {
        let mut problems = blame.attach(&self.source, problems);
        // Two sinks may inherit one mistake.
        let key = |problem: &Problem| {
            let place = problem.place().map(|place| (place.start, place.end));
            (
                place,
                problem.text().to_owned(),
                problem.keys().first().cloned(),
            )
        };
        let mut seen = BTreeSet::new();
        problems.retain(|problem| problem.place().is_none() || seen.insert(key(problem)));
        Problems::from(at_most(problems))
    }
}

fn at_most(mut problems: Vec<Problem>) -> Vec<Problem> {
    if problems.len() > MOST_PROBLEMS {
        let rest = problems.split_off(MOST_PROBLEMS);
        let text = format!("{} more problems are not listed", rest.len());
        let errors = rest.iter().any(Problem::is_error);
        problems.push(if errors {
            Problem::error(text)
        } else {
            Problem::warning(text)
        });
    }
    problems
}

fn with_defaults(builder: PipelineBuilder, alert: RawAlert) -> PipelineBuilder {
    let mut context = Context::new();
    for (key, value) in alert.context {
        context.insert(key, value);
    }
    let builder = builder.context(context);
    match alert.source {
        Some(source) => builder.source(source),
        None => builder,
    }
}

/// Sinks that claim what another sink has claimed before them.
fn conflicts(sinks: &[Sink]) -> Vec<Problem> {
    let mut claimed = HashMap::new();
    let mut problems = Vec::new();
    for sink in sinks {
        for claim in &sink.claims {
            let Some(other) = claimed.insert(claim, &sink.name) else {
                continue;
            };
            if other == &sink.name {
                continue;
            }
            let text = format!(
                "sinks `{other}` and `{}` have the same {}: `{}`",
                sink.name,
                claim.what(),
                claim.id()
            );
            problems.push(
                Problem::error(text)
                    .at(sink.place.clone())
                    .path(["sinks", &sink.name]),
            );
        }
    }
    problems
}

fn reason(errors: &[&Problem]) -> String {
    match errors {
        [] => "its table has a mistake".into(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}
