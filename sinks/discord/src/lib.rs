#![doc = include_str!("../README.md")]

mod compose;
mod config;
mod digest;
mod embed;
mod errors;
mod handle;
mod id;
mod limits;
mod look;
mod markdown;
mod memory;
mod mention;
mod mistakes;
mod payload;
mod process;
mod rate;
mod refusal;
mod reply;
mod sink;
#[cfg(test)]
mod tests;
mod text;
mod url;
mod wire;

pub use config::{DiscordConfig, OnRepeat};
pub use id::Id;
pub use mention::{Mention, Target};
pub use sink::DiscordSink;
pub use url::is_webhook_url;

alert_core::register_sink! {
    /// Embeds in a Discord channel, through a webhook.
    pub SINK: DiscordConfig
}
