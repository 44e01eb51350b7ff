#![doc = include_str!("../README.md")]

mod append;
mod claim;
mod config;
mod group;
mod id;
mod json;
mod line;
mod log;
mod notation;
mod path;
mod record;
mod sink;
mod stamp;
mod system;
mod trouble;

pub use config::{FileConfig, Format};
pub use sink::FileSink;

alert_core::register_sink! {
    /// One line per alert in a log file, as text or as JSON.
    pub SINK: FileConfig
}
