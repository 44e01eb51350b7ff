//! A sink that keeps its promises, and breaks the one that its number names.

#![allow(dead_code, reason = "each test file uses its part")]

mod rig;
mod sink;
mod world;

pub(crate) use rig::MemoryRig;
pub(crate) use sink::MemoryConfig;
pub(crate) use world::World;

macro_rules! faults {
    ($($name:ident)+) => { faults!(@ 0, $($name)+); };
    (@ $n:expr, $name:ident $($rest:ident)*) => {
        pub(crate) const $name: u8 = $n;
        faults!(@ $n + 1, $($rest)*);
    };
    (@ $n:expr,) => {};
}

faults! {
    NONE
    UNREGISTERED
    BAD_SAMPLE
    SHOWS_SECRET_IN_ERROR
    SHOWS_SECRET_IN_DEBUG
    EMPTIES_AT_OPEN
    DOUBLES
    LOSES
    REORDERS
    BREAKS_LINES
    PANICS
    PANICS_AT_NUL
    REFUSES_LARGE
    LOSES_LAST_OF_BATCH
    KEEPS_UNTIL_DROP
    KNOWS_NO_ID
    ADDS_EDITS
    GIVES_NO_HANDLE
    REJECTS_IN_OUTAGE
    LIES_IN_OUTAGE
    HALTS_IN_OUTAGE
    STAYS_DOWN
    FEELS_NO_OUTAGE
    IGNORES_DEADLINE
    HANGS_IN_DROP
    PANICS_IN_RUNTIME
}
