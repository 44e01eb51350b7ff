use std::sync::Arc;

use alert_core::delivery::Delivery;
use alert_core::{Alert, Attempt, Batch, Delivered, Limits, Plan, Sink, SinkEntry, SinkError};

use super::{Gate, LIMIT, Record, ms};

/// What a sink does with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivers,
    Rejects,
    /// With an error that might pass, but is given up after one attempt.
    Fails,
    /// Waits at the gate, then delivers.
    Hangs,
}

/// A sink whose dealing with each alert is settled before, by the alert's title.
/// Everything that it is given is recorded, whatever becomes of it.
#[derive(Clone)]
pub(crate) struct Fated {
    pub(crate) fate: Arc<dyn Fn(&str) -> Fate + Send + Sync>,
    pub(crate) gate: Gate,
    pub(crate) record: Record,
    /// How many it takes at once.
    pub(crate) batch: usize,
}

impl Fated {
    /// All alerts the same.
    pub(crate) fn always(fate: Fate) -> Self {
        Self::by(move |_| fate)
    }

    pub(crate) fn by(fate: impl Fn(&str) -> Fate + Send + Sync + 'static) -> Self {
        Self {
            fate: Arc::new(fate),
            gate: Gate::new(),
            record: Record::new(),
            batch: 1,
        }
    }

    /// One attempt for each alert, no pauses worth mentioning.
    pub(crate) fn sink(&self, name: &str) -> SinkEntry {
        let sink = self.clone();
        let limits = Limits::none().batch(self.batch);
        let plan = Plan::opener("fated", limits, move |_| Ok(sink.clone()));
        SinkEntry::new(name, plan).delivery(self.policy(None))
    }

    /// The same with a fallback.
    pub(crate) fn backed(&self, name: &str, fallback: &str) -> SinkEntry {
        self.sink(name).delivery(self.policy(Some(fallback)))
    }

    pub(crate) fn policy(&self, fallback: Option<&str>) -> Delivery {
        let mut delivery = Delivery::default();
        delivery.retry.max_attempts = 1;
        delivery.retry.first = ms(0);
        delivery.circuit.after = u32::MAX;
        // No jump of a clock in the test's hand reaches it.
        delivery.attempt_timeout = LIMIT * 1000;
        delivery.fallback = fallback.map(Into::into);
        delivery
    }
}

impl Sink for Fated {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.record.push(alert, attempt);
        match (self.fate)(alert.title()) {
            Fate::Delivers => {}
            Fate::Rejects => return Err(SinkError::rejected("not that")),
            Fate::Fails => return Err(SinkError::transient("not now")),
            Fate::Hangs => self.gate.pass(),
        }
        Ok(Delivered::new())
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        for (index, (alert, attempt)) in batch.iter().enumerate() {
            let outcome = self.deliver(alert, attempt);
            batch.settle(index, outcome);
        }
        Ok(())
    }
}
