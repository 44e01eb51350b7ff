//! `reqwest` by itself: it sends bodies, and looks at nothing but the status.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream;

use super::server::Server;

/// Sends these bodies, so many at a time, from the making of the first to the last answer.
pub(super) fn send(bodies: impl Iterator<Item = Vec<u8>>, in_flight: usize) -> Duration {
    let server = Server::start(false);
    let url = server.url();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .expect("a runtime is made");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .http1_only()
        .build()
        .expect("a client is made");
    let start = Instant::now();
    runtime.block_on(async {
        let requests = stream::iter(bodies).map(|body| {
            let request = client.post(&url).header("content-type", "application/json");
            request.body(body).send()
        });
        let mut answers = requests.buffer_unordered(in_flight);
        while let Some(answer) = answers.next().await {
            let status = answer.expect("the server answers").status();
            assert_eq!(status.as_u16(), 204);
        }
    });
    start.elapsed()
}
