//! Parts of a config read one by one, each as far as it goes.

use alert_core::{Node, Problem, parse_config};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// Reads a reserved table. Keys with mistakes are reported and then left out, so that one of them
/// does not cost the others: what a sink is told to hold back is less important than that it
/// gets its alerts.
pub(crate) fn leniently<T>(node: &Node, problems: &mut Vec<Problem>) -> T
where
    T: DeserializeOwned + JsonSchema + Default,
{
    let schema = alert_core::schema_of::<T>();
    let (read, found) = parse_config::<T>(node, &schema);
    let read = read.or_else(|| {
        let mut rest = node.clone();
        for problem in found.iter().filter(|problem| problem.is_error()) {
            if let [key, ..] = problem.keys() {
                rest.take(key);
            }
        }
        parse_config::<T>(&rest, &schema).0
    });
    problems.extend(found);
    read.unwrap_or_default()
}
