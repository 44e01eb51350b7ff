//! One sink's lane as a pure state machine: its queue, attempts, backoff,
//! circuit, reopening and deadlines. It has no thread and no clock of its own;
//! the worker and the dispatcher drive it, and hand what happened to others.
//!
//! * `entry`: what goes in and out · `lane`: offering and choosing what is next
//! * `flight`: how an attempt ends · `life`: the sink's own states, close, flush
//! * `opens`: what became of each key's firing alerts, for its resolved one

mod entry;
mod flight;
#[expect(clippy::module_inception, reason = "the file's noun is the lane")]
mod lane;
mod life;
mod opens;
#[cfg(test)]
mod tests;

pub(crate) use entry::{End, Event, Item, Next, Tick, Work};
pub(crate) use lane::Lane;
