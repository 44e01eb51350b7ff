use alert_core::{OpenContext, SinkConfig, SinkError};

struct Pager;

#[derive(Debug, serde::Deserialize)]
struct PagerConfig {}

impl SinkConfig for PagerConfig {
    const KIND: &'static str = "pager";
    type Sink = Pager;

    fn open(&self, _: &OpenContext<'_>) -> Result<Pager, SinkError> {
        Ok(Pager)
    }
}

fn main() {}
