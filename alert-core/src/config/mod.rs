//! Config values and the mistakes found in them. No file format lives here.
//!
//! A config reaches its sink as a tree of [`Node`]s that remembers where each value stood.
//! [`parse`] reads such a tree into a config type and reports every mistake of it at once as
//! [`Problem`]s; [`Duration`] and [`Size`] are the value types that configs share;
//! [`Findings`] is what a sink's own check writes. Rendering and files are the caller's affair.

mod access;
mod buffer;
mod claimed;
mod describe;
mod duration;
mod error;
mod excerpt;
mod find;
mod findings;
mod found;
mod hunt;
mod known;
mod nearest;
mod node;
mod parse;
mod path;
mod problem;
mod read;
mod schema;
mod size;
mod unit;
mod veil;
mod words;

#[cfg(test)]
mod tests;

pub use duration::Duration;
pub use error::ConfigError;
pub use findings::{Claim, Findings};
pub use node::{Entry, Node, NodeValue};
pub use parse::parse;
pub use path::resolve_path;
pub use problem::{Level, Problem, Problems};
pub use schema::schema_of;
pub use size::Size;
