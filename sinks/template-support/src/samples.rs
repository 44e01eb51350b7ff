//! One alert of each shape.

use std::time::Duration;

use alert_core::{Alert, Attempt, Digest, Fallback, Severity, Suppressed, Timestamp};
use serde_json::json;

use crate::TemplateError;

type Items<'a> = [(&'a Alert, &'a Attempt<'a>)];

/// What breaks a body that does not escape: quotes of each kind, escapes, line breaks of each kind, NUL and other control
/// characters, markup, template tags, reordering, what is one character and many code units.
const HOSTILE: &str = "\"'`\\ \r\n\t\0\u{1b}[31m\u{7f}\u{85}\u{2028}\u{2029}\u{202e}\u{feff}</script>&amp;<!here>@everyone{{ title }}{% raw %}{# #}${HOME}%s\u{10ffff}👩🏽‍🚒e\u{301}";

/// Gives each sample to `try_one`, with what it is an example of, until that is an error.
pub(crate) fn each(
    mut try_one: impl FnMut(&'static str, &Items<'_>) -> Result<(), TemplateError>,
) -> Result<(), TemplateError> {
    let first = Attempt::first(Duration::from_secs(10));
    for (shape, alert) in alone() {
        try_one(shape, &[(&alert, &first)])?;
    }
    let suppressed = Suppressed::one(Severity::Warning, Timestamp::from_micros(1_000_000));
    let fallback = Fallback::new("ops", "gave_up: too old");
    let late = first
        .clone()
        .with_number(3)
        .with_late_by(Duration::from_secs(90))
        .with_stands_for(&suppressed)
        .with_instead_of(&fallback);
    let plain = plain();
    try_one(
        "an alert that is late and stands for others",
        &[(&plain, &late)],
    )?;
    let mut digest = Digest::new(&plain);
    digest.add(&resolved());
    digest.add(&hostile());
    let told = digest.to_alert();
    let gathered = first.clone().with_digest(&digest);
    try_one("a digest of several alerts", &[(&told, &gathered)])?;
    let batch: Vec<Alert> = alone()
        .into_iter()
        .map(|(_, alert)| alert)
        .take(6)
        .collect();
    let items: Vec<_> = batch.iter().map(|alert| (alert, &first)).collect();
    try_one("several alerts in one body", &items)
}

fn alone() -> [(&'static str, Alert); 8] {
    [
        ("a plain alert", plain()),
        ("a resolved alert", resolved()),
        (
            "an alert without message, source, key, context and links",
            Alert::info("title").build(),
        ),
        (
            "an alert with an empty title",
            Alert::critical("").dedup_key("").build(),
        ),
        ("hostile text", hostile()),
        ("nested context", nested()),
        (
            "a resolved alert without a key",
            Alert::warning("title").resolved().build(),
        ),
        ("a very large alert", huge()),
    ]
}

fn plain() -> Alert {
    Alert::warning("disk is filling")
        .message("/var is at 93 %")
        .source("billing")
        .dedup_key("disk:/var")
        .context("used_percent", 93)
        .context("mount", "/var")
        .link("runbook", "https://example.org/disk")
        .build()
}

fn resolved() -> Alert {
    Alert::critical("disk is filling")
        .message("/var is at 60 %")
        .source("billing")
        .dedup_key("disk:/var")
        .resolved()
        .build()
}

fn hostile() -> Alert {
    Alert::critical(HOSTILE)
        .message(HOSTILE)
        .source(HOSTILE)
        .dedup_key(HOSTILE)
        .context(HOSTILE, HOSTILE)
        .context("items", HOSTILE)
        .link(HOSTILE, HOSTILE)
        .build()
}

fn nested() -> Alert {
    Alert::info("title")
        .context("", "")
        .context("number", f64::NAN)
        .context("large", u64::MAX)
        .context("small", -1.5e-300)
        .context("nothing", None::<u8>)
        .context("truth", true)
        .context(
            "deep",
            json!([[{"a": [{}, [], null, {"b": [1, "x", false]}]}]]),
        )
        .build()
}

fn huge() -> Alert {
    let line = "a \"quoted\" line of text, <b> & \\ 👩🏽‍🚒\n";
    let long = line.repeat(Alert::MAX_MESSAGE / line.len() + 1);
    let mut alert = Alert::critical(long.clone())
        .message(long.clone())
        .source(long.clone())
        .dedup_key(long.clone());
    for number in 0..Alert::MAX_LINKS {
        alert = alert.link(long.clone(), format!("https://example.org/{number}"));
    }
    for number in 0..600 {
        alert = alert.context(format!("key {number}"), long.get(..301).unwrap_or(line));
    }
    alert.build()
}
