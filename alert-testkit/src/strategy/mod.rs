//! Strategies for `proptest`: whatever an alert, a policy or a sink may be.
//!
//! ```
//! use alert_testkit::strategy;
//! use proptest::prelude::*;
//!
//! proptest!(ProptestConfig::with_cases(64), |(text in strategy::hostile_text())| {
//!     prop_assert!(alert_core::one_line(&text).lines().count() <= 1);
//! });
//! ```

mod alert;
mod odd;
mod policy;
mod script;
mod text;

pub use alert::{alert, any_alert};
pub use odd::{Odd, odd};
pub use policy::delivery;
pub use script::{answer, script};
pub use text::{HOSTILE, hostile_text};
