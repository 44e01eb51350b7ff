use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use alert_core::{
    Alert, Attempt, Delivered, Limits, OpenContext, Plan, Sink, SinkEntry, SinkError,
};

use crate::{Answer, Recording};

/// Answers call by call as it was told, and takes everything after that.
///
/// The script goes on over reopenings. Every attempt is in
/// [`Scripted::attempts`], what was taken also in [`Scripted::taken`].
///
/// ```
/// use alert_core::{Alert, Pipeline};
/// use alert_testkit::{Answer, Scripted, TestPipeline};
///
/// let double = Scripted::new([Answer::Rejected]);
/// let pipeline = TestPipeline::start(Pipeline::builder().entry(double.entry("a")));
/// pipeline.emit(Alert::info("one"));
/// pipeline.emit(Alert::info("two"));
/// double.taken().wait_for(1);
/// assert_eq!(double.attempts().titles(), ["one", "two"]);
/// assert_eq!(double.taken().titles(), ["two"]);
/// ```
#[derive(Debug, Clone)]
pub struct Scripted {
    inner: Arc<Inner>,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Inner {
    deliver: Script,
    open: Script,
    flush: Script,
    attempts: Recording,
    taken: Recording,
}

#[derive(Debug, Default)]
struct Script(Mutex<VecDeque<Answer>>);

impl Script {
    fn next(&self) -> Answer {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.pop_front().unwrap_or(Answer::Ok)
    }

    fn add(&self, answers: impl IntoIterator<Item = Answer>) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.extend(answers);
    }
}

impl Scripted {
    /// Answers deliveries so.
    pub fn new(deliver: impl IntoIterator<Item = Answer>) -> Self {
        let scripted = Self {
            inner: Arc::default(),
            limits: Limits::none(),
        };
        scripted.inner.deliver.add(deliver);
        scripted
    }

    /// Answers openings so.
    #[must_use = "returns the changed double"]
    pub fn opening(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.inner.open.add(answers);
        self
    }

    /// Answers flushes so.
    #[must_use = "returns the changed double"]
    pub fn flushing(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.inner.flush.add(answers);
        self
    }

    /// Has these limits. Members of a batch are answered one by one.
    #[must_use = "returns the changed double"]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds to what it answers to deliveries.
    pub fn then(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner.deliver.add(answers);
    }

    /// A sink that answers so.
    pub fn entry(&self, name: impl Into<String>) -> SinkEntry {
        SinkEntry::new(name, self.plan())
    }

    /// The recipe of such a sink.
    pub fn plan(&self) -> Plan {
        let inner = self.inner.clone();
        Plan::opener(
            "scripted",
            self.limits.clone(),
            move |_: &OpenContext<'_>| {
                let _ = inner.open.next().give()?;
                Ok(ScriptedSink(inner.clone()))
            },
        )
    }

    /// Every attempt, whatever was answered.
    pub fn attempts(&self) -> &Recording {
        &self.inner.attempts
    }

    /// What was taken.
    pub fn taken(&self) -> &Recording {
        &self.inner.taken
    }
}

struct ScriptedSink(Arc<Inner>);

impl Sink for ScriptedSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0.attempts.note(alert, attempt);
        let delivered = self.0.deliver.next().give()?;
        self.0.taken.note(alert, attempt);
        Ok(delivered)
    }

    fn flush(&mut self, _: Instant) -> Result<(), SinkError> {
        self.0.flush.next().give().map(drop)
    }
}
