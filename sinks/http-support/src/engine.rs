use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use alert_core::{Mine, SinkError};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Proxy};
use rustls::ClientConfig;
use tokio::runtime::{Builder, Handle, Runtime};

thread_local! {
    static MINE: RefCell<Option<Mine>> = const { RefCell::new(None) };
}

/// How long an unused connection is kept: shorter than what servers and routers usually keep it.
const IDLE: Duration = Duration::from_secs(30);

/// How many threads may wait for the system's resolver: one that is dead keeps each for long.
const RESOLVING: usize = 4;

/// An HTTP client with the runtime that it runs on. Nothing of it runs but within
/// [`Engine::wait`], on the thread that calls it. Dropping it waits for nothing: a resolver that
/// hangs keeps its thread until it returns.
pub(crate) struct Engine {
    /// Taken by `drop` alone.
    runtime: Option<Runtime>,
    http: Client,
}

impl Engine {
    pub(crate) fn start(http: Client) -> Result<Engine, SinkError> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("alert-http")
            .max_blocking_threads(RESOLVING)
            // What the system's resolver says on its thread is the pipeline's own.
            .on_thread_start(|| MINE.with(|mine| *mine.borrow_mut() = Some(alert_core::mine())))
            .build()
            .map_err(|error| {
                SinkError::transient(format!("no runtime for HTTP: {}", error.kind())).not_sent()
            })?;
        Ok(Engine {
            runtime: Some(runtime),
            http,
        })
    }

    /// Goes on with this client, and so without any connection of the one before but those that
    /// have a request in flight.
    pub(crate) fn renew(&mut self, http: Client) {
        self.http = http;
    }

    /// A handle on the client.
    pub(crate) fn http(&self) -> Client {
        self.http.clone()
    }

    /// Runs the client until `what` is there.
    pub(crate) fn wait<F: Future>(&self, what: F) -> Result<F::Output, SinkError> {
        let Some(runtime) = &self.runtime else {
            // Only `drop` takes it.
            return Err(SinkError::unusable("the HTTP client has ended"));
        };
        if Handle::try_current().is_ok() {
            let text = "called inside an async runtime, which it would block: call it on a thread of its own";
            return Err(SinkError::unusable(text).not_sent());
        }
        Ok(runtime.block_on(what))
    }
}

/// Looks at the sockets. While nobody waits, nobody hears that a server has closed a connection; a
/// request that comes to a closed one then goes back unsent, and over a new one.
pub(crate) async fn look() {
    tokio::task::yield_now().await;
}

/// A client without connections.
pub(crate) fn http(
    tls: ClientConfig,
    proxy: Option<Proxy>,
    connect_timeout: Duration,
) -> Result<Client, SinkError> {
    http_with(tls, proxy, connect_timeout, |http| http)
}

fn http_with(
    tls: ClientConfig,
    proxy: Option<Proxy>,
    connect_timeout: Duration,
    change: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, SinkError> {
    let mut http = Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("alert/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .tcp_nodelay(true)
        .tcp_keepalive(IDLE / 2)
        .pool_idle_timeout(IDLE)
        .connect_timeout(connect_timeout);
    if let Some(proxy) = proxy {
        http = http.proxy(proxy);
    }
    change(http)
        .build()
        .map_err(|_| SinkError::unusable("the HTTP client cannot be set up").not_sent())
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Instant;

    use alert_core::{Alert, Pipeline, Secret};
    use alert_testkit::{Doorway, Gate, SAFETY};
    use reqwest::dns::{Addrs, Name, Resolve, Resolving};

    use super::*;
    use crate::mask::Mask;
    use crate::send::send;
    use crate::{Endpoint, HttpConfig, Method, Request, tls};

    fn engine() -> Engine {
        let tls = tls::read(&HttpConfig::new()).unwrap();
        Engine::start(http(tls, None, SAFETY).unwrap()).unwrap()
    }

    fn runtime(engine: &Engine) -> &Runtime {
        engine.runtime.as_ref().unwrap()
    }

    /// Asks on a thread of its own, as the system's does, and gets no answer while a gate is shut.
    struct Dead(Doorway);

    impl Resolve for Dead {
        fn resolve(&self, _: Name) -> Resolving {
            let doorway = self.0.clone();
            Box::pin(async move {
                tokio::task::spawn_blocking(move || doorway.enter()).await?;
                Ok(Box::new(std::iter::empty()) as Addrs)
            })
        }
    }

    #[test]
    fn a_resolver_that_hangs_holds_up_neither_the_attempt_nor_the_drop() {
        let gate = Gate::new();
        let (said, heard) = mpsc::channel();
        let doorway = gate.doorway();
        let worker = thread::spawn(move || {
            let tls = tls::read(&HttpConfig::new()).unwrap();
            let resolver = Dead(doorway);
            let http = http_with(tls, None, SAFETY, |http| http.dns_resolver(resolver));
            let engine = Engine::start(http.unwrap()).unwrap();
            let endpoint = Endpoint::parse(&Secret::new("http://a.example")).unwrap();
            let request = Request::new(Method::Post, &endpoint).json("{}");
            let deadline = Instant::now() + Duration::from_millis(200);
            let call = send(
                engine.http(),
                &request,
                deadline,
                Mask::default(),
                false,
                true,
            );
            let error = engine.wait(call).unwrap().unwrap_err();
            drop(engine);
            let _ = said.send(error);
        });
        let error = heard.recv_timeout(SAFETY).unwrap();
        assert_eq!(error.code_word(), Some("connect"));
        assert_eq!(gate.arrived(), 1);
        worker.join().unwrap();
        drop(gate);
    }

    /// Knows the name, but no address of it.
    struct Empty;

    impl Resolve for Empty {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Ok(Box::new(std::iter::empty()) as Addrs) })
        }
    }

    #[test]
    fn a_name_without_an_address_is_named_as_such() {
        let tls = tls::read(&HttpConfig::new()).unwrap();
        let http = http_with(tls, None, SAFETY, |http| http.dns_resolver(Empty));
        let engine = Engine::start(http.unwrap()).unwrap();
        let endpoint = Endpoint::parse(&Secret::new("http://a.example")).unwrap();
        let request = Request::new(Method::Post, &endpoint).json("{}");
        let deadline = Instant::now() + SAFETY;
        let mask = Mask::default();
        let call = send(engine.http(), &request, deadline, mask, false, true);
        let error = engine.wait(call).unwrap().unwrap_err();
        assert_eq!(error.code_word(), Some("dns"), "{error}");
        assert_eq!(error.to_string(), "the name of the server has no address");
    }

    #[test]
    fn what_a_resolver_says_on_its_thread_is_feedback() {
        let engine = engine();
        let pipeline = Pipeline::builder().build();
        let emitter = pipeline.emitter();
        let work = runtime(&engine).spawn_blocking(move || emitter.emit(Alert::info("t").build()));
        engine.wait(work).unwrap().unwrap();
        assert_eq!(pipeline.stats().process.feedback, 1);
    }

    #[test]
    fn inside_an_async_runtime_it_says_so_instead_of_panicking() {
        let engine = engine();
        let outer = Builder::new_current_thread().build().unwrap();
        let error = outer.block_on(async { engine.wait(async {}) }).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("called inside an async runtime"),
            "{error}"
        );
        // Dropped outside of it.
        drop(outer);
        engine.wait(async {}).unwrap();
    }
}
