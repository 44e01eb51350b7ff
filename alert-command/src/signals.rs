//! Signals that would end the process while an alert is on its way.

/// Lets a write beyond the limit of a file's size fail, as on a full disk, instead of ending the
/// process. SIGPIPE is ignored by the standard library already; SIGINT and SIGTERM keep their
/// meaning, so a person can always end the command at once.
pub(crate) fn prepare() {
    #[cfg(unix)]
    {
        use std::sync::Arc;
        use std::sync::atomic::AtomicBool;

        let seen = Arc::new(AtomicBool::new(false));
        // Without it the limit still holds, only less gently.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
    }
}
