//! Rotation: when a log is full, it steps aside under a name of its own.
//!
//! [`config`] says how it is wanted, [`rule`] when it is due, [`names`] what the files are called;
//! they touch no file. [`place`] knows the folder, [`turn`] lets the log step aside, [`tidy`]
//! compresses what did, on a thread of its own; [`rotation`] is what the sink holds of it all.

mod config;
mod gzip;
mod names;
mod place;
mod rotation;
mod rule;
mod tidy;
mod turn;

#[cfg(all(test, unix))]
mod tests;

pub use config::{Compress, Rotate};
pub(crate) use rotation::{Pace, Rotation};
pub(crate) use turn::Naming;
