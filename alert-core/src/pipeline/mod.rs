//! The machine. The road of an alert: `emit` builds an `emission`, the `intake`
//! takes it, the `dispatcher` hands it to every `shared_lane` (gates and
//! `lane`, by `admission`), whose `worker` drives the sink; the outcome goes into the
//! `ledger`, to the `receipt` and to the `reporter`, and where a sink failed its alert
//! becomes a `hand_over` to the lane that `fallbacks` names. `hub` is what they all share.

mod admission;
mod builder;
mod defaults;
mod dispatcher;
mod emission;
mod entry;
mod fallbacks;
mod global;
mod hand_over;
mod hub;
mod intake;
mod lane;
mod lanes;
mod ledger;
mod outcome;
mod outcomes;
mod parcel;
#[expect(clippy::module_inception, reason = "the file's noun is the pipeline")]
mod pipeline;
mod queue;
mod receipt;
mod reload;
mod reporter;
mod shared_lane;
mod stats;
mod sync;
mod taken;
mod wake;
mod worker;

pub use builder::{PipelineBuilder, program_name};
pub use entry::SinkEntry;
pub use global::{
    InstallGuard, critical, emit, emit_tracked, emit_within, info, install, uninstalled, warning,
};
pub use ledger::Ledger;
pub use outcome::{Outcome, Reason, Verdict};
pub use outcomes::{Answer, Outcomes};
pub use pipeline::{Emitter, Pipeline};
pub use receipt::Receipt;
pub use reload::{ReloadError, Reloaded};
pub use stats::{ProcessStats, SinkStats, Stats};
