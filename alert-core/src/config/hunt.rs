//! Finds the place of an error that serde's buffering has lost.
//!
//! Tagged enums and flattened structs are read through a buffer that keeps values and drops
//! places, so their errors arrive at the whole table. The one value in it that the error
//! describes is then the culprit; if several fit, none is blamed.

use super::error::{Kind, Step};
use super::found::Found;
use super::node::{Node, NodeValue};

/// The steps from `node` to the only value or key that fits, and whether it is the key.
pub(super) fn hunt(node: &Node, kind: &Kind) -> Option<(Vec<Step>, bool)> {
    let mut trail = Trail {
        kind,
        here: Vec::new(),
        hits: Vec::new(),
    };
    trail.walk(node);
    match trail.hits.len() {
        1 => trail.hits.pop(),
        _ => None,
    }
}

struct Trail<'k> {
    kind: &'k Kind,
    here: Vec<Step>,
    hits: Vec<(Vec<Step>, bool)>,
}

impl Trail<'_> {
    fn walk(&mut self, node: &Node) {
        // Two hits are as good as a thousand: the place is not unique.
        if node.skipped || self.hits.len() > 1 {
            return;
        }
        match &node.value {
            NodeValue::Table(entries) => {
                for entry in entries.iter().filter(|entry| !entry.node.skipped) {
                    self.here.push(Step::Key(entry.name.clone()));
                    if self.fits_key(&entry.name) {
                        self.hits.push((self.here.clone(), true));
                    }
                    self.walk(&entry.node);
                    self.here.pop();
                }
            }
            NodeValue::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.here.push(Step::Index(index));
                    self.walk(item);
                    self.here.pop();
                }
            }
            _ => {}
        }
        if !self.here.is_empty() && self.fits(node) {
            self.hits.push((self.here.clone(), false));
        }
    }

    fn fits_key(&self, name: &str) -> bool {
        match self.kind {
            Kind::Key { given, .. } | Kind::Variant { given, .. } => given == name,
            _ => false,
        }
    }

    fn fits(&self, node: &Node) -> bool {
        match (self.kind, &node.value) {
            (Kind::Mismatch { found, .. }, value) => match (found, value) {
                (Found::Bool(a), NodeValue::Bool(b)) => a == b,
                (Found::Integer(a), NodeValue::Integer(b)) => *a == i128::from(*b),
                (Found::Number(a), NodeValue::Float(b)) => a.to_bits() == b.to_bits(),
                (Found::Text(a), NodeValue::Text(b) | NodeValue::Datetime(b)) => a == b,
                (Found::List, NodeValue::List(_)) | (Found::Table, NodeValue::Table(_)) => true,
                _ => false,
            },
            (Kind::Variant { given, .. }, NodeValue::Text(text)) => given == text,
            _ => false,
        }
    }
}
