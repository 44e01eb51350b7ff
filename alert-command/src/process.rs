//! What the whole process does about signals and panics.

use std::panic;

/// Makes the process fit for its work: what goes wrong while an alert is on its way ends neither
/// the process nor the order of what is told.
///
/// SIGPIPE is ignored by the standard library already; SIGINT and SIGTERM keep their meaning, so
/// a person can end the command at once.
pub(crate) fn prepare() {
    #[cfg(unix)]
    survive_large_files();
    // A sink that panics is an outcome like another and is told in one line.
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        panic::set_hook(Box::new(|_| {}));
    }
}

/// Lets a write beyond the limit of a file's size fail, as on a full disk.
#[cfg(unix)]
fn survive_large_files() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    let seen = Arc::new(AtomicBool::new(false));
    // Without it the limit still holds, only less gently.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
}
