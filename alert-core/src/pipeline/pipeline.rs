use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::builder::PipelineBuilder;
use super::dispatcher::Dispatcher;
use super::hub::Hub;
use super::receipt::Receipt;
use super::reload::{ReloadError, Reloaded};
use super::reporter::Report;
use super::stats::Stats;
use crate::alert::{Alert, Redaction, guard};

/// Owns the sinks and their threads. Dropping it closes it within 5 s.
///
/// ```
/// use alert_core::{Alert, Attempt, Delivered, Pipeline, Sink, SinkEntry, SinkError};
/// use std::time::Duration;
///
/// struct Quiet;
/// impl Sink for Quiet {
///     fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
///         Ok(Delivered::new())
///     }
/// }
///
/// let pipeline = Pipeline::builder()
///     .entry(SinkEntry::opener("quiet", |_| Ok(Quiet)))
///     .build();
/// pipeline.emit(Alert::warning("disk full").context("free", "2 %"));
/// assert!(pipeline.close(Duration::from_secs(5)));
/// assert_eq!(pipeline.stats().sink("quiet").unwrap().ledger.delivered(), 1);
/// ```
#[must_use = "dropping it closes it"]
pub struct Pipeline {
    emitter: Emitter,
    /// No thread could be started for the dispatcher: it runs at close, on the
    /// closing thread.
    threadless: bool,
}

/// How long a drop waits for what is pending.
pub(super) const CLOSE_ON_DROP: Duration = Duration::from_secs(5);

impl Pipeline {
    /// Begins a pipeline without sinks.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::new()
    }

    pub(super) fn start(hub: Arc<Hub>, start: impl FnOnce(Arc<Hub>) -> bool) -> Self {
        let threadless = !start(hub.clone());
        Self {
            emitter: Emitter(hub),
            threadless,
        }
    }

    /// A cheap handle for emitting; it may outlive the pipeline, and then only
    /// counts.
    pub fn emitter(&self) -> Emitter {
        self.emitter.clone()
    }

    /// As [`Emitter::emit`].
    pub fn emit(&self, alert: impl Into<Alert>) {
        self.emitter.emit(alert);
    }

    /// As [`Emitter::emit_within`].
    pub fn emit_within(&self, alert: impl Into<Alert>, wait: Duration) -> bool {
        self.emitter.emit_within(alert, wait)
    }

    /// As [`Emitter::emit_tracked`].
    pub fn emit_tracked(&self, alert: impl Into<Alert>) -> Receipt {
        self.emitter.emit_tracked(alert)
    }

    /// Waits until everything emitted before the call has come to its end at
    /// every sink and the sinks are flushed, at most this long. Blocks. Returns
    /// whether all of it was done in time.
    pub fn flush(&self, within: Duration) -> bool {
        self.emitter.0.flush(within)
    }

    /// Delivers what is pending, flushes and drops the sinks, at most this long
    /// (plus 200 ms), whatever hangs. What is then not delivered is counted as
    /// abandoned; what is emitted later, as closed. A sink with a fallback must be
    /// done before the last quarter of the time, at most a second: its fallback
    /// has that for what it left, and a chain shares it. Blocks; from async code
    /// call it in `spawn_blocking`. May be called from any thread, and again.
    /// Returns whether everything came to its end and every sink was let go.
    pub fn close(&self, within: Duration) -> bool {
        self.emitter.close(within, self.threadless)
    }

    /// As [`Emitter::reload`].
    pub fn reload(
        &self,
        builder: PipelineBuilder,
        within: Duration,
    ) -> Result<Reloaded, ReloadError> {
        self.emitter.reload(builder, within)
    }

    /// The books. Does not block.
    pub fn stats(&self) -> Stats {
        self.emitter.stats()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.close(CLOSE_ON_DROP);
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}

/// Hands alerts to a pipeline, from any thread. Cheap to clone.
#[derive(Clone)]
pub struct Emitter(pub(super) Arc<Hub>);

impl Emitter {
    /// Hands over an alert. Never panics, never waits for a sink, does no I/O;
    /// when the intake is full the oldest alert of the same severity is shed
    /// and counted.
    pub fn emit(&self, alert: impl Into<Alert>) {
        let alert = alert.into();
        // Nothing in there is known to panic; the promise holds all the same.
        let _ = guard(|| self.0.emit(alert, None));
    }

    /// Hands over an alert once there is room for it in the intake and in every
    /// lane, waiting at most this long: for batch jobs that would rather wait
    /// than lose. Blocks. Without room in time it is handed over as by
    /// [`Emitter::emit`]; returns whether there was room.
    pub fn emit_within(&self, alert: impl Into<Alert>, wait: Duration) -> bool {
        let alert = alert.into();
        guard(|| self.0.emit_within(alert, wait)).unwrap_or(false)
    }

    /// Hands over an alert as [`Emitter::emit`] does, and returns a receipt on
    /// which its outcome at each sink can be awaited.
    pub fn emit_tracked(&self, alert: impl Into<Alert>) -> Receipt {
        self.0.emit_tracked(alert.into())
    }

    /// Brings the pipeline to what `builder` describes, while alerts flow: none
    /// is lost and none doubled. What was emitted before the call goes to the
    /// sinks as they are, what is emitted after its return to those that are
    /// described.
    ///
    /// A sink is known by its name. One whose entry did not change keeps its
    /// lane: sink, queue, gates, health. Where delivery or filter changed, the
    /// queue and the books stay; gates begin anew only if theirs changed. Where
    /// the plan changed, the attempt under way comes to its end, the old sink is
    /// flushed and dropped and the new one opened, for what waits too; a halted
    /// sink has another chance. A sink that is described no more delivers what
    /// it holds, for at most `within`, and what is then left is abandoned; one of
    /// its name that comes later is another sink and does not wait for that. Plans
    /// made in code are the same only as clones of each other.
    ///
    /// Source and context for alerts are taken over; clock, intake and the
    /// observers given to the builder stay those of the first. Runs the kinds'
    /// parsers and checks on this thread; blocks for a moment, not for what
    /// drains.
    ///
    /// # Errors
    /// If a described sink can never be opened (two of one name, two that claim
    /// one file, a broken plan) or the pipeline is closed; then all stays as it
    /// was.
    pub fn reload(
        &self,
        builder: PipelineBuilder,
        within: Duration,
    ) -> Result<Reloaded, ReloadError> {
        self.0.reload(builder, within)
    }

    /// What is taken out of its alerts now. A builder for a reload begins with
    /// it, so that secrets which were rotated since the start stay known.
    pub fn redaction(&self) -> Redaction {
        Redaction::clone(&self.0.redaction.load())
    }

    /// Tells something about a sink, or about the whole if `sink` is empty,
    /// to the observers and through the `tracing` of whoever built the pipeline,
    /// as the pipeline tells its own troubles. Does not block. What does not fit
    /// into the reporter's queue is dropped and counted.
    pub fn trouble(&self, sink: impl Into<Arc<str>>, text: impl Into<Arc<str>>) {
        self.0.reporter.report(Report::Trouble {
            sink: sink.into(),
            text: text.into(),
        });
    }

    /// The pipeline's books. Does not block.
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// Whether the pipeline has been closed.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    pub(super) fn close(&self, within: Duration, threadless: bool) -> bool {
        if threadless && self.0.begin_close(within) {
            Dispatcher::new(self.0.clone()).run();
        }
        self.0.close(within)
    }
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter").finish_non_exhaustive()
    }
}
