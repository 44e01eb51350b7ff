//! Code of sinks, run where its panic must not reach the caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs it; `None` if it panics. What it panicked with is not shown: a secret may be in it, and
/// the panic hook has told it already.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // Its destructor is foreign too, and may panic again.
            if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
                std::mem::forget(again);
            }
            None
        }
    }
}
