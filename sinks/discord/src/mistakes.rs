//! What is wrong with a config, beside what its types refuse.

use alert_core::Severity;
use alert_template_support::Values;

use crate::DiscordConfig;
use crate::config::template;
use crate::limits::{MENTIONS, TAGS, THREAD_NAME, USERNAME};
use crate::rate::REMEMBERED;
use crate::text::{count, is_blank};
use crate::url::Webhook;

impl DiscordConfig {
    /// Mistakes by their keys.
    pub(crate) fn mistakes(&self) -> Vec<(&'static str, String)> {
        let mut mistakes = Vec::new();
        let mut found = |key, text: String| mistakes.push((key, text));
        match Webhook::parse(&self.url) {
            Err(text) => found("url", text),
            Ok(webhook) => {
                let own = self.thread_id.map(|id| id.to_string());
                match (webhook.thread(), own.as_deref()) {
                    (Some(there), Some(here)) if there != here => {
                        found(
                            "thread_id",
                            "the URL names another thread: remove one".into(),
                        );
                    }
                    (Some(_), _) | (_, Some(_)) if self.thread_name.is_some() => found(
                        "thread_name",
                        "a message goes into a thread or makes one: remove this or the `thread_id`"
                            .into(),
                    ),
                    _ => {}
                }
            }
        }
        if let Some(text) = self.username.as_deref().and_then(wrong_username) {
            found("username", text);
        }
        if let Some(url) = &self.avatar_url {
            let parsed = url::Url::parse(url.trim());
            if !parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                found("avatar_url", "must be an http or https URL".into());
            }
        }
        if self.thread_name.as_deref().is_some_and(is_blank) {
            found(
                "thread_name",
                format!("must have 1 to {THREAD_NAME} characters"),
            );
        }
        if self.applied_tags.len() > TAGS {
            found("applied_tags", format!("a thread has at most {TAGS} tags"));
        }
        if !self.applied_tags.is_empty() && self.thread_name.is_none() {
            found(
                "applied_tags",
                "only new threads get tags: set `thread_name` too".into(),
            );
        }
        for (severity, key) in
            Severity::ALL
                .into_iter()
                .zip(["mention.info", "mention.warning", "mention.critical"])
        {
            if self.mention.of(severity).len() > MENTIONS {
                found(key, format!("at most {MENTIONS} can be mentioned"));
            }
        }
        if usize::from(self.per_minute) > REMEMBERED {
            found("per_minute", format!("must be at most {REMEMBERED}"));
        }
        for (key, source) in self.templates() {
            let tried = source.map(template).transpose();
            let tried = tried.and_then(|template| match template {
                Some(template) => template.try_samples(&Values::new()),
                None => Ok(()),
            });
            if let Err(error) = tried {
                found(key, error.to_string());
            }
        }
        mistakes
    }
}

fn wrong_username(name: &str) -> Option<String> {
    let name = name.trim();
    if is_blank(name) || count(name) > USERNAME {
        return Some(format!("must have 1 to {USERNAME} characters"));
    }
    if name.contains(char::is_control) {
        return Some("must not hold control characters".to_owned());
    }
    let lower = name.to_lowercase();
    let part = ["clyde", "discord"]
        .into_iter()
        .find(|word| lower.contains(word));
    if let Some(word) = part {
        return Some(format!("discord refuses names with `{word}` in them"));
    }
    let whole = ["everyone", "here"].into_iter().find(|word| lower == *word);
    whole.map(|word| format!("discord refuses the name `{word}`"))
}
