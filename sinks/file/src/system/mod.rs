//! What differs between systems: flags, identities, locks, and waiting for room.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(not(unix), path = "other.rs")]
mod this;

pub(crate) use this::{
    Identity, identity, last_byte, lock_alone, lock_shared, loose_mode, open, shape, unlock,
    wait_for_room,
};

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
