//! The same record through other libraries: a title, a message and five fields, as JSON, into one file.

mod log4rs;
mod slog;
mod tracing;

use std::path::Path;

pub(crate) use self::log4rs::Log4rs;
pub(crate) use self::slog::Slog;
pub(crate) use self::tracing::Tracing;

/// One way to get a record to where it belongs.
pub(crate) trait Peer {
    /// What the caller does: builds record number `n` and hands it over.
    fn emit(&self, n: u64);

    /// Returns when everything that was handed over is in the file.
    fn finish(self: Box<Self>);
}

/// What a peer does when its queue, of as many entries as an intake's ring, is full.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The record is lost, so the caller never waits.
    Drop,
    /// The caller waits, so nothing is lost.
    Wait,
}

/// How many records wait at most.
pub(crate) const ROOM: usize = 4_096;

pub(crate) const TITLE: &str = "disk nearly full";
pub(crate) const MESSAGE: &str = "the volume of the primary is filling faster than it is cleaned";
pub(crate) const HOST: &str = "db-3.example.net";
pub(crate) const MOUNT: &str = "/var/lib/postgres";
pub(crate) const USED: f64 = 91.5;
pub(crate) const CLEANING: bool = true;

/// All peers, by name. The last two hand the record to a thread of their own.
pub(crate) const NAMES: [&str; 3] = ["log4rs", "slog-async", "tracing-appender"];

/// That peer, which writes into a file of its name in that folder.
pub(crate) fn open(name: &str, folder: &Path, full: Full) -> Box<dyn Peer> {
    match name {
        "log4rs" => Box::new(Log4rs::new(&folder.join(name))),
        "slog-async" => Box::new(Slog::new(&folder.join(name), full)),
        "tracing-appender" => Box::new(Tracing::new(folder, name, full)),
        unknown => panic!("{unknown} is no peer"),
    }
}
