use alert_core::Severity;
use serde::Serialize;

/// A number for each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Of severity info.
    pub info: u64,
    /// Of severity warning.
    pub warning: u64,
    /// Of severity critical.
    pub critical: u64,
}

impl Counts {
    /// The number for this severity.
    pub fn of(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Info => self.info,
            Severity::Warning => self.warning,
            Severity::Critical => self.critical,
        }
    }

    /// All together.
    pub fn total(&self) -> u64 {
        let above = self.warning.saturating_add(self.critical);
        self.info.saturating_add(above)
    }

    pub(crate) fn add(&mut self, severity: Severity, more: u64) {
        let count = match severity {
            Severity::Info => &mut self.info,
            Severity::Warning => &mut self.warning,
            Severity::Critical => &mut self.critical,
        };
        *count = count.saturating_add(more);
    }
}
