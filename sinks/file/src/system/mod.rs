//! What differs between systems: flags, identities, locks, waiting for room, and how a file takes
//! another's place.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(not(unix), path = "other.rs")]
mod this;

pub(crate) use this::{
    Identity, exchange, for_this_user, identity, last_byte, open, open_plain, own_like, shape,
    sync_folder, wait_for_room,
};

mod lock;

pub(crate) use lock::{Lock, lock_alone, lock_shared, unlock};

/// What sort of thing a path leads to.
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "pipes and devices have no paths there")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An ordinary file.
    Regular,
    /// A named pipe.
    Pipe,
    /// A terminal, `/dev/null` and the like.
    Device,
    /// A folder.
    Folder,
    /// What no log belongs into.
    Other,
}
