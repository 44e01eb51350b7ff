use std::sync::Arc;

use super::fallbacks::{Fallbacks, Troubles};
use super::ledger::Ledger;
use super::shared_lane::SharedLane;
use super::stats::SinkStats;

/// The lanes of the moment. A reload makes a new set; nothing changes in one.
pub(crate) struct Lanes {
    /// Those that take alerts, in the pipeline's order.
    pub(crate) routed: Box<[Arc<SharedLane>]>,
    /// Those that only empty themselves.
    pub(crate) leaving: Vec<Arc<SharedLane>>,
    /// The books of those that have left.
    pub(crate) retired: Ledger,
    /// Which falls back to which, by their places in [`Lanes::all`].
    pub(crate) fallbacks: Fallbacks,
    /// The names of those that others fall back to.
    pub(crate) targets: Arc<[Arc<str>]>,
    /// Of each routed lane: it takes nothing but as a fallback.
    reserved: Box<[bool]>,
    /// What is wrong with them together.
    pub(crate) troubles: Troubles,
}

impl Lanes {
    pub(crate) fn new(
        routed: Vec<Arc<SharedLane>>,
        leaving: Vec<Arc<SharedLane>>,
        retired: Ledger,
    ) -> Self {
        let links: Vec<_> = routed
            .iter()
            .chain(&leaving)
            .map(|lane| (lane.name.clone(), lane.fallback()))
            .collect();
        let (fallbacks, mut troubles) = Fallbacks::new(&links, routed.len());
        let reserved: Box<[bool]> = routed.iter().map(|l| l.is_only_as_fallback()).collect();
        let mut targets = Vec::new();
        for (place, lane) in routed.iter().enumerate() {
            if fallbacks.feeders(place).next().is_some() {
                targets.push(lane.name.clone());
            } else if reserved[place] {
                let why = "it is only_as_fallback and no sink's fallback: it gets nothing";
                troubles.push((lane.name.clone(), why.into()));
            }
        }
        Self {
            routed: routed.into(),
            leaving,
            retired,
            fallbacks,
            targets: targets.into(),
            reserved,
            troubles,
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<SharedLane>> {
        self.routed.iter().chain(&self.leaving)
    }

    /// Those that every alert goes to, each with its place.
    pub(crate) fn ordinary(&self) -> impl Iterator<Item = (usize, &Arc<SharedLane>)> {
        self.those(false)
    }

    /// Those that take nothing but as a fallback.
    pub(crate) fn reserved(&self) -> impl Iterator<Item = (usize, &Arc<SharedLane>)> {
        self.those(true)
    }

    fn those(&self, reserved: bool) -> impl Iterator<Item = (usize, &Arc<SharedLane>)> {
        let lanes = self.routed.iter().enumerate();
        lanes.filter(move |(place, _)| self.reserved[*place] == reserved)
    }

    /// The names of those that every alert goes to.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.ordinary().map(|(_, lane)| &lane.name)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Arc<SharedLane>> {
        self.routed.iter().find(|lane| *lane.name == *name)
    }

    /// The lane that gets what this one loses, with its place.
    pub(crate) fn fallback_of(&self, lane: u64) -> Option<(usize, &Arc<SharedLane>)> {
        let from = self.all().position(|other| other.id == lane)?;
        let to = self.fallbacks.of(from)?;
        Some((to, self.routed.get(to)?))
    }

    /// Whether all lanes that fall back to the one at this place are over.
    pub(crate) fn is_fed_no_more(&self, place: usize) -> bool {
        let mut feeders = self.fallbacks.feeders(place);
        feeders.all(|from| self.all().nth(from).is_none_or(|lane| lane.is_over(true)))
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
