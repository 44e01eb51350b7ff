#![doc = include_str!("../README.md")]

mod config;
mod counts;
mod database;
mod error;
mod incidents;
mod newest;
mod place;
mod record;
mod sink;
mod total;

pub use config::{Keep, StateConfig, Synchronous};
pub use error::StateError;
pub use sink::StateSink;

alert_core::register_sink! {
    /// A database for dashboards and people: last alert of each severity, history, incidents,
    /// what became of alerts, audit trail.
    pub SINK: StateConfig
}
