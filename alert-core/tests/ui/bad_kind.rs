use alert_core::{OpenContext, Sink, SinkConfig, SinkError};

#[derive(Debug, serde::Deserialize)]
struct PagerConfig {}

impl SinkConfig for PagerConfig {
    const KIND: &'static str = "Pager_2";
    type Sink = Box<dyn Sink>;

    fn open(&self, _: &OpenContext<'_>) -> Result<Box<dyn Sink>, SinkError> {
        Err(SinkError::unusable("there is no pager"))
    }
}

alert_core::register_sink! {
    /// Sends alerts to a pager.
    pub PAGER: PagerConfig
}

fn main() {}
