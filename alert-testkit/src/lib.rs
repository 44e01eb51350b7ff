#![doc = include_str!("../README.md")]

mod clock;
pub mod conformance;
mod double;
mod gate;
#[cfg(feature = "http")]
pub mod http;
mod pipeline;
pub mod strategy;
mod watched;

pub use clock::HandClock;
pub use conformance::{NoOutage, Outage, Rig, Skip};
pub use double::{
    Answer, Failing, Logged, Observed, Panicking, Place, Recording, Scripted, Seen, Slow, Stuck,
};
pub use gate::{Doorway, Gate};
pub use pipeline::TestPipeline;

use std::time::Duration;

/// How long anything in the kit waits before it calls that a failure: 30 s. No
/// test that passes waits for it.
pub const SAFETY: Duration = Duration::from_secs(30);
