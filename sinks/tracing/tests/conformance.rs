//! Everything that a sink promises, for this one.

mod common;

use alert_sink_tracing::TracingConfig;
use alert_testkit::{NoOutage, Outage, Rig, Skip};
use common::Listener;
use tracing::subscriber::{DefaultGuard, set_default};

const TARGET: &str = "conformance";

/// The subscriber of the test's thread.
struct SubscriberRig {
    listener: Listener,
    _default: DefaultGuard,
}

impl Rig for SubscriberRig {
    type Config = TracingConfig;
    const README: &'static str = include_str!("../README.md");

    fn fresh() -> Self {
        let listener = Listener::to(TARGET);
        Self {
            _default: set_default(listener.clone()),
            listener,
        }
    }

    fn config(&self) -> TracingConfig {
        TracingConfig::new().target(TARGET).fields(["odd"])
    }

    fn read_back(&self) -> Vec<String> {
        let heard = self.listener.heard();
        let messages = heard.iter().map(|event| event.field("message"));
        messages
            .inspect(|text| assert!(!text.contains(char::is_control), "{text:?}"))
            .map(str::to_owned)
            .collect()
    }

    fn outage(&self) -> Result<impl Outage, Skip> {
        Err::<NoOutage, _>(Skip::because("a subscriber cannot refuse an event"))
    }

    fn silence(&self) -> Result<impl Outage, Skip> {
        Err::<NoOutage, _>(Skip::because(
            "a subscriber that blocks holds the thread, and is left behind with it",
        ))
    }
}

alert_testkit::conformance!(SubscriberRig);
