//! The pipeline of a program without a config.

use alert_core::{Entry, Node, Problem};

use crate::config::Config;
use crate::environment::Environment;
use crate::host::Host;
use crate::places::data_folder;

/// The variables that shape the default pipeline.
pub(crate) const VARIABLES: [&str; 3] = ["ALERT_LOG", "ALERT_WEBHOOK", "ALERT_DATA_DIR"];

/// A log file, a webhook if one is named, and in a library the program's own `tracing`.
pub(crate) fn pipeline(environment: &Environment, host: Host) -> Config {
    let mut sinks = Vec::new();
    let mut halted = Vec::new();
    let mut remarks = Vec::new();
    match log_path(environment, &mut remarks) {
        Ok(path) => sinks.push(sink("log", "file", [("path", Node::text(path))])),
        Err(problem) => halted.push(("log", problem)),
    }
    if let Some(url) = environment.filled("ALERT_WEBHOOK") {
        match url.to_str() {
            Some(url) => {
                let kind = if is_discord(url) {
                    "discord"
                } else {
                    "generic-webhook"
                };
                let url = Node::text(url).from_variable(true);
                sinks.push(sink("webhook", kind, [("url", url)]));
            }
            None => halted.push(("webhook", not_utf8("ALERT_WEBHOOK"))),
        }
    }
    if host == Host::Library {
        sinks.push(sink("tracing", "tracing", []));
    }
    let root = Node::table([Entry::new("sinks", Node::table(sinks))]);
    let mut config = Config::made("the default pipeline", root, environment);
    config.label("webhook", "ALERT_WEBHOOK");
    for (name, problem) in halted {
        config.halt(name, problem);
    }
    for remark in remarks {
        config.remark(remark);
    }
    config
}

fn sink<const N: usize>(name: &str, kind: &str, keys: [(&str, Node); N]) -> Entry {
    let kind = [("type", Node::text(kind))].into_iter();
    let entries = kind.chain(keys).map(|(key, node)| Entry::new(key, node));
    Entry::new(name, Node::table(entries))
}

fn log_path(environment: &Environment, remarks: &mut Vec<Problem>) -> Result<String, Problem> {
    if let Some(path) = environment.filled("ALERT_LOG") {
        match path.to_str() {
            Some(path) => return Ok(path.to_owned()),
            None => remarks.push(not_utf8("ALERT_LOG")),
        }
    }
    let path = data_folder(environment)?.join("alerts.log");
    match path.to_str() {
        Some(path) => Ok(path.to_owned()),
        None => Err(Problem::error(format!(
            "the data folder's path is not UTF-8: `{}`",
            path.display()
        ))),
    }
}

fn not_utf8(name: &str) -> Problem {
    Problem::error(format!("the value of {name} is not UTF-8"))
}

/// Discord wants messages of its own form.
fn is_discord(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host
        .rsplit('@')
        .next()
        .unwrap_or(host)
        .split(':')
        .next()
        .unwrap_or(host);
    let host = host.to_ascii_lowercase();
    let discord = ["discord.com", "discordapp.com"]
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")));
    discord && path.starts_with("api/")
}

#[cfg(test)]
mod tests {
    use super::is_discord;

    #[test]
    fn a_discord_url_is_known_by_its_host() {
        for url in [
            "https://discord.com/api/webhooks/1/x",
            "https://ptb.discord.com/api/webhooks/1/x",
            "https://DISCORDAPP.com:443/api/v10/webhooks/1/x",
        ] {
            assert!(is_discord(url), "{url}");
        }
        for url in [
            "https://discord.com.evil.example/api/webhooks/1/x",
            "https://evil.example/discord.com/api/webhooks",
            "https://notdiscord.com/api/webhooks/1/x",
            "discord.com/api/webhooks",
            "",
        ] {
            assert!(!is_discord(url), "{url}");
        }
    }
}
