//! What a config says must not leave the program does not, and neither do its own secrets.

mod common;

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alert_config::{Config, Environment};
use alert_core::{
    Alert, AlertBuilder, Attempt, Delivered, PipelineBuilder, Sink, SinkEntry, SinkError,
};
use common::{config_with, registry, shown};

/// What arrived, as JSON.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<String>>>);

impl Sink for Record {
    fn deliver(&mut self, alert: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let shown = serde_json::to_string(alert).expect("an alert is JSON");
        self.0.lock().expect("no test panics with it").push(shown);
        Ok(Delivered::new())
    }
}

/// How the alert arrives at a sink more.
fn sent(builder: PipelineBuilder, alert: AlertBuilder) -> String {
    let record = Record::default();
    let sink = record.clone();
    let entry = SinkEntry::opener("record", move |_| Ok(sink.clone()));
    let pipeline = builder.entry(entry).build();
    pipeline.emit(alert);
    assert!(pipeline.close(Duration::from_secs(10)), "it closes in time");
    let arrived = record.0.lock().expect("no test panics with it");
    arrived.first().expect("it arrived").clone()
}

fn through(config: &Config, alert: AlertBuilder) -> String {
    sent(config.pipeline(&registry()).0, alert)
}

#[test]
fn named_keys_are_taken_out_of_every_alert() {
    let config = common::config(
        "[alert]\nredact = ['password', '*_token']\ncontext = { db_token = 'x', host = 'h' }\n",
    );
    let alert = Alert::info("t").context("Password", 1).context("user", "u");
    let arrived = through(&config, alert);
    let context = "\"context\":{\"Password\":\"[redacted]\",\"user\":\"u\",\
                   \"db_token\":\"[redacted]\",\"host\":\"h\"}";
    assert!(arrived.contains(context), "{arrived}");
}

#[test]
fn secrets_of_a_config_are_masked_and_what_is_public_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("url"), "from-a-file\n").expect("it can be written");
    fs::write(folder.path().join("host"), "not-a-secret\n").expect("it can be written");
    let text = "[sinks.a]\ntype = 'pager'\nurl = 'https://${HOST_NAME}/${file:url}'\n\
                token = 'Bearer ${TOKEN}'\nheaders = { x = 'written-down' }\n\
                when = { source = ['${file:host}'] }\n\
                [sinks.broken]\ntype = 'pager'\ntoken = 'of-a-broken-one'\n\
                [sinks.unset]\ntype = 'pager'\nurl = 'u'\ntoken = '${UNSET}'\n";
    let path = folder.path().join("alert.toml");
    fs::write(&path, text).expect("it can be written");
    let environment = Environment::empty()
        .with("TOKEN", "of-a-variable")
        .with("HOST_NAME", "public-host");
    let config = Config::read(&path, &environment).expect("it can be read");
    let secrets = [
        "from-a-file",
        "Bearer of-a-variable",
        "of-a-variable",
        "written-down",
        "of-a-broken-one",
    ];
    for secret in secrets {
        let arrived = through(&config, Alert::info(format!("with {secret}.")));
        assert!(arrived.contains("with [redacted]."), "{arrived}");
    }
    for public in ["public-host", "not-a-secret", "https://", "${UNSET}"] {
        let arrived = through(&config, Alert::info(format!("with {public}.")));
        assert!(arrived.contains(&format!("with {public}.")), "{arrived}");
    }
}

#[test]
fn a_secret_that_was_rotated_is_known_once_its_sink_is_opened_anew() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    fs::write(&token, "the-old-token").expect("it can be written");
    let path = folder.path().join("alert.toml");
    let text = "[sinks.a]\ntype = 'pager'\nurl = 'u'\ntoken = '${file:token}'\n";
    fs::write(&path, text).expect("it can be written");
    let config = Config::read(&path, &Environment::empty()).expect("it can be read");
    let (builder, _) = config.pipeline(&registry());
    let plan = builder.entries()[0].plan().clone();
    fs::write(&token, "the-new-token").expect("it can be written");
    // As every opening does.
    let _ = plan.check();
    let arrived = sent(builder, Alert::info("the-old-token, the-new-token"));
    assert!(arrived.contains("\"[redacted], [redacted]\""), "{arrived}");
}

#[test]
fn a_mistake_in_one_key_does_not_let_the_others_out() {
    let environment = Environment::empty().with("KEY", "pin");
    for redact in [
        "[alert]\nredact = ['password', 5, '${UNSET}', '${KEY}']",
        "redact = ['password', 'pin']",
        "redact = ['pin']\n[alert]\nredact = 'password'",
    ] {
        let config = config_with(redact, &environment);
        let arrived = through(
            &config,
            Alert::info("t").context("password", 1).context("pin", 2),
        );
        let context = "{\"password\":\"[redacted]\",\"pin\":\"[redacted]\"}";
        assert!(arrived.contains(context), "{redact}: {arrived}");
        assert!(config.check(&registry()).has_errors(), "{redact}");
    }
    let shown = shown("redact = ['password']\n[sinks.log]\ntype = 'file'\npath = '/x'\n");
    assert!(
        shown.ends_with("  = help: `redact` stands in the table `[alert]`\n"),
        "{shown}"
    );
}
