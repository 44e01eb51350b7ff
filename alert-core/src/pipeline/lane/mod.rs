//! One sink's lane as a pure state machine: its queue, attempts, backoff,
//! circuit, reopening and deadlines. It has no thread and no clock of its own;
//! the worker and the dispatcher drive it, and hand what happened to others.
//!
//! * `entry`: what goes in and out · `lane`: offering and choosing what is next
//! * `gather`: how a flood becomes few messages
//! * `flight`: how an attempt ends · `life`: the sink's own states, close, flush
//! * `aside`: heads that stepped aside · `turn`: whose turn it is, and the trial
//!   that tells a stuck head from a dead service
//! * `unsent`: what comes to its end without an attempt
//! * `renew`: another policy or another sink, while alerts wait
//! * `opens`: what became of each key's firing alerts, for its resolved one

mod aside;
mod entry;
mod flight;
mod gather;
#[expect(clippy::module_inception, reason = "the file's noun is the lane")]
mod lane;
mod life;
mod opens;
mod renew;
#[cfg(test)]
mod tests;
mod turn;
mod unsent;

pub(crate) use entry::{End, Entry, Event, Item, Next, Tick, Work};
pub(crate) use lane::Lane;
pub(crate) use renew::Renewal;
