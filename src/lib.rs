#![doc = include_str!("../README.md")]

pub use alert_config as config;
pub use alert_config::{from_config, from_config_strict, from_default_places};
pub use alert_core::*;
// For sink crates that have this one dependency: derives name crates by path,
// so they need `#[serde(crate = "alert::serde")]` and
// `#[schemars(crate = "alert::schemars")]`.
pub use schemars;
pub use serde;

/// The built-in sinks, one feature each.
pub mod sinks {
    #[cfg(feature = "discord")]
    pub use alert_sink_discord as discord;
    #[cfg(feature = "file")]
    pub use alert_sink_file as file;
    #[cfg(feature = "generic-webhook")]
    pub use alert_sink_generic_webhook as generic_webhook;
    #[cfg(feature = "sqlite-state")]
    pub use alert_sink_sqlite_state as sqlite_state;
    #[cfg(feature = "tracing")]
    pub use alert_sink_tracing as tracing;
}
