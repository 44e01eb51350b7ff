//! What a config wants kept out of alerts, and the secrets that are in it.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use alert_core::{Node, NodeValue, Redaction, SinkKind};
use serde_json::Value;

use crate::environment::Environment;
use crate::expand::{Expanded, Expander};
use crate::foreign::guarded;

/// What a variable or a file brought into a value.
#[derive(Clone)]
pub(crate) struct Brought {
    /// Where the value stands.
    pub(crate) place: Option<Range<usize>>,
    pub(crate) text: String,
    pub(crate) from_file: bool,
}

impl fmt::Debug for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brought").finish_non_exhaustive()
    }
}

/// Makes the secrets of a sink's table known: what the kind's schema marks as secret, what
/// variables brought into that, and what came from files.
pub(crate) fn learn(redaction: &Redaction, kind: Option<&SinkKind>, table: &Expanded) {
    let schema = kind.and_then(|kind| guarded(|| kind.schema()));
    let schema = schema.unwrap_or(Value::Null);
    let mut secret = table.node.secrets(&schema);
    // What is still `${…}` is no secret.
    let failed = |place: Range<usize>| table.failed.contains(&place);
    secret.retain(|node| !node.span().is_some_and(failed));
    let places: BTreeSet<_> = secret
        .iter()
        .filter_map(|node| start(&node.span()))
        .collect();
    let brought = table.brought.iter().filter(|brought| {
        brought.from_file || start(&brought.place).is_some_and(|at| places.contains(&at))
    });
    let texts = secret.iter().filter_map(|node| node.as_str());
    redaction.learn(texts.chain(brought.map(|brought| brought.text.as_str())));
}

fn start(place: &Option<Range<usize>>) -> Option<usize> {
    place.as_ref().map(|place| place.start)
}

/// The key of what is kept out of alerts.
pub(crate) const REDACT: &str = "redact";

/// The context keys that no alert may take along. They also count where they stand outside of
/// `[alert]`, and each for itself: what somebody wanted hidden is not sent for a mistake.
pub(crate) fn redacted_keys(
    root: &Node,
    environment: &Environment,
    folder: Option<&Path>,
) -> Vec<String> {
    let alert = root.get("alert").and_then(|alert| alert.get(REDACT));
    let lists = [alert, root.get(REDACT)].into_iter().flatten();
    let expanded = lists.map(|list| Expander::new(environment, folder).expand(list).node);
    expanded.flat_map(|list| texts(&list)).collect()
}

fn texts(redact: &Node) -> Vec<String> {
    let items = match redact.value() {
        NodeValue::List(items) => items.as_slice(),
        _ => std::slice::from_ref(redact),
    };
    let texts = items.iter().filter_map(Node::as_str);
    texts.map(str::to_owned).collect()
}
