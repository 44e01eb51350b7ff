#![doc = include_str!("../README.md")]

mod audit;
mod config;
mod database;
mod error;
mod held;
mod matches;
mod micros;
mod reader;
mod record;
mod row;
mod sink;
mod store;

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

use micros::micros;

alert_core::register_sink! {
    /// A database for dashboards and people: last alert of each severity, history, incidents,
    /// what became of alerts, audit trail.
    pub SINK: StateConfig
}
