//! All mistakes of one table at once.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::describe::{Place, Words, unknown_key};
use super::error::{ConfigError, Kind, Step};
use super::find::find;
use super::found::Found;
use super::hunt::hunt;
use super::known::{Known, hidden_texts};
use super::node::{Node, NodeValue};
use super::problem::{Problem, Problems};
use super::veil::Veil;
use super::words::quoted;

/// The keys of a sink's table that belong to the pipeline and never to the sink.
pub(super) const RESERVED: [&str; 4] = ["type", "enabled", "when", "delivery"];

/// After so many mistakes in one table the rest is not looked for: each costs a pass.
const MOST: usize = 50;

/// Reads a table into a config and finds all its mistakes, in the order of the source.
///
/// The config is `None` if any of them is an error; keys that the schema does not name and that
/// the type ignores are warnings. A value stands in a message only where the schema knows its
/// key, does not mark it `writeOnly`, and the value did not come from a variable. Runs the
/// type's own `Deserialize`, once more for each mistake, and at most 50 times.
///
/// # Panics
/// If the type's own `Deserialize` does.
pub fn parse<C: DeserializeOwned>(node: &Node, schema: &Value) -> (Option<C>, Vec<Problem>) {
    let known = Known::root(schema);
    let mut search = Search {
        tree: node.clone(),
        known: &known,
        veil: Veil::over(hidden_texts(node, schema)),
        problems: Vec::new(),
    };
    let mut config = None;
    let mut passes = 0;
    loop {
        passes += 1;
        match C::deserialize(&search.tree) {
            Ok(read) => {
                config = Some(read);
                break;
            }
            Err(_) if passes > MOST => {
                let more = "there are more mistakes in this table, which are not listed";
                search.problems.push(Problem::error(more).at(node.span()));
                break;
            }
            Err(error) if search.note(&error) => {}
            Err(_) => break,
        }
    }
    let mut problems = search.problems;
    if !problems.is_empty() {
        config = None;
    }
    warn_of_unused(node, &known, &mut Vec::new(), &mut problems);
    (config, Problems::from(problems).in_file_order().into_vec())
}

struct Search<'s> {
    /// A copy, in which what was found wrong is marked as skipped.
    tree: Node,
    known: &'s Known<'s>,
    veil: Veil,
    problems: Vec<Problem>,
}

impl Search<'_> {
    /// Reports the mistake and skips its place. Returns whether another pass may find more.
    fn note(&mut self, error: &ConfigError) -> bool {
        let mut steps = error.steps();
        let parts = error.parts();
        let mut on_key = parts.seat.as_ref().is_some_and(|seat| seat.on_key);
        let reread = reread(&parts.kind);
        let kind = reread.as_ref().unwrap_or(&parts.kind);
        let Some(mut node) = find(&self.tree, &steps) else {
            // Only a foreign deserializer in between can name a place that is not there.
            self.problems
                .push(Problem::error(self.veil.apply(&error.to_string())));
            return false;
        };
        if !on_key
            && is_lost(node, kind)
            && let Some((further, key)) = hunt(node, kind)
        {
            steps.extend(further);
            on_key = key;
            node = find(&self.tree, &steps).unwrap_or(node);
        }
        let secret = parts.seat.as_ref().is_some_and(|seat| seat.secret);
        let place = Place {
            steps: &steps,
            node,
            on_key,
            secret,
        };
        // What follows from our own skipping is not a mistake of the author's.
        let ours = match kind {
            Kind::Custom(_) | Kind::Length { .. } => has_skipped(node),
            _ => false,
        };
        if !ours {
            let words = Words {
                tree: &self.tree,
                known: self.known,
                veil: &self.veil,
            };
            let found = words.describe(kind, &place);
            self.problems.extend(found);
        }
        // The root cannot be left out.
        !steps.is_empty() && skip(&mut self.tree, &steps)
    }
}

/// Gives the texts that serde makes itself back their parts.
fn reread(kind: &Kind) -> Option<Kind> {
    let Kind::Custom(text) = kind else {
        return None;
    };
    if text.starts_with("data did not match any variant of untagged enum") {
        return Some(Kind::Custom(
            "the value has none of the accepted forms".into(),
        ));
    }
    let given = text.strip_prefix("unknown field `")?.split('`').next()?;
    Some(Kind::Key {
        given: given.to_owned(),
        known: &[],
    })
}

/// Whether the error describes something else than the node it arrived at.
fn is_lost(node: &Node, kind: &Kind) -> bool {
    match (kind, &node.value) {
        (
            Kind::Mismatch {
                found: Found::Table,
                ..
            },
            NodeValue::Table(_),
        ) => false,
        (
            Kind::Mismatch {
                found: Found::List, ..
            },
            NodeValue::List(_),
        ) => false,
        (Kind::Mismatch { .. } | Kind::Variant { .. } | Kind::Key { .. }, value) => {
            matches!(value, NodeValue::Table(_) | NodeValue::List(_))
        }
        _ => false,
    }
}

fn has_skipped(node: &Node) -> bool {
    node.skipped
        || match &node.value {
            NodeValue::Table(entries) => entries.iter().any(|entry| has_skipped(&entry.node)),
            NodeValue::List(items) => items.iter().any(has_skipped),
            _ => false,
        }
}

/// Marks the value at the end of the path; says whether that changed anything.
fn skip(node: &mut Node, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return !std::mem::replace(&mut node.skipped, true);
    };
    let next = match (step, &mut node.value) {
        (Step::Key(name), NodeValue::Table(entries)) => entries
            .iter_mut()
            .find(|entry| entry.name == *name)
            .map(|entry| &mut entry.node),
        (Step::Index(index), NodeValue::List(items)) => items.get_mut(*index),
        _ => None,
    };
    next.is_some_and(|next| skip(next, rest))
}

/// A type without `deny_unknown_fields` ignores a misspelt key; its schema still knows the names.
fn warn_of_unused(node: &Node, known: &Known<'_>, path: &mut Vec<String>, into: &mut Vec<Problem>) {
    let at_root = path.is_empty();
    for entry in node.entries() {
        path.push(entry.name.clone());
        let below = known.key(&entry.name);
        if below.is_known() {
            warn_of_unused(&entry.node, &below, path, into);
        } else if into.len() > 2 * MOST {
            return;
        } else if known.ignores_others() && !into.iter().any(|p| p.keys() == path.as_slice()) {
            let problem =
                Problem::warning(format!("unknown key {} is ignored", quoted(&entry.name)))
                    .at(entry.key_span.clone())
                    .path(path.clone());
            into.push(unknown_key(problem, &entry.name, known.names(), at_root));
        }
        path.pop();
    }
}
