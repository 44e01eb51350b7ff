//! The laws of a lane: named cases, and a model it is held against.
//!
//! * `thing`: what the lanes of these tests carry · `rig`: a lane driven by hand
//! * `model`, `model_attempt`, `model_aside`, `model_life`: the same rules said
//!   plainly
//! * `tries`: what is tried · `run`, `drawn`: lane and model side by side · `laws`:
//!   what must hold after every step
//! * `lives`, `lives_laws`: the same for gates and lane together, by key
//! * the rest: one file of named cases for each part of the rules

mod aside;
mod aside_ends;
mod closing;
mod drawn;
mod flushing;
mod gathering;
mod laws;
mod leaving;
mod lives;
mod lives_laws;
mod model;
mod model_aside;
mod model_attempt;
mod model_life;
mod neighbours;
mod opening;
mod pacing;
mod renewing;
mod resolving;
mod retrying;
mod rig;
mod room;
mod run;
mod stuck;
mod telling;
mod thing;
mod tries;
