//! The program's own pipeline: install, its guard, the free functions. One
//! test, since there is one such pipeline in a process.

mod doubles;

use std::cell::RefCell;
use std::thread;

use alert_core::{Alert, Pipeline, Reason, critical, info, install, uninstalled, warning};
use doubles::{LIMIT, Lines, Record, assert_ended, secs};

struct EmitsInDrop(&'static str);

impl Drop for EmitsInDrop {
    fn drop(&mut self) {
        critical(self.0).emit();
        warning(self.0).emit_within(secs(1));
        if let Some(receipt) = info(self.0).emit_tracked() {
            drop(receipt);
        }
    }
}

thread_local! {
    static LAST: RefCell<Option<EmitsInDrop>> = const { RefCell::new(None) };
}

/// Emits from the destructor of a thread-local.
fn emit_at_a_threads_end(title: &'static str) {
    let thread = thread::spawn(move || {
        LAST.with(|last| *last.borrow_mut() = Some(EmitsInDrop(title)));
    });
    assert!(thread.join().is_ok());
}

#[test]
fn what_is_emitted_goes_to_the_installed_pipeline_and_is_counted_where_there_is_none() {
    // Before: counted.
    emit_at_a_threads_end("too early");
    assert_eq!(uninstalled(), 3);
    alert_core::emit(Alert::info("too early"));
    assert!(
        !alert_core::emit_within(Alert::info("too early"), LIMIT),
        "at once"
    );
    assert!(alert_core::emit_tracked(Alert::info("too early")).is_none());
    assert_eq!(uninstalled(), 6);

    // Installed: delivered, and what came before is told.
    let (lines, first) = (Lines::new(), Record::new());
    let pipeline = lines.listening(|| Pipeline::builder().entry(first.sink("first")).build());
    let guard = install(pipeline);
    lines.wait_for(&[
        "WARN",
        "6 alerts were raised before a pipeline was installed",
    ]);
    info("one").emit();
    assert!(warning("two").emit_within(LIMIT));
    let outcomes = critical("three").emit_tracked().unwrap().wait(LIMIT);
    assert!(outcomes.get("first").unwrap().is_delivered());
    emit_at_a_threads_end("at a thread's end");
    assert!(guard.pipeline().flush(LIMIT));
    assert_eq!(first.titles()[..3], ["one", "two", "three"]);
    assert_eq!(first.titles()[3..], ["at a thread's end"; 3]);

    // Another one takes over; the first is kept by its own guard.
    let second = Record::new();
    let newer = install(Pipeline::builder().entry(second.sink("second")).build());
    info("for the second").emit();
    guard.pipeline().emit(Alert::info("for the first"));
    let emitter = guard.pipeline().emitter();
    drop(guard);
    assert!(emitter.is_closed(), "the guard closes");
    assert_eq!(first.titles().last().unwrap(), "for the first");
    info("still for the second").emit();

    // Closed, but still installed: counted as closed.
    assert!(newer.pipeline().close(LIMIT));
    let outcomes = info("closed").emit_tracked().unwrap().wait(LIMIT);
    assert_eq!(outcomes.get("second").unwrap().reason(), Reason::Closed);
    assert_eq!(assert_ended(newer.pipeline()).process.closed, 1);
    assert_eq!(second.titles(), ["for the second", "still for the second"]);

    // After the end: counted again.
    drop(newer);
    emit_at_a_threads_end("too late");
    assert_eq!(uninstalled(), 9);
}
