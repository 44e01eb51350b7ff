//! Sinks that do what a test wants, each small. A double is kept by the test;
//! its `entry` is what a pipeline gets, as often as it is asked for.

mod answer;
mod failing;
mod logged;
mod observed;
mod panicking;
mod place;
mod recording;
mod scripted;
mod slow;
mod stuck;

pub use answer::Answer;
pub use failing::Failing;
pub use logged::Logged;
pub use observed::Observed;
pub use panicking::Panicking;
pub use place::Place;
pub use recording::{Recording, Seen};
pub use scripted::Scripted;
pub use slow::Slow;
pub use stuck::Stuck;
