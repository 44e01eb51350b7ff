#![doc = include_str!("../README.md")]

mod audit;
mod claim;
mod config;
mod counts;
mod database;
mod depth;
mod error;
mod held;
mod incidents;
mod keeper;
mod matches;
mod newest;
mod observer;
mod own;
mod place;
mod program;
mod prune;
mod reader;
mod record;
mod row;
mod sink;
mod store;
mod total;
mod upkeep;
mod wall;

pub use audit::Audit;
pub use config::{Keep, StateConfig, Synchronous};
pub use error::StateError;
pub use matches::{InvalidTerm, SilenceMatch};
pub use reader::{AlertName, AuditQuery, HistoryQuery, InvalidName, StateReader};
pub use row::{
    AuditEntry, Counts, DeliveryRow, Incident, SinkHealth, StateValue, Status, StoredAlert,
    StoredSilence, Story,
};
pub use sink::StateSink;
pub use store::{Acknowledged, By, Done, StateStore};

alert_core::register_sink! {
    /// A database for dashboards and people: last alert of each severity, history, incidents,
    /// what became of alerts, audit trail.
    pub SINK: StateConfig
}
