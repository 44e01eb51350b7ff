//! Running what is not ours.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::text::{Text, fit_counted};

/// How much of a panic's message is kept.
const MESSAGE: Text = Text::chars(200);

/// Runs foreign code; a panic in it becomes its message, cut to 200 characters.
///
/// The host's panic hook has run by then. With `panic = "abort"` there is nothing to catch.
#[inline]
pub(crate) fn guard<R>(foreign: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(foreign)).map_err(message)
}

/// Drops a foreign value; a panic in its `Drop` ends here.
#[inline]
pub(crate) fn drop_guarded<T>(value: T) {
    if mem::needs_drop::<T>() {
        // The value was used and is gone; whatever its Drop has to say was said by the panic hook.
        let _ = guard(move || drop(value));
    }
}

#[cold]
fn message(payload: Box<dyn Any + Send>) -> String {
    let text = if let Some(text) = payload.downcast_ref::<&'static str>() {
        fit_counted(text, MESSAGE).into_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        fit_counted(text, MESSAGE).into_owned()
    } else {
        String::from("no message")
    };
    // A payload may panic in its own Drop, and the payload of that panic again: the second one is leaked.
    if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        mem::forget(second);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    struct PanicsInDrop;

    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            panic_any(PanicsInDrop);
        }
    }

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(guard(|| 5), Ok(5));
        assert_eq!(guard(|| panic!("plain")), Err::<(), _>("plain".into()));
        assert_eq!(
            guard(|| panic!("with {}", 1)),
            Err::<(), _>("with 1".into())
        );
        assert_eq!(guard(|| panic_any(7)), Err::<(), _>("no message".into()));
    }

    #[test]
    fn a_long_panic_message_is_cut() {
        let text = guard(|| panic!("{}", "x".repeat(10_000))).unwrap_err();
        assert!(text.chars().count() <= 200 && text.contains("characters cut"));
    }

    #[test]
    fn a_payload_that_panics_in_drop_each_time_does_no_harm() {
        assert_eq!(
            guard(|| panic_any(PanicsInDrop)),
            Err::<(), _>("no message".into())
        );
        drop_guarded(PanicsInDrop);
    }
}
