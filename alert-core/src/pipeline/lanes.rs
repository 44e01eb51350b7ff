use std::sync::Arc;

use super::ledger::Ledger;
use super::shared_lane::SharedLane;
use super::stats::SinkStats;

/// The lanes of the moment. A reload makes a new set; nothing changes in one.
#[derive(Default)]
pub(crate) struct Lanes {
    /// Those that take alerts, in the pipeline's order.
    pub(crate) routed: Box<[Arc<SharedLane>]>,
    /// Those that only empty themselves.
    pub(crate) leaving: Vec<Arc<SharedLane>>,
    /// The books of those that have left.
    pub(crate) retired: Ledger,
}

impl Lanes {
    pub(crate) fn new(routed: Vec<Arc<SharedLane>>) -> Self {
        Self {
            routed: routed.into(),
            ..Self::default()
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<SharedLane>> {
        self.routed.iter().chain(&self.leaving)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.routed.iter().map(|lane| &lane.name)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Arc<SharedLane>> {
        self.routed.iter().find(|lane| *lane.name == *name)
    }

    pub(crate) fn stats(&self) -> Vec<SinkStats> {
        self.all().map(|lane| lane.stats()).collect()
    }

    /// The nearest deadline of all lanes, in nanoseconds.
    pub(crate) fn next_deadline(&self) -> u64 {
        let deadlines = self.all().map(|lane| lane.deadline());
        deadlines.min().unwrap_or(u64::MAX)
    }
}
