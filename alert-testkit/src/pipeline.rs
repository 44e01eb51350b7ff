use std::ops::Deref;
use std::thread;
use std::time::Duration;

use alert_core::{Pipeline, PipelineBuilder};

use crate::{HandClock, SAFETY};

/// How long a close at the end of a test may take by the pipeline's clock.
const AT_END: Duration = Duration::from_secs(5);
/// In how many steps a hand clock passes the time of a close.
const STEPS: u32 = 20;
/// How often a closing pipeline is looked at, and how often without a change
/// before its clock is moved.
const LOOK: Duration = Duration::from_millis(5);
const QUIET: u32 = 5;

/// A pipeline whose books are checked when the test ends.
///
/// Dropping it closes it and asserts that nothing is pending and that both
/// ledgers balance, also when a sink hangs; while a test is failing already it
/// only closes. It is used like the [`Pipeline`] in it.
#[derive(Debug)]
#[must_use = "dropping it closes it"]
pub struct TestPipeline {
    pipeline: Pipeline,
    clock: Option<HandClock>,
}

impl TestPipeline {
    /// Starts a pipeline on the machine's clock.
    pub fn start(builder: PipelineBuilder) -> Self {
        Self {
            pipeline: builder.build(),
            clock: None,
        }
    }

    /// Starts a pipeline on this clock. Its `flush` waits by the clock too: for a
    /// sink that hangs it waits until the clock is moved.
    pub fn on(clock: &HandClock, builder: PipelineBuilder) -> Self {
        Self {
            pipeline: builder.clock(clock.clone()).build(),
            clock: Some(clock.clone()),
        }
    }

    /// Closes as [`Pipeline::close`] does. On a [`HandClock`] the time passes
    /// whenever nothing moves for a moment, so that pauses end at once and a
    /// sink that hangs is left behind.
    pub fn close(&self, within: Duration) -> bool {
        let Some(clock) = &self.clock else {
            return self.pipeline.close(within);
        };
        thread::scope(|scope| {
            let closing = scope.spawn(|| self.pipeline.close(within));
            // Without the hand's help a close whose sink hangs would never end.
            let step = (within / STEPS).max(Duration::from_millis(1));
            while self.needs_time(|| closing.is_finished()) {
                clock.advance(step);
            }
            closing.join().unwrap_or(false)
        })
    }

    /// Waits in real time until the close has ended (false), or nothing has
    /// moved for a moment (true).
    fn needs_time(&self, has_ended: impl Fn() -> bool) -> bool {
        let (mut quiet, mut before) = (0, u64::MAX);
        while quiet < QUIET {
            if has_ended() {
                return false;
            }
            // Nobody unparks this thread: it is a pause that ends by itself.
            thread::park_timeout(LOOK);
            let stats = self.pipeline.stats();
            let pending = stats.sinks.iter().map(|sink| sink.ledger.pending()).sum();
            quiet = if pending == before { quiet + 1 } else { 0 };
            before = pending;
        }
        !has_ended()
    }

    /// Checks the books of the pipeline, which must be closed.
    ///
    /// # Panics
    /// If something is pending or a ledger does not balance.
    #[track_caller]
    pub fn check(&self) {
        let stats = self.pipeline.stats();
        let process = &stats.process;
        assert!(
            process.is_balanced(),
            "the process ledger does not balance: {process:?}"
        );
        assert_eq!(
            process.waiting, 0,
            "alerts wait for a closed pipeline: {process:?}"
        );
        for sink in &stats.sinks {
            let ledger = &sink.ledger;
            assert!(
                ledger.is_balanced(),
                "the ledger of {} does not balance: {ledger:?}",
                sink.name
            );
            assert_eq!(
                ledger.pending(),
                0,
                "alerts are pending at {} after the close: {ledger:?}",
                sink.name
            );
            // A notice of the pipeline's own goes to all sinks but one; what a gate
            // held back may come once more, as a fallback.
            let as_fallback = ledger.as_fallback();
            assert!(
                as_fallback <= process.routed && ledger.offered() - as_fallback <= process.routed,
                "{} was offered more than was routed: {ledger:?}, {process:?}",
                sink.name
            );
        }
    }
}

impl Deref for TestPipeline {
    type Target = Pipeline;

    fn deref(&self) -> &Pipeline {
        &self.pipeline
    }
}

impl Drop for TestPipeline {
    fn drop(&mut self) {
        if !self.close(AT_END) && self.clock.is_none() {
            // The bound passed while something hung; the dispatcher may be a
            // moment behind on a busy machine.
            self.pipeline.close(SAFETY);
        }
        if !thread::panicking() {
            self.check();
        }
    }
}
