use alert_core::{Alert, Attempt, Delivered, Sink, SinkError};

use crate::event;
use crate::sets::Set;

/// Gives alerts to the program's `tracing` subscriber; see the crate's documentation.
/// [`TracingConfig`](crate::TracingConfig) opens it.
#[derive(Debug)]
pub struct TracingSink {
    set: &'static Set,
}

impl TracingSink {
    pub(crate) fn new(set: &'static Set) -> Self {
        Self { set }
    }
}

impl Sink for TracingSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let site = self.set.site(alert.severity());
        // What no subscriber wants has been taken all the same: that is the program's own filter.
        if site.is_wanted() {
            event::dispatch(self.set, site, alert, attempt);
        }
        Ok(Delivered::new())
    }
}
