use std::time::Instant;

use alert_core::{
    Alert, Attempt, Delivered, Limits, OpenContext, Plan, Sink, SinkEntry, SinkError,
};

use crate::{Answer, Place, Recording};

/// Panics each time at one place, and works everywhere else.
#[derive(Debug, Clone)]
pub struct Panicking {
    place: Place,
    answer: Answer,
    taken: Recording,
}

impl Panicking {
    /// Panics there with a text.
    pub fn at(place: Place) -> Self {
        Self {
            place,
            answer: Answer::Panic,
            taken: Recording::new(),
        }
    }

    /// Panics there with a payload whose `Drop` panics too.
    pub fn badly_at(place: Place) -> Self {
        Self {
            answer: Answer::PanicWithBadPayload,
            ..Self::at(place)
        }
    }

    /// A sink that does so.
    pub fn entry(&self, name: impl Into<String>) -> SinkEntry {
        SinkEntry::new(name, self.plan())
    }

    /// The recipe of such a sink.
    pub fn plan(&self) -> Plan {
        let plan = self.clone();
        Plan::opener("panicking", Limits::none(), move |_: &OpenContext<'_>| {
            let _ = plan.act(Place::Open)?;
            Ok(PanickingSink(plan.clone()))
        })
    }

    /// What was delivered.
    pub fn taken(&self) -> &Recording {
        &self.taken
    }

    fn act(&self, place: Place) -> Result<Delivered, SinkError> {
        if place == self.place {
            self.answer.give()
        } else {
            Ok(Delivered::new())
        }
    }
}

struct PanickingSink(Panicking);

impl Sink for PanickingSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let delivered = self.0.act(Place::Deliver)?;
        self.0.taken.note(alert, attempt);
        Ok(delivered)
    }

    fn flush(&mut self, _: Instant) -> Result<(), SinkError> {
        self.0.act(Place::Flush).map(drop)
    }
}

impl Drop for PanickingSink {
    fn drop(&mut self) {
        // A second panic while one unwinds would end the process.
        if !std::thread::panicking() {
            let _ = self.0.act(Place::Drop);
        }
    }
}
