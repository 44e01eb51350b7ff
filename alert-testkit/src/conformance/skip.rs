use std::fmt;
use std::io::{Write, stderr};

use alert_core::SinkConfig;

use crate::Rig;

/// Why a clause does not apply to a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip(&'static str);

impl Skip {
    /// For this reason, one lower-case line.
    pub const fn because(reason: &'static str) -> Self {
        Self(reason)
    }

    /// The reason.
    pub fn reason(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Runs a clause; one that does not apply says so on standard error.
///
/// # Panics
/// If the sink breaks the clause.
pub fn run<R: Rig>(name: &str, clause: impl FnOnce() -> Result<(), Skip>) {
    if let Err(skip) = clause() {
        let kind = <R::Config as SinkConfig>::KIND;
        // Straight to the stream: what a test captures nobody sees, and a
        // clause that was left out should be seen.
        let _ = writeln!(
            stderr(),
            "conformance of {kind}: {name} does not apply: {skip}"
        );
    }
}
