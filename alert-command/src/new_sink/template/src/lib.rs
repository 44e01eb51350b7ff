#![doc = include_str!("../README.md")]

mod config;
mod connection;
mod sink;

pub use config::__Kind__Config;
pub use sink::__Kind__Sink;

alert_core::register_sink! {
    /// Sends alerts to a service on this machine.
    pub __KIND__: __Kind__Config
}
