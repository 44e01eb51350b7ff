use alert_core::{Entry, Node, NodeValue, Plan, Problem, SinkConfig, SinkKind, parse_config};

use crate::conformance::sample::{Sample, samples};
use crate::{Rig, Skip};

fn documented<R: Rig>() -> Vec<Sample> {
    samples(R::README, <R::Config as SinkConfig>::KIND)
}

fn parsed<C: SinkConfig>(node: &Node) -> Vec<Problem> {
    parse_config::<C>(node, &C::schema()).1
}

/// What the documentation shows is a configuration, without even a warning.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If there is no sample, or it is not accepted.
pub fn the_documented_sample_parses<R: Rig>() -> Result<(), Skip> {
    for sample in documented::<R>() {
        let Sample {
            node,
            has_variables,
        } = sample;
        let mut problems = parsed::<R::Config>(&node);
        // A check may want to see a variable's value, which is not known here.
        if problems.is_empty() && !has_variables {
            let kind = SinkKind::of::<R::Config>("", "");
            problems = Plan::new(&kind, move || Ok(node.clone())).check().0;
            // What it warns of may be this machine's, and not the sample's.
            problems.retain(Problem::is_error);
        }
        assert!(
            problems.is_empty(),
            "the documented sample is refused: {}",
            list(&problems)
        );
    }
    Ok(())
}

/// A key that the sink does not know is an error that names it.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If it is accepted or ignored: `#[serde(deny_unknown_fields)]` is missing.
pub fn an_unknown_key_is_refused_by_name<R: Rig>() -> Result<(), Skip> {
    const KEY: &str = "a_key_that_no_sink_has";
    for sample in documented::<R>() {
        let mut node = sample.node;
        if let NodeValue::Table(entries) = node.value_mut() {
            entries.push(Entry::new(KEY, Node::new(NodeValue::Integer(1))));
        }
        let problems = parsed::<R::Config>(&node);
        assert!(
            problems
                .iter()
                .any(|problem| problem.is_error() && problem.text().contains(KEY)),
            "an unknown key is not refused by name (`deny_unknown_fields`): {}",
            list(&problems)
        );
    }
    Ok(())
}

fn list(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
