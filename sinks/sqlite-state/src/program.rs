//! What this program is called in the database.

use std::path::Path;
use std::process;

/// The name of the executable, as alerts without a source have it.
pub(crate) fn name() -> String {
    let program = std::env::args_os().next();
    let stem = program.as_deref().map(Path::new).and_then(Path::file_stem);
    match stem.map(|stem| stem.to_string_lossy().into_owned()) {
        Some(name) if !name.is_empty() => alert_core::one_line(&name).into_owned(),
        _ => "unknown".to_owned(),
    }
}

/// Who did it, for the audit trail: `billing (pid 17)`.
pub(crate) fn actor(name: &str) -> String {
    format!("{name} (pid {})", process::id())
}
