//! A sink driven by hand, on a thread of its own as in a pipeline.

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use alert_core::{
    Alert, Attempt, Batch, Delivered, Handle, OpenContext, Sink, SinkConfig, SinkError,
};
use tracing::dispatcher;

/// How long an attempt may take unless a clause says otherwise.
pub(super) const ATTEMPT: Duration = Duration::from_secs(10);
/// How much later than its deadline a sink may return on a busy machine.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How long dropping a sink may take.
pub(super) const DROP: Duration = Duration::from_secs(2);

type Job<C> = Box<dyn FnOnce(&C, &mut Option<<C as SinkConfig>::Sink>) + Send>;
pub(super) type Answered = Result<Delivered, SinkError>;

pub(super) struct Hand<C: SinkConfig> {
    jobs: mpsc::Sender<Job<C>>,
}

impl<C: SinkConfig> Hand<C> {
    /// Nothing is opened yet.
    pub(super) fn of(config: C) -> Self {
        let (jobs, queue) = mpsc::channel::<Job<C>>();
        // A sink may speak to the subscriber of the test's thread.
        let subscriber = dispatcher::get_default(Clone::clone);
        thread::spawn(move || {
            let _mine = alert_core::mine();
            dispatcher::with_default(&subscriber, || {
                let mut sink = None;
                for job in queue {
                    job(&config, &mut sink);
                }
            });
        });
        Self { jobs }
    }

    /// Opens the sink, which must work.
    #[track_caller]
    pub(super) fn opened(config: C) -> Self {
        let hand = Self::of(config);
        if let Err(error) = hand.open(ATTEMPT) {
            panic!("the sink does not open: {}", whole(&error));
        }
        hand
    }

    /// Runs a part of the sink's life, which must end in time, without a panic.
    #[track_caller]
    fn run<T: Send + 'static>(
        &self,
        what: &str,
        within: Duration,
        part: impl FnOnce(&C, &mut Option<C::Sink>) -> T + Send + 'static,
    ) -> T {
        let (answer, answered) = mpsc::channel();
        let job: Job<C> = Box::new(move |config, sink| {
            let _ = answer.send(catch_unwind(AssertUnwindSafe(|| part(config, sink))));
        });
        assert!(self.jobs.send(job).is_ok(), "the sink's thread has ended");
        match answered.recv_timeout(within) {
            Ok(Ok(answer)) => answer,
            Ok(Err(payload)) => panic!("the sink panicked in {what}: {}", text_of(&*payload)),
            Err(RecvTimeoutError::Timeout) => {
                panic!("the sink did not return from {what} within {within:?}")
            }
            Err(RecvTimeoutError::Disconnected) => panic!("the sink's thread ended in {what}"),
        }
    }

    /// Opens the sink (anew).
    #[track_caller]
    pub(super) fn open(&self, within: Duration) -> Result<(), SinkError> {
        self.drop_sink();
        self.run(
            "`open`",
            within.saturating_add(GRACE),
            move |config, sink| {
                *sink = Some(config.open(&OpenContext::new("conformance", within))?);
                Ok(())
            },
        )
    }

    #[track_caller]
    pub(super) fn deliver(&self, alert: &Alert) -> Answered {
        self.attempt(alert, ATTEMPT, None)
    }

    /// Delivers what must be taken; returns what the message is called.
    #[track_caller]
    pub(super) fn delivered(&self, alert: &Alert) -> Option<Handle> {
        match self.deliver(alert) {
            Ok(delivered) => delivered.handle().cloned(),
            Err(error) => panic!(
                "the sink does not take {:?}: {}",
                alert.title(),
                whole(&error)
            ),
        }
    }

    /// Delivers with these words about the attempt.
    #[track_caller]
    pub(super) fn attempt(
        &self,
        alert: &Alert,
        within: Duration,
        previous: Option<Handle>,
    ) -> Answered {
        let alert = alert.clone();
        self.run("`deliver`", within.saturating_add(GRACE), move |_, sink| {
            let mut attempt = Attempt::first(within);
            if let Some(handle) = &previous {
                attempt = attempt.with_previous(handle);
            }
            open(sink)?.deliver(&alert, &attempt)
        })
    }

    #[track_caller]
    pub(super) fn deliver_batch(&self, alerts: Vec<Alert>) -> Vec<Answered> {
        self.run("`deliver_batch`", ATTEMPT + GRACE, move |_, sink| {
            Batch::by_hand(&alerts, ATTEMPT, |batch| open(sink)?.deliver_batch(batch))
        })
    }

    #[track_caller]
    pub(super) fn flush(&self, within: Duration) -> Result<(), SinkError> {
        self.run("`flush`", within.saturating_add(GRACE), move |_, sink| {
            open(sink)?.flush(Instant::now() + within)
        })
    }

    #[track_caller]
    pub(super) fn flushed(&self) {
        if let Err(error) = self.flush(ATTEMPT) {
            panic!("the sink does not flush: {}", whole(&error));
        }
    }

    #[track_caller]
    pub(super) fn drop_sink(&self) {
        self.run("its own drop", DROP, |_, sink| drop(sink.take()));
    }

    /// Flushes and drops, as a pipeline does when it closes.
    #[track_caller]
    pub(super) fn finish(&self) {
        self.flushed();
        self.drop_sink();
    }
}

fn open<S: Sink>(sink: &mut Option<S>) -> Result<&mut S, SinkError> {
    sink.as_mut()
        .ok_or_else(|| SinkError::unusable("the sink is not open"))
}

/// Everything that an error says, to people and to programmers.
pub(super) fn whole(error: &SinkError) -> String {
    let mut text = format!("{} error: {error}", error.class().as_str());
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    let literal = payload.downcast_ref::<&str>().copied();
    literal
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}
