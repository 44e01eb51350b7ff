#![doc = include_str!("../README.md")]

mod callsite;
mod config;
mod event;
mod headline;
mod names;
mod sets;
mod shown;
mod sink;

pub use config::TracingConfig;
pub use sink::TracingSink;

alert_core::register_sink! {
    /// An event of the program's own `tracing` output for each alert.
    pub SINK: TracingConfig
}
