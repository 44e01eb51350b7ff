use std::time::Instant;

use alert_core::{
    Alert, Attempt, Delivered, Limits, OpenContext, Plan, Sink, SinkEntry, SinkError,
};

use crate::{Doorway, Gate, Place, Recording};

/// Hangs each time at one place until its gate opens, whatever the deadline
/// says, and works everywhere else.
#[derive(Debug, Clone)]
pub struct Stuck {
    place: Place,
    way: Doorway,
    taken: Recording,
}

impl Stuck {
    /// Hangs there.
    pub fn at(place: Place, gate: &Gate) -> Self {
        Self {
            place,
            way: gate.doorway(),
            taken: Recording::new(),
        }
    }

    /// A sink that does so.
    pub fn entry(&self, name: impl Into<String>) -> SinkEntry {
        SinkEntry::new(name, self.plan())
    }

    /// The recipe of such a sink.
    pub fn plan(&self) -> Plan {
        let plan = self.clone();
        Plan::opener("stuck", Limits::none(), move |_: &OpenContext<'_>| {
            plan.act(Place::Open);
            Ok(StuckSink(plan.clone()))
        })
    }

    /// What was delivered.
    pub fn taken(&self) -> &Recording {
        &self.taken
    }

    fn act(&self, place: Place) {
        if place == self.place {
            self.way.enter();
        }
    }
}

struct StuckSink(Stuck);

impl Sink for StuckSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0.act(Place::Deliver);
        self.0.taken.note(alert, attempt);
        Ok(Delivered::new())
    }

    fn flush(&mut self, _: Instant) -> Result<(), SinkError> {
        self.0.act(Place::Flush);
        Ok(())
    }
}

impl Drop for StuckSink {
    fn drop(&mut self) {
        self.0.act(Place::Drop);
    }
}
