//! Where a config is found, and what runs without one.

mod common;

use std::fs;
use std::path::Path;

use alert_config::{Config, Environment, Host, data_folder};
use alert_core::Registry;
use common::{registry, with_state};

/// A home with these files in it, each with one sink named after its index.
fn home(files: &[&str]) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary folder");
    for (index, file) in files.iter().enumerate() {
        let path = home.path().join(file);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(
            path,
            format!("[sinks.s{index}]\ntype = 'file'\npath = '/x'\n"),
        )
        .expect("it can be written");
    }
    home
}

/// An environment that sees nothing of this machine's own config but `/etc/alert`.
fn environment(home: &Path) -> Environment {
    Environment::empty()
        .with("HOME", home)
        .with("XDG_CONFIG_DIRS", home.join("nowhere"))
}

fn sinks(given: Option<&Path>, environment: &Environment) -> Vec<String> {
    let config = Config::open(given, environment, Host::Command).expect("it can be read");
    config.sinks().map(str::to_owned).collect()
}

#[test]
fn the_nearest_config_is_taken() {
    let home = home(&[
        "given",
        "named",
        "xdg/alert/alert.toml",
        ".config/alert/alert.toml",
    ]);
    let path = |name: &str| home.path().join(name);
    let at_home = environment(home.path());
    assert_eq!(sinks(None, &at_home), ["s3"]);
    let xdg = at_home.with("XDG_CONFIG_HOME", path("xdg"));
    assert_eq!(sinks(None, &xdg), ["s2"]);
    let system = environment(&path("empty")).with("XDG_CONFIG_DIRS", path("xdg"));
    assert_eq!(sinks(None, &system), ["s2"]);
    let named = xdg.with("ALERT_CONFIG", path("named"));
    assert_eq!(sinks(None, &named), ["s1"]);
    assert_eq!(sinks(Some(&path("given")), &named), ["s0"]);
}

#[test]
fn a_config_that_was_asked_for_must_be_there() {
    let home = home(&[".config/alert/alert.toml"]);
    let absent = home.path().join("absent");
    let plain = environment(home.path());
    let named = plain.clone().with("ALERT_CONFIG", &absent);
    for refused in [
        Config::open(Some(&absent), &plain, Host::Command),
        Config::open(None, &named, Host::Command),
    ] {
        assert!(
            refused
                .expect_err("it is absent")
                .to_string()
                .ends_with("there is no such file")
        );
    }
    assert_eq!(sinks(None, &plain.with("ALERT_CONFIG", "")), ["s0"]);
}

#[test]
fn the_variables_of_the_default_pipeline_are_ignored_beside_a_config() {
    let home = home(&[".config/alert/alert.toml"]);
    let environment = environment(home.path())
        .with("ALERT_LOG", "/l")
        .with("ALERT_WEBHOOK", "https://s3cret")
        .with("ALERT_DATA_DIR", "");
    let config = Config::open(None, &environment, Host::Command).expect("it can be read");
    let problems = config.check(&registry()).to_string();
    assert!(problems.starts_with("ALERT_LOG, ALERT_WEBHOOK are ignored, since there is a config"));
    assert!(!problems.contains("s3cret"), "{problems}");
    assert_eq!(config.sinks().collect::<Vec<_>>(), ["s0"]);
}

/// What the default pipeline says of itself: a fact about this machine if it has a config.
fn default_pipeline(environment: &Environment, host: Host) -> Option<(Vec<String>, String)> {
    default_pipeline_with(environment, host, &registry())
}

fn default_pipeline_with(
    environment: &Environment,
    host: Host,
    registry: &Registry,
) -> Option<(Vec<String>, String)> {
    if Path::new("/etc/alert/alert.toml").exists() {
        return None;
    }
    let config = Config::open(None, environment, host).expect("there is nothing to read");
    let (builder, _) = config.pipeline(registry);
    let sinks = builder.entries().iter().map(|sink| sink.name().to_owned());
    let problems = config
        .check(registry)
        .iter()
        .map(|p| p.to_string() + "\n")
        .collect::<String>();
    Some((sinks.collect(), problems.trim_end().to_owned()))
}

#[test]
fn without_a_config_alerts_go_to_a_file() {
    let home = home(&[]);
    let environment = environment(home.path());
    let Some((sinks, problems)) = default_pipeline(&environment, Host::Command) else {
        return;
    };
    assert_eq!(
        (sinks.as_slice(), problems.as_str()),
        (&["log".to_owned()][..], "")
    );
    let Some((sinks, problems)) = default_pipeline(&environment, Host::Library) else {
        return;
    };
    assert_eq!(sinks, ["log", "tracing"]);
    assert_eq!(problems, "sinks.tracing.type: unknown sink type `tracing`");
}

