//! The machine. The road of an alert: `emit` builds an `emission`, the `intake`
//! takes it, the `dispatcher` hands it to every `shared_lane` (gates and
//! `lane`, by `admission`), whose `worker` drives the sink; the outcome goes into the `ledger`,
//! to the `receipt` and to the `reporter`. `hub` is what they all share.

mod admission;
mod builder;
mod dispatcher;
mod emission;
mod entry;
mod global;
mod hub;
mod intake;
mod lane;
mod ledger;
mod outcome;
mod parcel;
#[expect(clippy::module_inception, reason = "the file's noun is the pipeline")]
mod pipeline;
mod queue;
mod receipt;
mod reporter;
mod shared_lane;
mod stats;
mod sync;
mod wake;
mod worker;

pub use builder::PipelineBuilder;
pub use entry::SinkEntry;
pub use global::{
    InstallGuard, critical, emit, emit_tracked, emit_within, info, install, uninstalled, warning,
};
pub use ledger::Ledger;
pub use outcome::{Outcome, Reason, Verdict};
pub use pipeline::{Emitter, Pipeline};
pub use receipt::{Outcomes, Receipt};
pub use stats::{ProcessStats, SinkStats, Stats};
