//! What the documents show is true: every TOML sample is a valid config, and
//! every file they point to is there.

use std::path::Path;

use alert::Registry;
use alert::config::{Colour, Config, Environment, render};

fn samples(text: &str, language: &str) -> Vec<String> {
    let mut samples = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("```{language}") {
            let sample: Vec<_> = lines.by_ref().take_while(|l| l.trim() != "```").collect();
            samples.push(sample.join("\n"));
        }
    }
    samples
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What an editor would say of it.
fn assert_fits_the_schema(config: &str) {
    let schema = alert::config::schema(&Registry::linked());
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let json = toml::from_str(config).expect("the sample is TOML");
    let errors: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?} in {config}");
}

/// 32 bytes of the sort that a webhook is signed with.
const SIGNING_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

#[test]
fn every_config_in_the_documents_is_valid() {
    let environment = Environment::empty()
        .with("HOME", "/home/somebody")
        .with("ALERT_DISCORD_URL", "https://discord.com/api/webhooks/1/t")
        .with("FORUM_DISCORD_URL", "https://discord.com/api/webhooks/2/t")
        .with("ONCALL_DISCORD_URL", "https://discord.com/api/webhooks/3/t")
        .with("ALERT_WEBHOOK_URL", "https://hooks.example.org/alerts")
        .with("ALERT_WEBHOOK_TOKEN", "a-token")
        .with("ALERT_SIGNING_SECRET", SIGNING_SECRET)
        .with("PAGERDUTY_KEY", "0123456789abcdef0123456789abcdef");
    let mut checked = 0;
    for document in [
        "README.md",
        "sinks/discord/README.md",
        "sinks/file/README.md",
        "sinks/generic-webhook/README.md",
        "sinks/generic-webhook/presets/README.md",
        "sinks/sqlite-state/README.md",
        "sinks/tracing/README.md",
    ] {
        for sample in samples(&read(document), "toml") {
            if sample.contains("[dependencies]") {
                continue;
            }
            let config = Config::parse(&sample, document, &environment);
            let problems = config.check(&Registry::linked());
            assert!(problems.is_empty(), "{}", render(&problems, Colour::Never));
            assert_fits_the_schema(&sample);
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked} samples");
}

#[test]
fn the_example_service_has_a_valid_config() {
    let text = read("examples/from_config.toml");
    let config = Config::parse(&text, "from_config.toml", &Environment::empty());
    let problems = config.check(&Registry::linked());
    assert!(problems.is_empty(), "{}", render(&problems, Colour::Never));
    assert_fits_the_schema(&text);
}

#[test]
fn every_file_that_the_documents_point_to_is_there() {
    for document in ["README.md", "ARCHITECTURE.md"] {
        let text = read(document);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if !link.starts_with("http") {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
                assert!(path.exists(), "{document} points to {link}");
            }
        }
    }
}

#[test]
fn the_table_of_delivery_keys_names_every_key_of_the_schema() {
    let schema = alert::config::schema(&Registry::linked());
    let keys = schema["$defs"]["delivery"]["properties"].as_object();
    for document in ["README.md", "alert-config/README.md"] {
        let text = read(document);
        for key in keys.expect("the keys are listed").keys() {
            let named = text.contains(&format!("| `{key}"));
            assert!(named, "{document} does not name {key}");
        }
    }
}
