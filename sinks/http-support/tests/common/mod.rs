//! A client for a scripted server.
#![allow(dead_code, reason = "each test binary uses some of it")]

pub(crate) mod pager;

use std::time::{Duration, Instant};

use alert_core::{Secret, SinkError};
use alert_http_support::{Answer, Client, Endpoint, HttpConfig, Method, Proxies, Request};
use alert_testkit::http::{HttpServer, Reply};

/// What no test should reach; on the way, the secrets of its URL.
pub(crate) const PATH: &str = "/hooks/t0ps3cret-token?key=qu3ry-secret";

pub(crate) fn endpoint(url: &str) -> Endpoint {
    Endpoint::parse(&Secret::new(url)).unwrap()
}

pub(crate) fn client(endpoint: &Endpoint) -> Client {
    let config = HttpConfig::new();
    Client::new(&config, endpoint)
        .unwrap()
        .proxies(Proxies::none())
}

pub(crate) fn in_time() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_millis(500)
}

pub(crate) fn post(endpoint: &Endpoint) -> Request {
    Request::new(Method::Post, endpoint).json(r#"{"a":1}"#)
}

/// One request to a server that answers so.
pub(crate) fn ask(reply: Reply, deadline: Instant) -> Result<Answer, SinkError> {
    let server = HttpServer::start([reply]);
    let endpoint = endpoint(&server.url(PATH));
    client(&endpoint).send(post(&endpoint), deadline)
}

/// The error in all its words, as a lane shows it.
pub(crate) fn words(error: &SinkError) -> String {
    assert!(std::error::Error::source(error).is_none(), "{error:?}");
    error.to_string()
}

#[track_caller]
pub(crate) fn hides_the_url(text: &str) {
    for secret in ["t0ps3cret", "qu3ry", "hooks/", "127.0.0.1", "http://"] {
        assert!(!text.contains(secret), "{text}");
    }
}
