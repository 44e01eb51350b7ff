use alert_core::{OpenContext, Sink, SinkConfig, SinkError};

#[derive(serde::Deserialize)]
struct PagerConfig {}

impl SinkConfig for PagerConfig {
    const KIND: &'static str = "pager";
    type Sink = Box<dyn Sink>;

    fn open(&self, _: &OpenContext<'_>) -> Result<Box<dyn Sink>, SinkError> {
        Err(SinkError::unusable("there is no pager"))
    }
}

fn main() {}
