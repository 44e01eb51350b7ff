//! What this program is called in the database.

use std::process;

/// The name that alerts without a source have, in one line.
pub(crate) fn name() -> String {
    alert_core::one_line(&alert_core::program_name()).into_owned()
}

/// Who did it, for the audit trail: `billing (pid 17)`.
pub(crate) fn actor(name: &str) -> String {
    format!("{name} (pid {})", process::id())
}
