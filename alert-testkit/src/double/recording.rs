use std::sync::Arc;
use std::time::{Duration, Instant};

use alert_core::{
    Alert, AlertId, Attempt, Batch, Delivered, Fallback, Firing, Handle, Limits, Losses,
    OpenContext, Plan, Sink, SinkEntry, SinkError, Suppressed,
};

use crate::SAFETY;
use crate::watched::Watched;

/// Keeps everything it is given. Clones share one list.
///
/// ```
/// use alert_core::{Alert, Pipeline};
/// use alert_testkit::{Recording, TestPipeline};
///
/// let seen = Recording::new();
/// let pipeline = TestPipeline::start(Pipeline::builder().entry(seen.entry("a")));
/// pipeline.emit(Alert::info("hello"));
/// seen.wait_for(1);
/// assert_eq!(seen.titles(), ["hello"]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Recording {
    shared: Arc<Watched<State>>,
    limits: Limits,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<Seen>,
    opened: usize,
    flushed: usize,
    dropped: usize,
}

/// One alert as a sink saw it, with what its attempt told.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The alert.
    pub alert: Alert,
    /// Which attempt it was, from 1.
    pub number: u32,
    /// How long after its acceptance.
    pub late_by: Duration,
    /// What it stands for.
    pub stands_for: Option<Suppressed>,
    /// What was lost in the lane before it.
    pub lost: Losses,
    /// What the service called the last message of its key.
    pub previous: Option<Handle>,
    /// Which firing alert it tells of too.
    pub firing: Option<Firing>,
    /// Whose fallback it is.
    pub instead_of: Option<Fallback>,
    /// Which batch it came in, from 1; a lone alert is a batch of its own.
    pub batch: usize,
}

impl Seen {
    fn new(alert: &Alert, attempt: &Attempt<'_>, batch: usize) -> Self {
        Self {
            alert: alert.clone(),
            number: attempt.number(),
            late_by: attempt.late_by(),
            stands_for: attempt.stands_for().cloned(),
            lost: *attempt.lost(),
            previous: attempt.previous().cloned(),
            firing: attempt.firing().cloned(),
            instead_of: attempt.instead_of().cloned(),
            batch,
        }
    }
}

impl Recording {
    /// An empty list, whose sinks take alerts one by one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same list, for sinks with these limits.
    #[must_use = "returns the changed recording"]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A sink that writes into the list.
    pub fn entry(&self, name: impl Into<String>) -> SinkEntry {
        SinkEntry::new(name, self.plan())
    }

    /// The recipe of such a sink.
    pub fn plan(&self) -> Plan {
        let recording = self.clone();
        Plan::opener(
            "recording",
            self.limits.clone(),
            move |_: &OpenContext<'_>| Ok(recording.sink()),
        )
    }

    /// Such a sink by itself.
    pub fn sink(&self) -> impl Sink + use<> {
        self.shared.change(|state| state.opened += 1);
        RecordingSink(self.clone())
    }

    /// Everything so far, in order.
    pub fn list(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }

    /// The titles so far, in order.
    pub fn titles(&self) -> Vec<String> {
        self.shared
            .lock()
            .seen
            .iter()
            .map(|seen| seen.alert.title().to_owned())
            .collect()
    }

    /// The ids so far, in order.
    pub fn ids(&self) -> Vec<AlertId> {
        self.shared
            .lock()
            .seen
            .iter()
            .map(|seen| seen.alert.id())
            .collect()
    }

    /// How many there are so far.
    pub fn len(&self) -> usize {
        self.shared.lock().seen.len()
    }

    /// Whether there is none so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How often a sink was opened.
    pub fn opened(&self) -> usize {
        self.shared.lock().opened
    }

    /// How often a sink was flushed.
    pub fn flushed(&self) -> usize {
        self.shared.lock().flushed
    }

    /// How many of the sinks were dropped.
    pub fn dropped(&self) -> usize {
        self.shared.lock().dropped
    }

    /// Waits until there are this many. Blocks.
    ///
    /// # Panics
    /// If there are not within [`SAFETY`].
    #[track_caller]
    pub fn wait_for(&self, alerts: usize) {
        let came = self.shared.wait(SAFETY, |state| state.seen.len() >= alerts);
        if let Err(state) = came {
            panic!(
                "{} of {alerts} alerts came within {SAFETY:?}",
                state.seen.len()
            );
        }
    }

    /// Notes an alert, for doubles of a test's own.
    pub fn note(&self, alert: &Alert, attempt: &Attempt<'_>) {
        self.note_batch([(alert, attempt)]);
    }

    fn note_batch<'a>(&self, items: impl IntoIterator<Item = (&'a Alert, &'a Attempt<'a>)>) {
        self.shared.change(|state| {
            let batch = state.seen.last().map_or(0, |seen| seen.batch) + 1;
            let seen = items
                .into_iter()
                .map(|(alert, attempt)| Seen::new(alert, attempt, batch));
            state.seen.extend(seen);
        });
    }
}

struct RecordingSink(Recording);

impl Sink for RecordingSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0.note(alert, attempt);
        Ok(Delivered::new())
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        self.0.note_batch(batch.iter());
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), SinkError> {
        self.0.shared.change(|state| state.flushed += 1);
        Ok(())
    }
}

impl Drop for RecordingSink {
    fn drop(&mut self) {
        self.0.shared.change(|state| state.dropped += 1);
    }
}
