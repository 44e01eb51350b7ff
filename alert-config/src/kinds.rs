//! What the schemas of the linked kinds say about a whole file.

use std::ops::Range;

use alert_core::{Node, NodeValue, Registry, SinkKind, schema_of};
use serde_json::{Value, json};

use crate::foreign::guarded;
use crate::raw::{RawAlert, RawDelivery, RawWhen};

/// The schema of a sink's table with the reserved words; of an unknown kind it knows only those.
pub(crate) fn entry_schema(kind: Option<&SinkKind>) -> Value {
    let schema = kind.and_then(|kind| guarded(|| kind.schema()));
    let mut schema = schema
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({ "type": "object" }));
    for (name, part) in [
        (
            "type",
            json!({ "type": "string", "description": "The type of the sink." }),
        ),
        (
            "enabled",
            json!({ "type": "boolean", "description": "Whether the sink is used at all." }),
        ),
        ("when", schema_of::<RawWhen>()),
        ("delivery", schema_of::<RawDelivery>()),
    ] {
        schema["properties"][name] = part;
    }
    schema
}

/// The byte ranges of all values in a file that may not be shown.
pub(crate) fn hidden_spans(root: &Node, registry: &Registry) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for entry in root.entries() {
        match entry.name() {
            // A value in the place of a table is of no known sort.
            _ if !matches!(entry.node().value(), NodeValue::Table(_)) => {
                spans.extend(entry.node().hidden_spans(&Value::Null));
            }
            "alert" => spans.extend(entry.node().hidden_spans(&schema_of::<RawAlert>())),
            "delivery" => spans.extend(entry.node().hidden_spans(&schema_of::<RawDelivery>())),
            "sinks" => {
                let mut schemas = Schemas::default();
                for sink in entry.node().entries() {
                    let name = sink
                        .node()
                        .get("type")
                        .and_then(Node::as_str)
                        .unwrap_or_default();
                    let kind = registry.get(name).ok();
                    spans.extend(hidden_in_sink(sink.node(), schemas.of(kind)));
                }
            }
            _ => spans.extend(entry.node().hidden_spans(&Value::Null)),
        }
    }
    spans
}

/// A misspelt `when` or `delivery` is judged like the word that was meant: there are no secrets in
/// them, and the mistake is easier to see.
fn hidden_in_sink(sink: &Node, schema: &Value) -> Vec<Range<usize>> {
    if !matches!(sink.value(), NodeValue::Table(_)) {
        return sink.hidden_spans(&Value::Null);
    }
    let mut spans = Vec::new();
    let mut rest = sink.clone();
    let tables = sink
        .entries()
        .iter()
        .filter(|entry| !entry.node().entries().is_empty());
    // So few that a hostile file gains nothing by it.
    for entry in tables.take(8) {
        let unknown = schema["properties"].get(entry.name()).is_none();
        let meant = ["when", "delivery"]
            .into_iter()
            .find(|word| is_near(entry.name(), word));
        if let (true, Some(word)) = (unknown, meant) {
            rest.take(entry.name());
            spans.extend(entry.node().hidden_spans(&schema["properties"][word]));
        }
    }
    spans.extend(rest.hidden_spans(schema));
    spans
}

fn is_near(name: &str, word: &str) -> bool {
    name.len() <= 2 * word.len() && strsim::damerau_levenshtein(name, word) <= 2
}

/// Each schema made once: a file may hold many sinks of one kind.
#[derive(Default)]
struct Schemas(std::collections::BTreeMap<&'static str, Value>);

impl Schemas {
    fn of(&mut self, kind: Option<&SinkKind>) -> &Value {
        let name = kind.map_or("", SinkKind::name);
        self.0.entry(name).or_insert_with(|| entry_schema(kind))
    }
}