#[test]
fn a_state_database_stands_beside_the_log_where_its_kind_is_linked() {
    let home = home(&[]);
    let environment = environment(home.path())
        .with("ALERT_DATA_DIR", "/data/${HOME}")
        .with("ALERT_LOG", "/l");
    let registry = with_state();
    let Some((sinks, problems)) = default_pipeline_with(&environment, Host::Command, &registry)
    else {
        return;
    };
    assert_eq!(sinks, ["log", "state"]);
    assert_eq!(problems, "");
    let config = Config::open(None, &environment, Host::Command).expect("nothing is read");
    let (builder, _) = config.pipeline(&registry);
    let (_, claims) = builder.entries()[1].plan().check();
    assert_eq!(
        claims[0].id(),
        "/data/${HOME}/state.db",
        "ALERT_LOG does not move it"
    );
}

#[test]
fn without_a_home_both_files_are_halted_and_it_is_told_once() {
    let none = Environment::empty().with("XDG_CONFIG_DIRS", "/nonexistent");
    let why = "there is no place for data, since HOME is not set";
    for environment in [none.clone(), none.with("ALERT_LOG", "/l")] {
        let told = default_pipeline_with(&environment, Host::Command, &with_state());
        let Some((mut sinks, problems)) = told else {
            return;
        };
        sinks.sort();
        assert_eq!(sinks, ["log", "state"]);
        assert_eq!(problems, why);
        let config = Config::open(None, &environment, Host::Command).expect("nothing is read");
        let (builder, _) = config.pipeline(&with_state());
        let mut entries = builder.entries().iter();
        let state = entries
            .find(|sink| sink.name() == "state")
            .expect("it is there");
        assert_eq!(state.plan().kind(), "sqlite-state");
        assert!(
            state
                .plan()
                .limits()
                .expect_err("it is halted")
                .contains(why)
        );
    }
}

#[test]
fn a_webhook_without_its_sink_is_told_and_its_address_is_not_shown() {
    let home = home(&[]);
    for (url, kind) in [
        ("https://x/s3cret", "generic-webhook"),
        ("https://discord.com/api/s3cret", "generic-webhook"),
        ("https://discord.com/api/webhooks/1/s3cret", "discord"),
        (" https://discord.com/api/webhooks/1/s3cret\n", "discord"),
    ] {
        let environment = environment(home.path()).with("ALERT_WEBHOOK", url);
        let Some((sinks, problems)) = default_pipeline(&environment, Host::Command) else {
            return;
        };
        assert_eq!(sinks, ["log", "webhook"]);
        let text = format!("ALERT_WEBHOOK is set, but no sink of type `{kind}` is linked");
        assert_eq!(problems, format!("sinks.webhook.type: {text}"));
    }
}

#[test]
fn a_webhook_that_is_no_url_is_told_and_not_shown() {
    let home = home(&[]);
    for value in [
        "s3cret",
        "discord.com/api/webhooks/1/s3cret",
        "ftp://s3cret",
        " ",
    ] {
        let environment = environment(home.path()).with("ALERT_WEBHOOK", value);
        let Some((sinks, problems)) = default_pipeline(&environment, Host::Command) else {
            return;
        };
        assert_eq!(sinks, ["log", "webhook"]);
        assert_eq!(problems, "ALERT_WEBHOOK is no http or https URL");
    }
}

#[test]
fn without_a_home_there_is_no_place_for_the_log() {
    let none = Environment::empty().with("XDG_CONFIG_DIRS", "/nonexistent");
    let Some((sinks, problems)) = default_pipeline(&none, Host::Command) else {
        return;
    };
    assert_eq!(sinks, ["log"]);
    assert_eq!(
        problems,
        "there is no place for data, since HOME is not set"
    );
    let gone = none.clone().with("HOME", "/nonexistent");
    let Some((_, problems)) = default_pipeline(&gone, Host::Command) else {
        return;
    };
    assert_eq!(
        problems,
        "there is no place for data, since HOME is not a folder: `/nonexistent`"
    );
    let log = none.with("ALERT_LOG", "/var/log/a.log");
    let Some((_, problems)) = default_pipeline(&log, Host::Command) else {
        return;
    };
    assert_eq!(problems, "");
}

#[test]
fn data_goes_where_the_variables_say() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = |environment: Environment| data_folder(&environment).ok();
    let at_home = Environment::empty().with("HOME", home.path());
    let default = home.path().join(".local/share/alert");
    assert_eq!(folder(at_home.clone()), Some(default.clone()));
    assert_eq!(
        folder(at_home.clone().with("XDG_DATA_HOME", "relative")),
        Some(default)
    );
    let xdg = at_home.with("XDG_DATA_HOME", "/data");
    assert_eq!(folder(xdg.clone()), Some("/data/alert".into()));
    assert_eq!(
        folder(xdg.with("ALERT_DATA_DIR", "/here")),
        Some("/here".into())
    );
    assert_eq!(folder(Environment::empty()), None);
}
