//! The pipeline of a program without a config.

use alert_core::{Entry, Node, Problem};

use crate::config::Config;
use crate::environment::Environment;
use crate::host::Host;
use crate::places::data_folder;
use crate::webhook::Webhook;

/// The variables that shape the default pipeline.
pub(crate) const VARIABLES: [&str; 3] = ["ALERT_LOG", "ALERT_WEBHOOK", "ALERT_DATA_DIR"];

/// The sink that `ALERT_WEBHOOK` asks for.
const WEBHOOK: &str = "webhook";

/// The sink that dashboards and people read, and its kind.
const STATE: (&str, &str) = ("state", "sqlite-state");

/// A log file, a state database where that kind is linked, a webhook if one is named, and in a
/// library the program's own `tracing`.
pub(crate) fn pipeline(environment: &Environment, host: Host) -> Config {
    let mut sinks = Vec::new();
    let mut halted = Vec::new();
    let mut remarks = Vec::new();
    match log_path(environment, &mut remarks) {
        Ok(path) => sinks.push(sink("log", "file", [("path", verbatim(&path))])),
        Err(problem) => halted.push(("log", problem)),
    }
    let (state, kind) = STATE;
    let stateless = match data_file(environment, "state.db") {
        Ok(path) => {
            sinks.push(sink(state, kind, [("path", verbatim(&path))]));
            None
        }
        Err(problem) => Some(problem),
    };
    match webhook(environment) {
        None => {}
        Some(Ok(entry)) => sinks.push(entry),
        Some(Err(problem)) => halted.push((WEBHOOK, problem)),
    }
    if host == Host::Library {
        sinks.push(sink("tracing", "tracing", []));
    }
    let root = Node::table([Entry::new("sinks", Node::table(sinks))]);
    let mut config = Config::made("the default pipeline", root, environment);
    config.label(WEBHOOK, "ALERT_WEBHOOK");
    config.only_if_linked(state, kind, stateless);
    for (name, problem) in halted {
        config.halt(name, problem);
    }
    for remark in remarks {
        config.remark(remark);
    }
    config
}

/// The sink that the variable asks for, or what is wrong with its value, which is shown nowhere.
fn webhook(environment: &Environment) -> Option<Result<Entry, Problem>> {
    let given = environment.filled("ALERT_WEBHOOK")?;
    let Some(url) = given.to_str() else {
        return Some(Err(not_utf8("ALERT_WEBHOOK")));
    };
    let url = url.trim();
    let node = Node::text(url).from_variable(true);
    Some(match Webhook::of(url) {
        Some(Webhook::Discord) => Ok(sink(WEBHOOK, "discord", [("url", node)])),
        Some(Webhook::Generic) => {
            let keys = [("url", node), ("preset", Node::text("auto"))];
            Ok(sink(WEBHOOK, "generic-webhook", keys))
        }
        None => {
            let text = "ALERT_WEBHOOK is no http or https URL";
            let help = "give it the whole URL, such as `https://example.org/hook`";
            Err(Problem::error(text).help(help))
        }
    })
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
    data_file(environment, "alerts.log")
}

/// What looks like a variable of a config is none in a path.
fn verbatim(path: &str) -> Node {
    Node::text(path.replace("${", "$${"))
}

/// A file in the data folder.
fn data_file(environment: &Environment, name: &str) -> Result<String, Problem> {
    let folder = data_folder(environment)?;
    match folder.join(name).to_str() {
        Some(path) => Ok(path.to_owned()),
        None => Err(Problem::error(format!(
            "the data folder's path is not UTF-8: `{}`",
            folder.display()
        ))),
    }
}

fn not_utf8(name: &str) -> Problem {
    Problem::error(format!("the value of {name} is not UTF-8"))
}
