use std::fmt;
use std::pin::Pin;
use std::time::{Duration, Instant};

use alert_core::{Batch, Secret, SinkError};

use rustls::ClientConfig;

use crate::engine::{self, Engine};
use crate::mask::Mask;
use crate::memory::Memory;
use crate::tls::{self, Mistake};
use crate::{Answer, Endpoint, Exchange, HttpConfig, Proxies, Request, batch, code, send};

/// An HTTP client for one endpoint, for a sink that lives on its own thread.
///
/// It is built when it first sends, with a runtime of its own that runs within its calls alone.
/// Dropping it waits for nothing. `Debug` shows nothing of the endpoint.
pub struct Client {
    endpoint: Endpoint,
    connect_timeout: Duration,
    proxies: Proxies,
    tls: ClientConfig,
    engine: Option<Started>,
    pub(crate) mask: Mask,
    pub(crate) memory: Memory,
}

/// A request under way, which comes back beside what became of it.
pub(crate) type Call = Pin<Box<dyn Future<Output = (Request, Result<Answer, SinkError>)>>>;

struct Started {
    engine: Engine,
    proxied: bool,
}

impl Client {
    /// A client for this endpoint, and for what [`Endpoint::with_path_suffix`] and
    /// [`Endpoint::with_query`] make of it. Reads the config's files, so it may block; connects to
    /// nothing, and loads no trust store.
    ///
    /// # Errors
    /// Unusable if a file cannot be read or holds something else.
    pub fn new(config: &HttpConfig, endpoint: &Endpoint) -> Result<Client, SinkError> {
        let tls = tls::read(config).map_err(unusable)?;
        let mask = Mask::default();
        mask.learn(endpoint.secrets());
        Ok(Client {
            endpoint: endpoint.clone(),
            connect_timeout: match config.connect_timeout.get() {
                Duration::ZERO => HttpConfig::default().connect_timeout.get(),
                timeout => timeout,
            },
            proxies: Proxies::from_env(),
            tls,
            engine: None,
            mask,
            memory: Memory::default(),
        })
    }

    /// With these proxies instead of the environment's.
    #[must_use = "returns the changed client"]
    pub fn proxies(mut self, proxies: Proxies) -> Client {
        self.proxies = proxies;
        self
    }

    /// Masks this text too in answers and errors, also as it stands in JSON and in URLs, if it has
    /// eight characters or more.
    #[must_use = "returns the changed client"]
    pub fn hide(self, secret: &Secret) -> Client {
        self.mask.learn([secret.expose()]);
        self
    }

    /// Sends a request and waits for the answer, until the deadline at most. Every status is an
    /// answer; its body may be cut or broken off ([`Answer::is_whole`]).
    ///
    /// # Errors
    /// Why there is no answer: `connect`, `dns`, `tls`, `proxy` (nothing was sent), `timeout`,
    /// `no-answer`, `bad-answer` (ambiguous), or `request` for a header that cannot be sent. The
    /// texts hold neither URL nor secrets. Unusable inside an async runtime.
    pub fn send(&mut self, request: Request, deadline: Instant) -> Result<Answer, SinkError> {
        let call = self.call(request, deadline, true)?;
        let (_, answer) = self.wait(call)?;
        self.look_at(answer.as_ref().ok());
        answer
    }

    /// Delivers a batch: composes its alerts into requests of up to [`Batch::request_size`], keeps
    /// up to [`Batch::in_flight`] of them in flight, and settles each as its answer is judged. The
    /// crate's documentation says in which order, and when it stops.
    ///
    /// # Errors
    /// That the client cannot be built.
    pub fn deliver_batch(
        &mut self,
        batch: &Batch<'_>,
        exchange: &mut impl Exchange,
    ) -> Result<(), SinkError> {
        batch::deliver(self, batch, exchange)
    }

    /// A request to be waited for; `looks` after its connection before, which may have been idle for
    /// long.
    pub(crate) fn call(
        &mut self,
        request: Request,
        deadline: Instant,
        looks: bool,
    ) -> Result<Call, SinkError> {
        if !request.endpoint.has_origin_of(&self.endpoint) {
            let text = "the request is for another host than the client";
            return Err(SinkError::unusable(text).not_sent());
        }
        // What a request adds to the URL is as secret as the URL.
        let mut secrets = request.secrets.clone();
        if request.endpoint != self.endpoint {
            secrets.extend(request.endpoint.secrets());
        }
        let mask = self.mask.with_request(secrets);
        let started = self.started()?;
        let (http, proxied) = (started.engine.http(), started.proxied);
        // Some kilobytes, which would be moved from hand to hand.
        Ok(Box::pin(async move {
            let answer = send::send(http, &request, deadline, mask, proxied, looks).await;
            (request, answer)
        }))
    }

    /// Runs the client until `what` is there.
    pub(crate) fn wait<F: Future>(&mut self, what: F) -> Result<F::Output, SinkError> {
        self.started()?.engine.wait(what)
    }

    fn started(&mut self) -> Result<&Started, SinkError> {
        if self.engine.is_none() {
            self.engine = Some(self.start()?);
        }
        // It was just put there.
        self.engine
            .as_ref()
            .ok_or_else(|| SinkError::unusable("the HTTP client cannot be set up"))
    }

    fn start(&mut self) -> Result<Started, SinkError> {
        let (http, proxied) = self.http()?;
        let engine = Engine::start(http)?;
        Ok(Started { engine, proxied })
    }

    /// A client without connections, and whether a proxy is between.
    fn http(&self) -> Result<(reqwest::Client, bool), SinkError> {
        let proxy = self
            .proxies
            .of(&self.endpoint)
            .map_err(|text| SinkError::unusable(text).not_sent().code(code::PROXY))?;
        let proxied = proxy.is_some();
        let http = engine::http(self.tls.clone(), proxy, self.connect_timeout)?;
        Ok((http, proxied))
    }

    /// After an answer, so that the next attempt is no repetition of a mistake: a request that came
    /// to the wrong server (RFC 9110, section 15.5.20) would come to it again over its connection.
    pub(crate) fn look_at(&mut self, answer: Option<&Answer>) {
        if answer.is_some_and(|answer| answer.status() == MISDIRECTED)
            && let Ok((http, _)) = self.http()
            && let Some(started) = &mut self.engine
        {
            started.engine.renew(http);
        }
    }
}

const MISDIRECTED: u16 = 421;

fn unusable(mistake: Mistake) -> SinkError {
    SinkError::unusable(format!("{}: {}", mistake.key, mistake.text))
        .not_sent()
        .code(code::TLS)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client(…)")
    }
}
