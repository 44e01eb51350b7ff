//! Pure rules about one sink's alerts: what passes, what is suppressed, how
//! long to pause. No thread, no clock of its own, no I/O: time is passed in.
//! `silences` alone is shared between threads: whoever knows fills it.

mod backoff;
mod condition;
mod delivery;
mod filter;
mod gates;
mod pattern;
mod silence;
mod silences;

pub use condition::Condition;
pub use delivery::{
    BatchPolicy, Circuit, Dedup, Delivery, DigestPolicy, Queue, Retry, Same, Throttle,
};
pub use filter::Filter;
pub use pattern::Pattern;
pub use silence::Silence;
pub use silences::Silences;

pub(crate) use backoff::{LONGEST_HINT, jittered, reopen};
pub(crate) use filter::Stopped;
pub(crate) use gates::{Gates, Standing, Verdict};
