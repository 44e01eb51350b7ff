#![doc = include_str!("../README.md")]

mod cloudevent;
mod digest;
mod format;
mod gzip;
mod header;
mod method;
mod payload;
mod signature;
mod status;
mod told;

pub use format::Format;
pub use method::Method;
pub use status::StatusRange;
