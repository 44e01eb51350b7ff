//! What a sink author meets: the trait and its config, the batch and the
//! attempt, errors and limits, and how a kind becomes known. The pipeline
//! drives sinks; nothing here starts a thread.

mod answered;
mod attempt;
mod batch;
mod config;
mod delivered;
mod error;
mod kind;
mod limits;
mod mine;
mod open;
mod plan;
mod preview;
mod register;
mod registry;
#[expect(
    clippy::module_inception,
    reason = "the file's noun is the trait of this name"
)]
mod sink;
mod told;

pub use attempt::{Attempt, LATE_AFTER};
pub use batch::Batch;
pub use config::SinkConfig;
pub use delivered::{Delivered, Handle};
pub use error::{ErrorClass, SinkError};
pub use kind::{SinkKind, is_kind_name};
pub use limits::Limits;
pub use mine::{Mine, mine};
pub use open::OpenContext;
pub use plan::Plan;
pub use preview::Preview;
pub use register::Submission;
pub use registry::{KindError, Registry};
pub use sink::Sink;
pub use told::{Fallback, Firing, Losses, Suppressed};

pub(crate) use answered::Answered;
pub(crate) use batch::{Room, Slots};
pub(crate) use config::AnyConfig;
pub(crate) use error::Failure;
pub(crate) use mine::is_mine;
pub(crate) use plan::Prepared;
