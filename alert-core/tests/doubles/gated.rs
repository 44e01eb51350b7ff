use alert_core::{Alert, Attempt, Delivered, Sink, SinkError};

use super::{Gate, Record};

/// Waits at the gate before each alert, then takes it.
pub(crate) struct Gated(pub(crate) Gate, pub(crate) Record);

impl Sink for Gated {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0.pass();
        self.1.push(alert, attempt);
        Ok(Delivered::new())
    }
}
