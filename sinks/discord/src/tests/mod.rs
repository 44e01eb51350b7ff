//! The sink over a Discord in memory, by a clock in the test's hand.

#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../../tests/common/discord.rs"]
mod discord;

mod answers;
mod cases;
mod edit;
mod laws;
mod look;
mod pace;
mod poison;
mod road;
mod storm;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alert_core::{
    Alert, Attempt, Batch, Clock, Delivered, OpenContext, Secret, Sink, SinkConfig, SinkError,
};
use alert_testkit::HandClock;
use discord::{Discord, TOKEN};
use serde::Deserialize;
use serde_json::Value;

use crate::errors::Call;
use crate::process::Process;
use crate::reply::{Reply, Window, seconds_of};
use crate::url::Webhook;
use crate::wire::Wire;
use crate::{DiscordConfig, DiscordSink};

const WITHIN: Duration = Duration::from_secs(30);

/// A Discord, a process and a time of their own.
#[derive(Clone)]
struct World {
    discord: Arc<Mutex<Discord>>,
    process: Arc<Process>,
    clock: HandClock,
}

impl World {
    fn new() -> Self {
        Self {
            discord: Arc::new(Mutex::new(Discord::new(12))),
            process: Arc::default(),
            clock: HandClock::new(),
        }
    }

    fn discord(&self) -> MutexGuard<'_, Discord> {
        self.discord.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn config(&self) -> DiscordConfig {
        DiscordConfig::new(format!("https://discord.com{}", self.discord().path()))
    }

    fn sink(&self, config: &DiscordConfig) -> DiscordSink {
        let webhook = Webhook::parse(&config.url).unwrap();
        let clock = Arc::new(self.clock.clone());
        config
            .sink(webhook, Box::new(self.clone()), clock, &self.process)
            .unwrap()
    }

    /// What was asked since, as method, target and body.
    fn asked(&self) -> Vec<(String, String, Value)> {
        let discord = self.discord();
        let asked = discord.asked.iter();
        asked
            .map(|a| (a.method.clone(), a.target.clone(), a.body.clone()))
            .collect()
    }
}

impl Wire for World {
    fn send(
        &mut self,
        call: Call,
        url: &Secret,
        body: Vec<u8>,
        _: Duration,
    ) -> Result<Reply, SinkError> {
        let url = url.expose();
        let target = url.strip_prefix("https://discord.com").unwrap_or(url);
        let method = match call {
            Call::Post => "POST",
            Call::Edit => "PATCH",
        };
        let said = self
            .discord()
            .ask(method, target, &body, self.clock.passed());
        let header = |name: &str| {
            let mut headers = said.headers.iter();
            headers
                .find(|(given, _)| *given == name)
                .map(|(_, value)| value.as_str())
        };
        Ok(Reply {
            status: said.status,
            text: said.body.to_string(),
            shown: said.body["message"].as_str().unwrap_or_default().to_owned(),
            word: Some("http"),
            window: Window {
                remaining: header("x-ratelimit-remaining").and_then(|n| n.parse().ok()),
                reset_after: header("x-ratelimit-reset-after").and_then(seconds_of),
            },
            retry_after: header("retry-after").and_then(seconds_of),
            global: header("x-ratelimit-global").is_some(),
            took: Duration::ZERO,
            json: said.body,
        })
    }
}

type Answers = Vec<Result<Delivered, SinkError>>;

/// One batch, as a lane gives it.
fn batch(sink: &mut DiscordSink, alerts: &[Alert]) -> Answers {
    Batch::by_hand(alerts, WITHIN, |batch| sink.deliver_batch(batch))
}

/// Whether a member was put back.
fn is_back(answer: &Result<Delivered, SinkError>) -> bool {
    answer
        .as_ref()
        .is_err_and(|error| error.code_word() == Some("put-back"))
}

fn one(sink: &mut DiscordSink, alert: &Alert) -> Result<Delivered, SinkError> {
    sink.deliver(alert, &Attempt::first(WITHIN))
}

/// One alert, which must be taken.
#[track_caller]
fn sent(sink: &mut DiscordSink, alert: &Alert) {
    let answer = one(sink, alert);
    assert!(answer.is_ok(), "{answer:?}");
}

/// What is sent for these alerts, as one message.
fn body(config: &DiscordConfig, world: &World, alerts: &[Alert]) -> Value {
    let answers = batch(&mut world.sink(config), alerts);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let asked = world.asked();
    assert_eq!(asked.len(), 1);
    asked[0].2.clone()
}

fn numbered(many: usize) -> Vec<Alert> {
    (0..many)
        .map(|n| Alert::warning(format!("alert {n}")).build())
        .collect()
}

/// The sink in a pipeline.
#[derive(Deserialize)]
struct InWorld {
    #[serde(skip)]
    parts: Option<(DiscordConfig, World)>,
}

impl std::fmt::Debug for InWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InWorld")
    }
}

impl InWorld {
    fn new(config: DiscordConfig, world: &World) -> Self {
        let parts = Some((config, world.clone()));
        Self { parts }
    }
}

impl SinkConfig for InWorld {
    const KIND: &'static str = "discord-in-memory";
    type Sink = DiscordSink;

    fn open(&self, _: &OpenContext<'_>) -> Result<DiscordSink, SinkError> {
        let parts = self.parts.as_ref();
        let (config, world) = parts.ok_or_else(|| SinkError::unusable("no world"))?;
        Ok(world.sink(config))
    }

    fn limits(&self) -> alert_core::Limits {
        match &self.parts {
            Some((config, _)) => config.limits(),
            None => alert_core::Limits::none(),
        }
    }
}

#[test]
fn the_token_is_in_the_url_and_nowhere_else() {
    let world = World::new();
    let config = world.config();
    let mut sink = world.sink(&config);
    sent(&mut sink, &Alert::warning("x").build());
    world.discord().deleted = true;
    let error = one(&mut sink, &Alert::warning("x").build()).unwrap_err();
    let asked = world.asked();
    assert!(asked[0].1.contains(TOKEN));
    for text in [
        format!("{config:?}"),
        format!("{sink:?}"),
        format!("{error:?}"),
        asked[0].2.to_string(),
    ] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    let _ = world.clock.now();
}
