//! Places in a tree by their path.

use super::error::Step;
use super::node::{Entry, Node, NodeValue};

pub(super) fn find<'n>(node: &'n Node, steps: &[Step]) -> Option<&'n Node> {
    steps
        .iter()
        .try_fold(node, |node, step| match (step, &node.value) {
            (Step::Key(name), NodeValue::Table(_)) => node.get(name),
            (Step::Index(index), NodeValue::List(items)) => items.get(*index),
            _ => None,
        })
}

pub(super) fn find_entry<'n>(node: &'n Node, steps: &[Step]) -> Option<&'n Entry> {
    match steps.split_last()? {
        (Step::Key(name), outer) => find(node, outer)?.entry(name),
        (Step::Index(_), _) => None,
    }
}
