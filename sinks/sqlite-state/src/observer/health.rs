use std::collections::BTreeMap;

use alert_core::{LaneState, Outcome, Stats, Timestamp};

use super::short;

/// How many sinks are known at most; a reload may bring others again and again.
const MOST: usize = 1_024;

/// What is told of one sink.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Health {
    pub(super) kind: String,
    pub(super) state: &'static str,
    pub(super) why: Option<String>,
    pub(super) last_success_at: Option<Timestamp>,
    pub(super) last_error_at: Option<Timestamp>,
    pub(super) last_error: Option<String>,
    pub(super) pending: u64,
    /// In all, by the books of this pipeline.
    delivered: u64,
    lost: u64,
    pub(super) seen_at: Option<Timestamp>,
}

/// What is new of one sink.
pub(super) struct News<'a> {
    pub(super) sink: &'a str,
    pub(super) health: &'a Health,
    /// Since the last time.
    pub(super) delivered: u64,
    pub(super) lost: u64,
}

/// All sinks, with what was written of each.
#[derive(Debug, Default)]
pub(super) struct Healths {
    known: BTreeMap<String, (Health, Health)>,
}

impl Healths {
    fn of(&mut self, sink: &str) -> Option<&mut Health> {
        if !self.known.contains_key(sink) {
            if self.known.len() >= MOST {
                return None;
            }
            self.known.insert(sink.to_owned(), Default::default());
        }
        self.known.get_mut(sink).map(|(health, _)| health)
    }

    pub(super) fn outcome(&mut self, sink: &str, outcome: &Outcome, now: Timestamp) {
        let Some(health) = self.of(sink) else {
            return;
        };
        if outcome.is_delivered() {
            health.last_success_at = Some(now);
        } else if outcome.verdict().is_loss() {
            let why = outcome.error().unwrap_or(outcome.reason().as_str());
            health.last_error_at = Some(now);
            health.last_error = Some(short(why));
        }
    }

    pub(super) fn lane(&mut self, sink: &str, state: &LaneState, now: Timestamp) {
        if let (Some(health), Some(why)) = (self.of(sink), state.why()) {
            health.last_error_at = Some(now);
            health.last_error = Some(short(why));
        }
    }

    pub(super) fn told(&mut self, stats: &Stats, now: Timestamp) {
        for (place, sink) in stats.sinks.iter().enumerate() {
            // One that a reload removed may still have the name of one that is there.
            if stats
                .sinks
                .iter()
                .take(place)
                .any(|other| other.name == sink.name)
            {
                continue;
            }
            let Some(health) = self.of(&sink.name) else {
                continue;
            };
            health.kind = sink.kind.as_ref().to_owned();
            health.state = sink.state.as_str();
            health.why = sink.state.why().map(short);
            health.pending = sink.ledger.pending();
            health.delivered = sink.ledger.delivered();
            health.lost = sink.ledger.lost();
        }
        for (health, written) in self.known.values_mut() {
            health.seen_at = written.seen_at;
            if health != written {
                health.seen_at = Some(now);
            }
        }
    }

    pub(super) fn has_news(&self) -> bool {
        self.news().next().is_some()
    }

    pub(super) fn news(&self) -> impl Iterator<Item = News<'_>> {
        let changed = self.known.iter().filter(|(_, (health, written))| {
            // The books of one that was never in the stats are not known.
            health != written && !health.state.is_empty()
        });
        changed.map(|(sink, (health, written))| News {
            sink,
            health,
            delivered: more(health.delivered, written.delivered),
            lost: more(health.lost, written.lost),
        })
    }

    pub(super) fn are_written(&mut self) {
        for (health, written) in self.known.values_mut() {
            written.clone_from(health);
        }
    }
}

/// What came to a book since; books that have less are new ones.
fn more(now: u64, before: u64) -> u64 {
    now.checked_sub(before).unwrap_or(now)
}
