#![doc = include_str!("../README.md")]

mod basic;
mod body;
mod cloudevent;
mod combinations;
mod config;
mod digest;
mod format;
mod gzip;
mod header;
mod headers;
mod idempotency;
mod method;
mod payload;
mod preset;
mod recipe;
mod service;
mod signature;
mod sink;
mod status;
mod told;

pub use basic::Basic;
pub use config::WebhookConfig;
pub use format::Format;
pub use method::Method;
pub use payload::ALERT_SCHEMA;
pub use sink::WebhookSink;
pub use status::StatusRange;

alert_core::register_sink! {
    /// Posts alerts to a URL: as JSON, lines, CloudEvents, a template's text, or what Slack, ntfy,
    /// PagerDuty or Alertmanager want.
    pub SINK: WebhookConfig
}
