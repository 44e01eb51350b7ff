use std::cell::Cell;
use std::rc::Rc;

use alert_core::{Alert, Attempt, Delivered, OpenContext, Sink, SinkConfig, SinkError};

struct Counting(Rc<Cell<u64>>);

impl Sink for Counting {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0.set(self.0.get() + 1);
        Ok(Delivered::new())
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CountingConfig {}

impl SinkConfig for CountingConfig {
    const KIND: &'static str = "counting";
    type Sink = Counting;

    fn open(&self, _: &OpenContext<'_>) -> Result<Counting, SinkError> {
        Ok(Counting(Rc::default()))
    }
}

alert_core::register_sink! {
    /// Counts.
    COUNTING: CountingConfig;
}

fn main() {
    assert_eq!(COUNTING.name(), "counting");
}
