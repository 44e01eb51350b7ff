//! The model of an alert: what a program says, captured once, on its own thread.
//!
//! Everything here is plain owned data with documented limits. What is too long is cut in the middle with a mark, what is
//! too many is dropped with a count; nothing here panics because of what it is given. Foreign code (a value's `Serialize`
//! and `Drop`) runs here and nowhere later.

mod builder;
mod capture;
mod context;
mod convert;
mod digest;
mod digest_text;
mod escape;
mod fingerprint;
mod fitted;
mod guard;
mod id;
mod index;
mod link;
mod nested;
mod read;
mod record;
mod redact;
mod searched;
mod secret;
mod serializer;
mod severity;
mod status;
mod text;
mod time;
mod value;
mod wire;

pub use builder::AlertBuilder;
pub use context::Context;
pub use digest::{Digest, DigestGroup};
pub use escape::{OneLine, json_line, json_line_into, one_line, one_line_into, terminal};
pub use fingerprint::Fingerprint;
pub use id::AlertId;
pub use link::Link;
pub use record::Alert;
pub use redact::Redaction;
pub use secret::Secret;
pub use severity::Severity;
pub use status::Status;
pub use text::{Text, Unit, cut_mark, fit, fit_counted};
pub use time::{InvalidText, Timestamp};
pub use value::Value;

#[cfg(test)]
mod capture_tests;
#[cfg(test)]
mod digest_tests;

pub(crate) use guard::{drop_guarded, guard};
