//! Small doubles for the tests of the promises: sinks that do what they are
//! told, gates, a clock in the test's hand.
#![allow(dead_code, unused_imports, reason = "each test file uses its own part")]

mod behaviour;
mod clock;
mod fated;
mod gate;
mod gated;
mod lines;
mod record;

use std::time::Duration;

use alert_core::{Pipeline, Stats};

pub(crate) use behaviour::{Behaviour, Stage, quiet_panics};
pub(crate) use clock::HandClock;
pub(crate) use fated::{Fate, Fated};
pub(crate) use gate::Gate;
pub(crate) use gated::Gated;
pub(crate) use lines::Lines;
pub(crate) use record::{Record, Recorder};

/// An outer limit for what should take milliseconds on a machine at rest.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// What a close may take beyond its bound on a machine that is busy; the
/// promise itself is 200 ms.
pub(crate) const LOADED: Duration = Duration::from_secs(2);

pub(crate) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(crate) const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// The identities of both ledgers, once nothing moves any more.
pub(crate) fn assert_balanced(stats: &Stats) {
    assert!(stats.process.is_balanced(), "{:?}", stats.process);
    for sink in &stats.sinks {
        assert!(sink.ledger.is_balanced(), "{sink:?}");
    }
}

/// The identities at the end: nothing waits, nothing is pending.
pub(crate) fn assert_ended(pipeline: &Pipeline) -> Stats {
    let stats = pipeline.stats();
    assert_balanced(&stats);
    assert_eq!(stats.process.waiting, 0);
    for sink in &stats.sinks {
        assert_eq!(sink.ledger.pending(), 0, "{sink:?}");
        assert_eq!(sink.ledger.offered(), stats.process.routed, "{sink:?}");
    }
    stats
}
