use std::net::SocketAddr;

use alert_core::{Findings, JsonValue, Limits, OpenContext, Secret, SinkConfig, SinkError, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::__Kind__Sink;

/// The configuration of a `__kind__` sink.
// The words at the fields are what a person sees in `alert sinks` and in the editor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct __Kind__Config {
    /// Where the service listens: a loopback address and a port (`127.0.0.1:7007`).
    pub address: SocketAddr,
    /// What the service knows the sender by. One line.
    pub token: Secret,
}

impl __Kind__Config {
    /// A service at this address that knows the sender by this token.
    pub fn new(address: SocketAddr, token: impl Into<String>) -> Self {
        let token = Secret::new(token);
        Self { address, token }
    }
}

impl SinkConfig for __Kind__Config {
    const KIND: &'static str = "__kind__";
    type Sink = __Kind__Sink;

    // On the sink's own thread, and again after a panic or an `unusable` error. A client is made here.
    fn open(&self, _: &OpenContext<'_>) -> Result<Self::Sink, SinkError> {
        let sink = __Kind__Sink::new(self.clone());
        Ok(sink)
    }

    // What is longer is cut before it comes here. The id is sent anyway, so no cut has to name it.
    fn limits(&self) -> Limits {
        Limits::none()
            .title(Text::chars(200))
            .message(Text::bytes(8 * 1024))
            .entries(50)
            .shows_id()
    }

    // Mistakes that the types do not show, before anything is opened.
    fn check(&self, found: &mut Findings) {
        if !self.address.ip().is_loopback() {
            found.error(
                "address",
                "the token would cross a network as it is: the address must be a loopback one",
            );
        }
        let token = self.token.expose();
        if token.is_empty() || token.contains(['\r', '\n']) {
            found.error("token", "the token must be one line of text");
        }
    }

    fn schema() -> JsonValue {
        alert_core::schema_of::<Self>()
    }
}
