#![doc = include_str!("../README.md")]

mod config;
mod sink;

pub use config::{Resolved, StatusPageConfig};
pub use sink::StatusPage;

alert_core::register_sink! {
    /// Keeps a document for each incident in a folder, for a status page.
    pub STATUS_PAGE: StatusPageConfig
}
