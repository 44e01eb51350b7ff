use alert_core::{Alert, Attempt, Batch, Delivered, Sink, SinkError, Timestamp};
use alert_http_support::{Answer, Client, Exchange, HttpConfig, Message, Method as Verb, Request};

use crate::Method;
use crate::gzip::gzip;
use crate::recipe::Recipe;
use crate::service;
use crate::signature::{SIGNATURE_HEADERS, seconds, signature};

/// 415 Unsupported Media Type.
const UNSUPPORTED: u16 = 415;
const CODING: &str = "content-encoding";

/// Posts alerts to a URL; see the crate's documentation.
/// [`WebhookConfig`](crate::WebhookConfig) opens it.
#[derive(Debug)]
pub struct WebhookSink {
    client: Client,
    courier: Courier,
}

/// Makes requests of alerts and reads what was answered.
#[derive(Debug)]
struct Courier {
    recipe: Recipe,
    /// Whether bodies are compressed: as configured, until the endpoint refuses it.
    gzip: bool,
    clock: fn() -> Timestamp,
}

impl WebhookSink {
    pub(crate) fn open(recipe: Recipe, http: &HttpConfig) -> Result<Self, SinkError> {
        let client = Client::new(http, &recipe.endpoint)?;
        let client = recipe.hidden.iter().fold(client, Client::hide);
        let clock = Timestamp::now;
        let courier = Courier {
            gzip: recipe.gzip,
            recipe,
            clock,
        };
        Ok(Self { client, courier })
    }
}

impl Sink for WebhookSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        self.client.deliver_batch(batch, &mut self.courier)
    }
}

impl Exchange for Courier {
    fn request(&mut self, message: &Message<'_>) -> Result<Request, SinkError> {
        let recipe = &self.recipe;
        let items: Vec<(&Alert, &Attempt<'_>)> = message.iter().collect();
        // Refused for several, each is asked for alone.
        let body = recipe.form.body(&items, &recipe.content_type);
        let body = body.map_err(|text| SinkError::rejected(text).not_sent())?;
        let mut request =
            Request::new(verb(recipe.method), &recipe.endpoint).reads_body(recipe.preset.is_some());
        for (name, value) in &recipe.headers {
            request = request.secret_header(name, value);
        }
        if let Some(name) = recipe.idempotency.name() {
            request = request.header(name, &recipe.idempotency.value(message.key()));
        }
        if self.gzip {
            request = request
                .header(CODING, "gzip")
                .body(body.content_type, gzip(&body.bytes));
        } else {
            request = request.body(body.content_type, body.bytes);
        }
        Ok(self.signed(request, message.key()))
    }

    fn renew(&mut self, request: Request, message: &Message<'_>) -> Request {
        // Verifiers refuse a signature that is some minutes old.
        self.signed(request, message.key())
    }

    fn recasts(&mut self, sent: &Request, answer: &Answer) -> bool {
        // It may be the coding that it does not take (RFC 9110, section 15.5.16).
        let is_coding = answer.status() == UNSUPPORTED && sent.has_header(CODING);
        // Who does not take one compressed body takes none.
        self.gzip &= !is_coding;
        is_coding
    }

    fn judge(&mut self, _: &Message<'_>, answer: &Answer) -> Result<Delivered, SinkError> {
        if let Some(preset) = self.recipe.preset {
            return service::judge(preset, answer);
        }
        let Some(success) = &self.recipe.success else {
            return answer.verdict();
        };
        if success.iter().any(|range| range.contains(answer.status())) {
            return Ok(Delivered::new().answered(answer.told()));
        }
        if answer.is_success() {
            // Perhaps not the endpoint but something in between: the alert is worth another try.
            let status = answer.status();
            let text = format!("the answer {status} is not among those that `success` names");
            return Err(SinkError::transient(text).answered(answer.told()));
        }
        answer.verdict()
    }
}

impl Courier {
    fn signed(&self, request: Request, id: &str) -> Request {
        let keys = &self.recipe.keys;
        if keys.is_empty() {
            return request;
        }
        let now = seconds((self.clock)());
        let signed = signature(keys, id, now, request.bytes());
        let [named_id, named_time, named_signature] = SIGNATURE_HEADERS;
        request
            .header(named_id, id)
            .header(named_time, &now.to_string())
            .header(named_signature, &signed)
    }
}

fn verb(method: Method) -> Verb {
    match method {
        Method::Post => Verb::Post,
        Method::Put => Verb::Put,
        Method::Patch => Verb::Patch,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use alert_core::{OpenContext, SinkConfig};
    use alert_testkit::http::{HttpServer, Reply};

    use super::*;
    use crate::WebhookConfig;

    /// A clock that has gone on by a minute whenever it is asked.
    fn ticking() -> Timestamp {
        static MINUTES: AtomicU64 = AtomicU64::new(0);
        let minutes = MINUTES.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_micros(minutes * 60_000_000)
    }

    #[test]
    fn what_is_sent_again_as_it_was_is_signed_anew() {
        let server = HttpServer::start([Reply::reset_after_request(), Reply::status(204)]);
        let config = WebhookConfig::new(server.url("/"))
            .signing_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let within = Duration::from_secs(30);
        let mut sink = config.open(&OpenContext::new("hook", within)).unwrap();
        sink.courier.clock = ticking;
        let alert = Alert::info("t").build();
        let first = Attempt::first(within);
        assert!(sink.deliver(&alert, &first).unwrap_err().is_ambiguous());
        let late = first.with_number(2).with_late_by(Duration::from_secs(90));
        assert!(sink.deliver(&alert, &late).is_ok());
        let [one, two] = &server.received()[..] else {
            panic!("two requests were made");
        };
        assert_eq!(one.body(), two.body());
        assert_eq!(one.header("webhook-id"), two.header("webhook-id"));
        let keys = &sink.courier.recipe.keys;
        for (request, seconds) in [(one, 0), (two, 60)] {
            let time = request.header("webhook-timestamp").unwrap();
            assert_eq!(time, seconds.to_string());
            let id = request.header("webhook-id").unwrap();
            let expected = signature(keys, id, seconds, request.body());
            assert_eq!(request.header("webhook-signature"), Some(&*expected));
        }
    }
}
