//! A sink's table, made ready each time its sink is opened.

use std::sync::Arc;

use alert_core::{Node, Problem, Problems, Redaction, SinkKind};

use crate::blame::Blame;
use crate::environment::Environment;
use crate::expand::{Expanded, Expander};
use crate::secrets;
use crate::source::Source;

/// The keys of a sink's table that are not the sink's.
pub(crate) const RESERVED: [&str; 4] = ["type", "enabled", "when", "delivery"];

/// Everything that resolving a sink's table takes.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) kind: SinkKind,
    pub(crate) table: Node,
    pub(crate) environment: Environment,
    pub(crate) source: Arc<Source>,
    pub(crate) blame: Arc<Blame>,
    /// Hears of the secrets that the table has now: a file may have been rotated.
    pub(crate) redaction: Redaction,
}

impl Recipe {
    /// The sink's own part of the table with its variables and files as they are now.
    pub(crate) fn resolve(&self) -> Result<Node, Problems> {
        let folder = self.source.folder.as_deref();
        let expander = Expander::new(&self.environment, folder).at(["sinks", &self.name]);
        let expanded = expander.expand(&self.table);
        secrets::learn(&self.redaction, Some(&self.kind), &expanded);
        let Expanded {
            mut node, problems, ..
        } = expanded;
        if problems.iter().any(Problem::is_error) {
            return Err(Problems::from(self.blame.attach(&self.source, problems)));
        }
        for word in RESERVED {
            node.take(word);
        }
        Ok(node)
    }
}
