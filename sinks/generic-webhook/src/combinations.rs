//! What cannot be meant together.

use std::num::NonZeroUsize;

use alert_core::Findings;

use crate::config::MOST_TOGETHER;
use crate::preset::Preset;
use crate::{Method, WebhookConfig, service};

/// Notes keys that contradict each other, and keys that do nothing.
pub(crate) fn check(config: &WebhookConfig, preset: Option<&Preset>, found: &mut Findings) {
    let format = config.format.unwrap_or_default();
    if config.preset.is_some() {
        let also = [
            ("template", config.template.is_some()),
            ("format", config.format.is_some()),
            ("content_type", config.content_type.is_some()),
            ("success", config.success.is_some()),
            ("gzip", config.gzip),
            ("method", config.method != Method::Post),
        ];
        for (key, _) in also.into_iter().filter(|(_, given)| *given) {
            found.error(key, "`preset` decides on it: take out one of them");
        }
    }
    // A preset that is misspelt is not none; `auto` may be.
    let no_preset = match &config.preset {
        Some(name) => name == service::AUTO && preset.is_none(),
        None => true,
    };
    if config.template.is_some() && config.format.is_some() {
        found.error("format", "`template` makes the body: take out one of them");
    }
    if !config.params.is_empty() && config.template.is_none() && no_preset {
        found.error(
            "params",
            "there is no template and no preset that could use them",
        );
    }
    if config.gzip && !config.signing_secrets.is_empty() {
        found.error(
            "gzip",
            "a signature covers the bytes that are sent, and verifiers want text: take out one of them",
        );
    }
    if !format.is_cloudevents() || config.template.is_some() {
        let unused = [
            ("event_source", config.event_source.is_some()),
            ("event_type", config.event_type.is_some()),
        ];
        for (key, _) in unused.into_iter().filter(|(_, given)| *given) {
            found.error(
                key,
                "only events of CloudEvents have it: set `format = \"cloudevents\"`, without a template or preset",
            );
        }
    }
    if let Some(batch) = config.batch.map(NonZeroUsize::get) {
        if batch > MOST_TOGETHER {
            found.error(
                "batch",
                format!("at most {MOST_TOGETHER} alerts go into one request"),
            );
        }
        if batch > 1 && config.template.is_none() && no_preset && !format.holds_several() {
            let word = format.as_str();
            found.error(
                "batch",
                format!(
                    "a body of `format = \"{word}\"` holds one alert: set `json-array` or `ndjson`"
                ),
            );
        }
    }
}
