#![doc = include_str!("../README.md")]

mod blame;
mod bounded;
mod columns;
mod config;
mod default_pipeline;
mod document;
mod environment;
mod expand;
mod fallbacks;
mod foreign;
#[cfg(unix)]
mod hangup;
mod host;
mod in_flight;
mod kinds;
mod matcher;
mod multiline;
mod named;
mod open;
mod placeholder;
mod places;
mod policy;
mod positive;
mod raw;
mod reading;
mod recipe;
mod reload;
mod render;
mod salvage;
mod scan;
mod schema;
mod secrets;
mod sink;
mod source;
mod switch;
mod webhook;
mod window;

pub use config::Config;
pub use environment::Environment;
pub use host::Host;
pub use open::{from_config, from_config_strict, from_default_places};
pub use places::{data_folder, user_config};
pub use render::{Colour, render};
pub use schema::schema;
