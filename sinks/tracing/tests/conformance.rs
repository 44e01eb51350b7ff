//! Everything that a sink promises.

mod common;

use alert_sink_tracing::TracingConfig;
use alert_testkit::Rig;
use common::Listener;
use tracing::subscriber::{DefaultGuard, set_default};

const TARGET: &str = "conformance";

/// A subscriber for the test's thread, which its pipelines and sinks take over.
struct Program {
    listener: Listener,
    _set: DefaultGuard,
}

impl Rig for Program {
    type Config = TracingConfig;
    const README: &'static str = include_str!("../README.md");

    fn fresh() -> Self {
        let listener = Listener::to(TARGET);
        let set = set_default(listener.clone());
        Self {
            listener,
            _set: set,
        }
    }

    fn config(&self) -> TracingConfig {
        TracingConfig::new().target(TARGET)
    }

    fn read_back(&self) -> Vec<String> {
        let heard = self.listener.heard();
        let message = |event: &common::Heard| {
            let message = event.field("message").to_owned();
            assert!(!message.chars().any(char::is_control), "{message:?}");
            message
        };
        heard.iter().map(message).collect()
    }
}

alert_testkit::conformance!(Program);
