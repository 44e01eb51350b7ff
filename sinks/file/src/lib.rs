#![doc = include_str!("../README.md")]

mod append;
mod claim;
mod complaint;
mod config;
mod day;
mod fsync;
mod group;
mod id;
mod json;
mod line;
mod log;
mod notation;
mod record;
mod rotate;
mod sink;
mod stamp;
mod syncer;
mod system;
mod trouble;

pub use config::{FileConfig, Format};
pub use fsync::Fsync;
pub use rotate::{Compress, Rotate};
pub use sink::FileSink;

alert_core::register_sink! {
    /// One line per alert in a log file, as text or as JSON.
    pub SINK: FileConfig
}
