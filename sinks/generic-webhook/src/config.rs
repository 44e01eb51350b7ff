use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use alert_core::{
    Alert, Attempt, Findings, Limits, OpenContext, Preview, Secret, SinkConfig, SinkError,
};
use alert_http_support::HttpConfig;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Basic, Format, Method, StatusRange, WebhookSink, recipe};

/// How many alerts one request holds where nothing else is said and the format allows several.
const TOGETHER: usize = 100;
/// The most that `batch` may ask for.
pub(crate) const MOST_TOGETHER: usize = 1_000;
/// How many requests may be in flight at once, if the delivery policy wants several.
const IN_FLIGHT: usize = 32;

/// Where alerts are posted, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// The `http` or `https` URL that takes the alerts. Shown nowhere. A user and a password do
    /// not belong into it: see `basic`.
    #[schemars(extend("examples" = ["${ALERT_WEBHOOK_URL}"]))]
    pub url: Secret,
    /// Sends what this service wants: `alertmanager`, `ntfy`, `pagerduty` or `slack`. `auto` goes
    /// by the URL's host, and sends the built-in JSON where no preset knows it. Default: none.
    #[serde(default)]
    #[schemars(extend("examples" = ["slack"]))]
    pub preset: Option<String>,
    /// `POST` (the default), `PUT` or `PATCH`.
    #[serde(default)]
    pub method: Method,
    /// Further headers, such as `{ X-Api-Key = "${KEY}" }`. Values may hold printable ASCII. Those
    /// that frame the message (`Host`, `Content-Length`, `Connection` and their like) are refused.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// A token, sent as `Authorization: Bearer …`.
    #[serde(default)]
    pub bearer: Option<Secret>,
    /// A user and a password, sent as `Authorization: Basic …`.
    #[serde(default)]
    pub basic: Option<Basic>,
    /// Signs every message as Standard Webhooks 1.0.0 says: `whsec_` and 24 to 64 bytes in
    /// base64. With two, both sign, so that a receiver can change from one to the other.
    #[serde(default)]
    #[schemars(length(max = 2))]
    pub signing_secrets: Vec<Secret>,
    /// What a body is where neither `preset` nor `template` says so: `json` (the default: one
    /// object), `json-array`, `ndjson` (a line for each alert), `cloudevents` (one event in
    /// structured mode) or `cloudevents-batch`.
    #[serde(default)]
    pub format: Option<Format>,
    /// How many alerts one request holds at most, up to 1000. Default: 100 for `json-array`,
    /// `ndjson` and `cloudevents-batch`, what the preset says, and else 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub batch: Option<NonZeroUsize>,
    /// Compresses the body (`Content-Encoding: gzip`). An endpoint that answers 415 to it is sent
    /// the same alerts plain at once, and plain bodies from then on.
    /// Default: no.
    #[serde(default)]
    pub gzip: bool,
    /// The statuses that mean that the alert was taken, such as `["2xx"]` (the default) or
    /// `[202, 409]`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub success: Option<Vec<StatusRange>>,
    /// Makes the body, in the language of Jinja; what is filled in is escaped as JSON where
    /// `content_type` is JSON. Sees the fields of the alert, `alerts` and `params`. Default: none.
    #[serde(default)]
    #[schemars(extend("examples" = ["{\"text\": {{ title }}}"]))]
    pub template: Option<String>,
    /// The `Content-Type` of the body. Default: that of the format, `application/json` for a
    /// template.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Texts for a template or a preset, such as `{ routing_key = "${KEY}" }`. Shown nowhere.
    #[serde(default)]
    pub params: BTreeMap<String, Secret>,
    /// The header with the idempotency key: the alert's id, of several a UUID made of theirs, the
    /// same in every attempt. Under its standard name it is a structured string, in quotes; under
    /// another the bare UUID; an empty name sends none. Default: `Idempotency-Key`.
    #[serde(default = "idempotency_key")]
    pub idempotency_header: String,
    /// The `source` of every event of CloudEvents, a URI. Default: `urn:alert:source:` and the
    /// alert's source.
    #[serde(default)]
    #[schemars(extend("examples" = ["https://billing.example.org/"]))]
    pub event_source: Option<String>,
    /// What the `type` of every event of CloudEvents begins with; `.firing` or `.resolved`
    /// follows. Default: `alert`.
    #[serde(default)]
    #[schemars(extend("examples" = ["org.example.alert"]))]
    pub event_type: Option<String>,
    /// How connections are made: `connect_timeout`, `ca_file`, `client_certificate`,
    /// `client_key` and `allow_insecure`.
    #[serde(default)]
    pub http: HttpConfig,
}

pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

fn idempotency_key() -> String {
    IDEMPOTENCY_KEY.to_owned()
}

impl WebhookConfig {
    /// The built-in JSON, posted to this URL. Change any field by its name.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            preset: None,
            method: Method::default(),
            headers: BTreeMap::new(),
            bearer: None,
            basic: None,
            signing_secrets: Vec::new(),
            format: None,
            batch: None,
            gzip: false,
            success: None,
            template: None,
            content_type: None,
            params: BTreeMap::new(),
            idempotency_header: idempotency_key(),
            event_source: None,
            event_type: None,
            http: HttpConfig::default(),
        }
    }

    /// As this service wants it.
    #[must_use = "returns the changed config"]
    pub fn preset(mut self, name: impl Into<String>) -> Self {
        self.preset = Some(name.into());
        self
    }

    /// In this format.
    #[must_use = "returns the changed config"]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// With a body that this template makes.
    #[must_use = "returns the changed config"]
    pub fn template(mut self, source: impl Into<String>) -> Self {
        self.template = Some(source.into());
        self
    }

    /// With this text for the template or the preset.
    #[must_use = "returns the changed config"]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.params.insert(name.into(), Secret::new(value));
        self
    }

    /// With this header.
    #[must_use = "returns the changed config"]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), Secret::new(value));
        self
    }

    /// With this token.
    #[must_use = "returns the changed config"]
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.bearer = Some(Secret::new(token));
        self
    }

    /// Signed with this secret; called twice, with both.
    #[must_use = "returns the changed config"]
    pub fn signing_secret(mut self, secret: impl Into<String>) -> Self {
        self.signing_secrets.push(Secret::new(secret));
        self
    }

    /// How many alerts a request holds of a format that has room for this many.
    pub(crate) fn together(&self, room: usize) -> usize {
        let asked = self.batch.map_or(TOGETHER, NonZeroUsize::get);
        asked.min(room).clamp(1, MOST_TOGETHER)
    }
}

impl SinkConfig for WebhookConfig {
    const KIND: &'static str = "generic-webhook";
    type Sink = WebhookSink;

    fn open(&self, _: &OpenContext<'_>) -> Result<WebhookSink, SinkError> {
        let mut found = Findings::new();
        let recipe = match recipe::of(self, &mut found) {
            Some(recipe) if !found.has_errors() => recipe,
            // Nothing but another config makes this better.
            _ => return Err(SinkError::unusable(recipe::first_error(found)).until_changed()),
        };
        // A config that was made in code has perhaps not been checked.
        self.http
            .check(&recipe.endpoint, recipe.carries_credentials, &mut found);
        if found.has_errors() {
            return Err(SinkError::unusable(recipe::first_error(found)));
        }
        WebhookSink::open(recipe, &self.http)
    }

    fn limits(&self) -> Limits {
        recipe::limits(self).in_flight(IN_FLIGHT)
    }

    fn check(&self, found: &mut Findings) {
        if let Some(recipe) = recipe::of(self, found) {
            recipe.try_samples(found);
            self.http
                .check(&recipe.endpoint, recipe.carries_credentials, found);
        }
    }

    fn preview(&self, alert: &Alert, attempt: &Attempt<'_>) -> Option<Preview> {
        recipe::of(self, &mut Findings::new())?.preview(alert, attempt)
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}
