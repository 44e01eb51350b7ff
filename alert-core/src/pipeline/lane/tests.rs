//! The laws of a lane: named cases, and a model it is held against.
//!
//! * `thing`: what the lanes of these tests carry · `rig`: a lane driven by hand
//! * `model`: the same rules said plainly · `laws`: any operations, step by step
//! * the rest: one file of named cases for each part of the rules

mod closing;
mod flushing;
mod laws;
mod model;
mod opening;
mod pacing;
mod retrying;
mod rig;
mod room;
mod stuck;
mod telling;
mod thing;
