use alert_core::{
    Alert, Attempt, Delivered, Limits, OpenContext, Plan, Sink, SinkEntry, SinkError,
};

use crate::{Doorway, Gate, Recording};

/// Delivers one alert each time its gate lets one pass: as slow as the test
/// wants, without a sleep.
///
/// ```
/// use alert_core::{Alert, Pipeline};
/// use alert_testkit::{Gate, Slow, TestPipeline};
///
/// let gate = Gate::new();
/// let slow = Slow::new(&gate);
/// let pipeline = TestPipeline::start(Pipeline::builder().entry(slow.entry("a")));
/// for n in 0..3 {
///     pipeline.emit(Alert::info(format!("{n}")));
/// }
/// gate.pass(2);
/// gate.wait_for(3); // the third has come, and stands there
/// assert_eq!(slow.taken().titles(), ["0", "1"]);
/// gate.open();
/// ```
#[derive(Debug, Clone)]
pub struct Slow {
    way: Doorway,
    taken: Recording,
}

impl Slow {
    /// As slow as this gate.
    pub fn new(gate: &Gate) -> Self {
        Self {
            way: gate.doorway(),
            taken: Recording::new(),
        }
    }

    /// A sink as slow as that.
    pub fn entry(&self, name: impl Into<String>) -> SinkEntry {
        SinkEntry::new(name, self.plan())
    }

    /// The recipe of such a sink.
    pub fn plan(&self) -> Plan {
        let slow = self.clone();
        Plan::opener("slow", Limits::none(), move |_: &OpenContext<'_>| {
            Ok(slow.clone())
        })
    }

    /// What was delivered.
    pub fn taken(&self) -> &Recording {
        &self.taken
    }
}

impl Sink for Slow {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.way.enter();
        self.taken.note(alert, attempt);
        Ok(Delivered::new())
    }
}
