//! What the tests of this crate share.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::time::Duration;

use alert_core::{Alert, Attempt, Batch, OpenContext, Sink, SinkConfig, SinkError};
use alert_sink_generic_webhook::{WebhookConfig, WebhookSink};
use alert_testkit::http::{HttpServer, Received, Reply};

/// How long an attempt may take in tests that do not wait.
pub const LONG: Duration = Duration::from_secs(30);

/// A path that is a secret, as those of chat services are.
pub const PATH: &str = "/hook/path-token-4711";
/// The secret of the published test vector.
pub const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const SIGNING_TOO: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub fn taking() -> HttpServer {
    HttpServer::start([Reply::status(204)])
}

pub fn config(server: &HttpServer) -> WebhookConfig {
    WebhookConfig::new(server.url(PATH))
}

#[track_caller]
pub fn open(config: &WebhookConfig) -> WebhookSink {
    let opened = config.open(&OpenContext::new("hook", LONG));
    opened.expect("the sink opens")
}

pub fn send(sink: &mut WebhookSink, alert: &Alert) -> Result<(), SinkError> {
    sink.deliver(alert, &Attempt::first(LONG)).map(|_| ())
}

/// Alerts with these titles.
pub fn alerts(titles: &[&str]) -> Vec<Alert> {
    titles
        .iter()
        .map(|title| Alert::warning((*title).to_owned()).build())
        .collect()
}

/// Delivers these in requests of so many.
pub fn send_all(
    sink: &mut WebhookSink,
    alerts: &[Alert],
    together: usize,
) -> Vec<Result<(), SinkError>> {
    let answers = Batch::by_hand_with(alerts, LONG, together, 1, |batch| sink.deliver_batch(batch));
    answers
        .into_iter()
        .map(|answer| answer.map(|_| ()))
        .collect()
}

/// The one request that arrived.
#[track_caller]
pub fn only(server: &HttpServer) -> Received {
    let mut received = server.received();
    assert_eq!(received.len(), 1, "{received:#?}");
    received.remove(0)
}

/// Delivers one alert by this config and returns the request that it made.
#[track_caller]
pub fn request(change: impl FnOnce(&mut WebhookConfig), alert: &Alert) -> Received {
    let server = taking();
    let mut config = config(&server);
    change(&mut config);
    send(&mut open(&config), alert).expect("the alert is taken");
    only(&server)
}

/// An error with all its causes.
pub fn whole(error: &SinkError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
