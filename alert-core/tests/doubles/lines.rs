use std::fmt::{Debug, Write};
use std::sync::{Arc, Condvar, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

use super::LIMIT;

/// What was said to `tracing`, one line an event. Clones are the same lines.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Inner>);

#[derive(Default)]
struct Inner {
    lines: Mutex<Vec<String>>,
    changed: Condvar,
    call: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Lines whose subscriber also does this for each event.
    pub(crate) fn that_call(call: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            call: Some(Box::new(call)),
            ..Inner::default()
        }))
    }

    /// Runs `build` with these lines as the thread's subscriber.
    pub(crate) fn listening<R>(&self, build: impl FnOnce() -> R) -> R {
        // While there is only one subscriber, `tracing` asks that of the thread
        // alone that comes to a line first, and where that has none (another
        // test's pipeline) the line is silent for all. So there are two.
        static ANOTHER: OnceLock<Dispatch> = OnceLock::new();
        ANOTHER.get_or_init(|| Dispatch::new(Listener(Lines::default())));
        tracing::subscriber::with_default(Listener(self.clone()), build)
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lines.lock().unwrap().clone()
    }

    /// Waits for a line that holds all of these; the line.
    pub(crate) fn wait_for(&self, parts: &[&str]) -> String {
        let Inner { lines, changed, .. } = &*self.0;
        let mut lines = lines.lock().unwrap();
        loop {
            let found = lines
                .iter()
                .find(|line| parts.iter().all(|part| line.contains(part)));
            if let Some(line) = found {
                return line.clone();
            }
            let (next, timeout) = changed.wait_timeout(lines, LIMIT).unwrap();
            assert!(!timeout.timed_out(), "no line with {parts:?} in {next:#?}");
            lines = next;
        }
    }
}

struct Listener(Lines);

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} ", event.metadata().level()));
        event.record(&mut line);
        let inner = &*self.0.0;
        inner.lines.lock().unwrap().push(line.0);
        inner.changed.notify_all();
        if let Some(call) = &inner.call {
            call();
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a string takes all");
    }
}
