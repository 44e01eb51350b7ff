//! Kinds of sinks that only exist in these tests.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use alert_config::{Colour, Config, Environment, render};
use alert_core::{
    Alert, Attempt, ConfigDuration, Delivered, Findings, Limits, OpenContext, Registry, Secret,
    Sink, SinkConfig, SinkError, SinkKind,
};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pager {
    /// Host and port of the service.
    pub(crate) url: String,
    /// What the service knows us by.
    pub(crate) token: Secret,
    /// The pitch in hertz.
    pub(crate) tone: Option<u16>,
    /// How long it beeps.
    pub(crate) beep: Option<ConfigDuration>,
    pub(crate) mode: Option<Mode>,
    #[serde(default)]
    pub(crate) people: Vec<Person>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Secret>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) priority: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    Loud,
    Quiet,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// Where the log is.
    pub(crate) path: String,
}

/// Takes everything and forgets it.
#[derive(Debug)]
pub(crate) struct Quiet;

impl Sink for Quiet {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Ok(Delivered::new())
    }
}

impl SinkConfig for Pager {
    const KIND: &'static str = "pager";
    type Sink = Quiet;

    fn open(&self, _: &OpenContext<'_>) -> Result<Quiet, SinkError> {
        Ok(Quiet)
    }

    fn limits(&self) -> Limits {
        Limits::none().in_flight(3)
    }

    fn check(&self, found: &mut Findings) {
        assert!(self.url != "panic", "s3cret");
        if self.url.starts_with("http://") {
            found.error("url", "a token over plain http");
        }
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}

impl SinkConfig for Log {
    const KIND: &'static str = "file";
    type Sink = Quiet;

    fn open(&self, _: &OpenContext<'_>) -> Result<Quiet, SinkError> {
        Ok(Quiet)
    }

    fn check(&self, found: &mut Findings) {
        found.claims("file", self.path.clone());
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}

/// A log that calls itself a state database.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct State(Log);

impl SinkConfig for State {
    const KIND: &'static str = "sqlite-state";
    type Sink = Quiet;

    fn open(&self, cx: &OpenContext<'_>) -> Result<Quiet, SinkError> {
        self.0.open(cx)
    }

    fn check(&self, found: &mut Findings) {
        self.0.check(found);
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Log>()
    }
}

pub(crate) fn with_state() -> Registry {
    registry().with(SinkKind::of::<State>("Keeps alerts.", "state-sink"))
}

pub(crate) fn registry() -> Registry {
    Registry::empty()
        .with(SinkKind::of::<Pager>("Beeps.", "pager-sink"))
        .with(SinkKind::of::<Log>("Writes lines.", "file-sink"))
}

pub(crate) fn config(text: &str) -> Config {
    config_with(text, &Environment::empty())
}

pub(crate) fn config_with(text: &str, environment: &Environment) -> Config {
    Config::parse(text, "alert.toml", environment)
}

/// What the strict door says of a config, as a person sees it.
pub(crate) fn shown(text: &str) -> String {
    shown_with(text, &Environment::empty())
}

pub(crate) fn shown_with(text: &str, environment: &Environment) -> String {
    render(
        &config_with(text, environment).check(&registry()),
        Colour::Never,
    )
}
