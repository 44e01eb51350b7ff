use std::fmt;

use alert_core::{
    Alert, Attempt, Clock, Findings, Limits, OpenContext, Preview, Secret, Severity, SinkConfig,
    SinkError, SystemClock,
};
use alert_http_support::{Endpoint, HttpConfig};
use alert_template_support::{Escape, Template, TemplateError};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

use crate::limits::Room;
use crate::look::Look;
use crate::memory::Memory;
use crate::mention::{Mention, Target};
use crate::payload::{Manner, Told};
use crate::process::Process;
use crate::rate::REMEMBERED;
use crate::url::Webhook;
use crate::wire::{Http, Wire};
use crate::{DiscordSink, Id};

/// How many alerts of a backlog the sink looks at.
const BATCH: usize = 1_000;
/// How many messages a minute a channel takes from all of its webhooks together, as reported.
const CHANNEL: u16 = 30;

/// Which webhook alerts are posted to, and what they look like there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DiscordConfig {
    /// The webhook's URL, as the channel's settings give it (Integrations, Webhooks, Copy Webhook
    /// URL). It is a secret: whoever has it can post. Any host is accepted (a compatible proxy),
    /// `http` on loopback only.
    #[schemars(extend("examples" = ["${ALERT_DISCORD_URL}"]))]
    pub url: Secret,
    /// What a further alert of the same dedup key does: `post` (the default) posts a message, `edit`
    /// edits the one that is there, also into its resolved form; keyed alerts then have messages of
    /// their own.
    #[serde(default)]
    pub on_repeat: OnRepeat,
    /// The name over the messages instead of the webhook's own: 1 to 80 characters, without
    /// `discord` or `clyde` in it, and neither `everyone` nor `here`.
    #[serde(default)]
    pub username: Option<String>,
    /// The picture beside the messages instead of the webhook's own: an `http` or `https` URL.
    #[serde(default)]
    pub avatar_url: Option<String>,
    /// The thread of the channel into which messages go, also a post of a forum.
    #[serde(default)]
    pub thread_id: Option<Id>,
    /// For a webhook of a forum: each message makes a thread of this name, cut to 100 characters. A
    /// template: `"{{ title }}"`. Not together with `thread_id`.
    #[serde(default)]
    pub thread_name: Option<String>,
    /// The ids of at most 5 tags of the forum that new threads get.
    #[serde(default)]
    pub applied_tags: Vec<Id>,
    /// Whom a message notifies, by the severity of the firing alerts in it: lists of `role:ID` and
    /// `user:ID`, at most 25 each. Default: nobody, whatever the text says.
    #[serde(default)]
    #[schemars(example = example())]
    pub mention: Mention,
    /// The severities whose messages make no push and no desktop notification; a message with other
    /// alerts in it does. Default: none.
    #[serde(default)]
    pub silent: Vec<Severity>,
    /// A template for the titles. What it writes is Markdown; values in it are escaped.
    #[serde(default)]
    pub title: Option<String>,
    /// A template for the texts below the titles, in place of the message.
    #[serde(default)]
    pub body: Option<String>,
    /// How many messages are sent in a minute at most, by all sinks on this webhook that have this
    /// limit: half of them at once, the others spread over the rest of the minute. A channel takes 30
    /// from all of its webhooks together. Default 25, at most 1000; 0 is
    /// no limit.
    #[serde(default = "per_minute")]
    pub per_minute: u16,
    /// How HTTP is spoken.
    #[serde(default)]
    pub http: HttpConfig,
}

fn per_minute() -> u16 {
    25
}

fn example() -> serde_json::Value {
    serde_json::json!({ "critical": ["role:1099511627776"] })
}

/// What a further alert of a dedup key does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OnRepeat {
    /// It is posted.
    #[default]
    Post,
    /// It edits the message of the earlier one.
    Edit,
}

