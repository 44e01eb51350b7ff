#![doc = include_str!("../README.md")]

mod alert;
mod clock;
mod config;
mod observe;
mod pipeline;
mod policy;
mod sink;

pub use alert::*;
pub use clock::{Clock, SystemClock};
pub use config::{
    Claim, ConfigError, Duration as ConfigDuration, Entry, Findings, Level, Node, NodeValue,
    Problem, Problems, Size, parse as parse_config, resolve_path, schema_of,
};
pub use observe::{LaneState, Observer};
pub use pipeline::*;
pub use policy::{Silence, Silences};
/// A JSON value, for schemas.
pub use serde_json::Value as JsonValue;
pub use sink::{
    Attempt, Batch, Delivered, ErrorClass, Fallback, Firing, Handle, KindError, LATE_AFTER, Limits,
    Losses, Mine, OpenContext, Plan, Preview, Registry, Sink, SinkConfig, SinkError, SinkKind,
    Suppressed, is_kind_name, mine,
};
/// Delivery policies and filters, as plain data.
pub mod delivery {
    pub use crate::policy::{
        BatchPolicy, Circuit, Condition, Dedup, Delivery, DigestPolicy, Filter, Pattern, Queue,
        Retry, Same, Throttle,
    };
}

/// Not public API: what the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::sink::{Submission, is_kind_name};
    pub use inventory;
}
