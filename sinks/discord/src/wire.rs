//! The calls themselves.

use std::time::Duration;

use alert_core::{Clock, Secret, SinkError, SystemClock};
use alert_http_support::{Answer, Client, Endpoint, HttpConfig, Method, Request};
use serde_json::Value;

use crate::errors::Call;
use crate::reply::{Reply, Window, seconds_of};
use crate::url::Webhook;

/// How a request goes out; a test has one of its own.
pub(crate) trait Wire {
    /// Sends a body to a URL and waits for the answer, at most so long.
    fn send(
        &mut self,
        call: Call,
        url: &Secret,
        body: Vec<u8>,
        within: Duration,
    ) -> Result<Reply, SinkError>;
}

/// Discord wants to know its clients, and blocks those of libraries.
const USER_AGENT: &str = concat!(
    "DiscordBot (https://docs.discord.com/developers/resources/webhook, ",
    env!("CARGO_PKG_VERSION"),
    ") ",
    env!("CARGO_PKG_NAME"),
);

/// Over HTTP.
#[derive(Debug)]
pub(crate) struct Http {
    client: Client,
    token: Secret,
}

impl Http {
    pub(crate) fn new(config: &HttpConfig, webhook: &Webhook) -> Result<Http, SinkError> {
        let endpoint = endpoint(&webhook.post(None))?;
        let client = Client::new(config, &endpoint)?.hide(webhook.token());
        Ok(Http {
            client,
            token: webhook.token().clone(),
        })
    }

    /// What was answered. The token is taken out before anything is read from it.
    fn reply(&self, answer: &Answer) -> Reply {
        let token = self.token.expose();
        let text = answer.text().replace(token, "[secret]");
        // A short token, as a proxy may have, is also in names and numbers.
        let mut json = answer.json().cloned().unwrap_or(Value::Null);
        mask(&mut json, token);
        let header = |name: &str| answer.header(name);
        Reply {
            status: answer.status(),
            json,
            text,
            shown: answer.shown(),
            word: answer.verdict().err().and_then(|error| error.code_word()),
            window: Window {
                remaining: header("x-ratelimit-remaining").and_then(|n| n.trim().parse().ok()),
                reset_after: header("x-ratelimit-reset-after").and_then(seconds_of),
            },
            retry_after: answer.retry_after(),
            global: header("x-ratelimit-global").is_some_and(|is| is.eq_ignore_ascii_case("true")),
            took: answer.took(),
        }
    }
}

impl Wire for Http {
    fn send(
        &mut self,
        call: Call,
        url: &Secret,
        body: Vec<u8>,
        within: Duration,
    ) -> Result<Reply, SinkError> {
        let method = match call {
            Call::Post => Method::Post,
            Call::Edit => Method::Patch,
        };
        let request = Request::new(method, &endpoint(url)?)
            .header("user-agent", USER_AGENT)
            .json(body);
        // A deadline of the lane's clock, which a test may hold, is none of the network's.
        let now = SystemClock.now();
        let deadline = now.checked_add(within).unwrap_or(now);
        let answer = self.client.send(request, deadline)?;
        Ok(self.reply(&answer))
    }
}

/// From this length on, a secret is not by chance what Discord calls something.
const LONG: usize = 16;

/// Takes a secret out of every text, and a long one out of names too.
fn mask(json: &mut Value, secret: &str) {
    match json {
        Value::String(text) if text.contains(secret) => *text = text.replace(secret, "[secret]"),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, secret)),
        Value::Object(entries) => {
            entries.values_mut().for_each(|value| mask(value, secret));
            if secret.len() >= LONG && entries.keys().any(|name| name.contains(secret)) {
                let named = std::mem::take(entries).into_iter();
                let named = named.map(|(name, value)| (name.replace(secret, "[secret]"), value));
                *entries = named.collect();
            }
        }
        _ => {}
    }
}

fn endpoint(url: &Secret) -> Result<Endpoint, SinkError> {
    Endpoint::parse(url).map_err(|text| SinkError::unusable(text).until_changed())
}
