use std::fmt::{self, Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// All that a process logs, at every level and by every crate, through `tracing`
/// and through `log`: to see that something is never in it. Clones share one text.
#[derive(Clone, Default)]
pub struct Logged(Arc<Mutex<String>>);

impl Logged {
    /// Listens to the whole process from now on.
    ///
    /// # Panics
    /// If something else does already: a test of its own file is wanted.
    pub fn everything() -> Self {
        let logged = Self::default();
        assert!(
            tracing::subscriber::set_global_default(logged.clone()).is_ok(),
            "another subscriber of `tracing` is there"
        );
        let logger: &'static Self = Box::leak(Box::new(logged.clone()));
        assert!(log::set_logger(logger).is_ok(), "another logger is there");
        log::set_max_level(log::LevelFilter::Trace);
        logged
    }

    /// What was logged so far: a line for each event, beginning with its target.
    pub fn text(&self) -> String {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, words: fmt::Arguments<'_>) {
        // Writing to a string does not fail; a value's own Debug may, and has its words then.
        let _ = self.lock().write_fmt(words);
    }
}

/// Only that there is one.
impl Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Logged(…)")
    }
}

impl Visit for Logged {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Made before the lock is taken: a value may log while it is written.
        let words = format!(" {field}={value:?}");
        self.add(format_args!("{words}"));
    }
}

impl Subscriber for Logged {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        self.add(format_args!("\n{}:", event.metadata().target()));
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl log::Log for Logged {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let words = format!("\n{}: {}", record.target(), record.args());
        self.add(format_args!("{words}"));
    }

    fn flush(&self) {}
}