/// The setters take what they are given; what is wrong with it, the check finds.
impl DiscordConfig {
    /// Alerts go to the webhook of this URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            on_repeat: OnRepeat::default(),
            username: None,
            avatar_url: None,
            thread_id: None,
            thread_name: None,
            applied_tags: Vec::new(),
            mention: Mention::default(),
            silent: Vec::new(),
            title: None,
            body: None,
            per_minute: per_minute(),
            http: HttpConfig::default(),
        }
    }

    /// With this done by a further alert of a dedup key.
    #[must_use = "returns the changed config"]
    pub fn on_repeat(mut self, on_repeat: OnRepeat) -> Self {
        self.on_repeat = on_repeat;
        self
    }

    /// Under this name.
    #[must_use = "returns the changed config"]
    pub fn username(mut self, name: impl Into<String>) -> Self {
        self.username = Some(name.into());
        self
    }

    /// With the picture of this URL.
    #[must_use = "returns the changed config"]
    pub fn avatar_url(mut self, url: impl Into<String>) -> Self {
        self.avatar_url = Some(url.into());
        self
    }

    /// Into this thread.
    #[must_use = "returns the changed config"]
    pub fn thread_id(mut self, thread: Id) -> Self {
        self.thread_id = Some(thread);
        self
    }

    /// Into a new thread for each message, in a forum.
    #[must_use = "returns the changed config"]
    pub fn thread_name(mut self, template: impl Into<String>) -> Self {
        self.thread_name = Some(template.into());
        self
    }

    /// With these tags on new threads.
    #[must_use = "returns the changed config"]
    pub fn applied_tags(mut self, tags: impl IntoIterator<Item = Id>) -> Self {
        self.applied_tags = tags.into_iter().collect();
        self
    }

    /// With these notified of alerts of this severity.
    #[must_use = "returns the changed config"]
    pub fn mention(
        mut self,
        severity: Severity,
        targets: impl IntoIterator<Item = Target>,
    ) -> Self {
        *self.mention.of_mut(severity) = targets.into_iter().collect();
        self
    }

    /// Without notifications for these severities.
    #[must_use = "returns the changed config"]
    pub fn silent(mut self, severities: impl IntoIterator<Item = Severity>) -> Self {
        self.silent = severities.into_iter().collect();
        self
    }

    /// With titles by this template.
    #[must_use = "returns the changed config"]
    pub fn title(mut self, template: impl Into<String>) -> Self {
        self.title = Some(template.into());
        self
    }

    /// With texts by this template.
    #[must_use = "returns the changed config"]
    pub fn body(mut self, template: impl Into<String>) -> Self {
        self.body = Some(template.into());
        self
    }

    /// With so many messages in a minute; 0 is no limit.
    #[must_use = "returns the changed config"]
    pub fn per_minute(mut self, messages: u16) -> Self {
        self.per_minute = messages;
        self
    }

    /// With HTTP spoken so.
    #[must_use = "returns the changed config"]
    pub fn http(mut self, http: HttpConfig) -> Self {
        self.http = http;
        self
    }

    pub(crate) fn templates(&self) -> [(&'static str, Option<&String>); 3] {
        [
            ("title", self.title.as_ref()),
            ("body", self.body.as_ref()),
            ("thread_name", self.thread_name.as_ref()),
        ]
    }

    fn look(&self) -> Result<Look, TemplateError> {
        let [title, body, thread_name] = self
            .templates()
            .map(|(_, source)| source.map(template).transpose());
        Ok(Look {
            title: title?,
            body: body?,
            thread_name: thread_name?,
        })
    }

    fn manner(&self) -> Manner {
        Manner {
            username: self.username.as_deref().map(|name| name.trim().to_owned()),
            avatar_url: self.avatar_url.as_deref().map(|url| url.trim().to_owned()),
            applied_tags: self.applied_tags.clone(),
            mention: self.mention.clone(),
            silent: self.silent.clone(),
        }
    }

    /// The sink over this wire, by this clock, with these limits of its process.
    pub(crate) fn sink(
        &self,
        webhook: Webhook,
        wire: Box<dyn Wire>,
        clock: Arc<dyn Clock>,
        process: &Arc<Process>,
    ) -> Result<DiscordSink, SinkError> {
        let look = self
            .look()
            .map_err(|error| unusable("a template is wrong", error))?;
        let thread = self.thread_id.map(|id| id.to_string());
        Ok(DiscordSink {
            look,
            manner: self.manner(),
            thread: thread.or_else(|| webhook.thread().map(str::to_owned)),
            on_repeat: self.on_repeat,
            pace: process.pace(webhook.place(), usize::from(self.per_minute)),
            clock,
            wire,
            webhook,
            memory: Memory::default(),
        })
    }
}

pub(crate) fn template(source: &String) -> Result<Template, TemplateError> {
    Template::new(source, Escape::None)
}

fn unusable(what: &'static str, why: impl fmt::Display) -> SinkError {
    SinkError::unusable(format!("{what}: {why}")).until_changed()
}

impl SinkConfig for DiscordConfig {
    const KIND: &'static str = "discord";
    type Sink = DiscordSink;

    fn open(&self, _: &OpenContext<'_>) -> Result<DiscordSink, SinkError> {
        if let Some((key, text)) = self.mistakes().into_iter().next() {
            return Err(unusable(key, text));
        }
        let webhook = Webhook::parse(&self.url).map_err(|text| unusable("url", text))?;
        let wire = Http::new(&self.http, &webhook)?;
        self.sink(
            webhook,
            Box::new(wire),
            Arc::new(SystemClock),
            &Process::this(),
        )
    }

    /// Titles and messages are not cut before the sink sees them: how much of them fits depends on
    /// how much of them is to be escaped.
    fn limits(&self) -> Limits {
        let limits = Limits::none().batch(BATCH).shows_id();
        match self.on_repeat {
            OnRepeat::Edit => limits.edits(),
            OnRepeat::Post => limits,
        }
    }

    fn check(&self, found: &mut Findings) {
        for (key, text) in self.mistakes() {
            found.error(key, text);
        }
        if self.per_minute > CHANNEL && usize::from(self.per_minute) <= REMEMBERED {
            found.warning(
                "per_minute",
                format!("a channel takes {CHANNEL} messages a minute, and then none for a while"),
            );
        }
        let Ok(webhook) = Webhook::parse(&self.url) else {
            return;
        };
        if let Ok(endpoint) = Endpoint::parse(&webhook.post(None)) {
            self.http.check(&endpoint, true, found);
            if !webhook.is_official() {
                let host = endpoint.host();
                found.note(
                    "url",
                    format!(
                        "`{host}` is not a host of Discord: alerts and the webhook's token go there"
                    ),
                );
            }
        }
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }

    fn preview(&self, alert: &Alert, attempt: &Attempt<'_>) -> Option<Preview> {
        let look = self.look().ok()?;
        let embeds = [look.embed(alert, attempt, Room::WHOLE)];
        let name = look.thread_name(alert, attempt);
        let manner = self.manner();
        let payload = manner.post(&embeds, Told::of(alert, attempt), name);
        let body = serde_json::to_string(&payload).ok()?;
        Some(Preview::new("POST application/json", body))
    }
}
