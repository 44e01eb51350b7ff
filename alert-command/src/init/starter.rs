//! The text of a config to begin with.

use alert::{Registry, SinkKind};
use serde_json::Value;

use crate::sinks::{Sample, summary, toml};

/// A config with the sinks of the default pipeline, whose files are in the data folder, and with
/// every linked type and the keys that all sinks share as samples to be switched on.
pub(super) fn text(registry: &Registry, data_file: impl Fn(&str) -> String) -> String {
    let mut text = BEGINNING.to_owned();
    if registry.get("file").is_ok() {
        text.push_str(&logging(&data_file("alerts.log")));
    }
    if registry.get("sqlite-state").is_ok() {
        text.push_str(&keeping(&data_file("state.db")));
    }
    for kind in registry.kinds() {
        text.push('\n');
        text.push_str(&heading(kind));
        match kind.name() {
            "discord" => text.push_str(DISCORD),
            "generic-webhook" => text.push_str(WEBHOOK),
            _ => text.push_str(&sample(kind)),
        }
    }
    text
}

const BEGINNING: &str = r#"#:schema ./alert.schema.json
# The config of `alert`, and of programs that raise alerts through its library.
#
#   alert validate                    finds every mistake in it
#   alert explain warning "a title"   tells which sinks would take an alert, and why
#   alert test                        sends an alert that says it is a test
#   alert sinks                       lists the types of sinks; `alert sinks TYPE` tells their keys
#
# For an editor that completes and checks it, write the schema that the first line names, in the
# folder of this file: `alert schema -o alert.schema.json`
#
# A line that begins with `#` and no space is a sample: take the `#` away to use it. A string may
# have ${VARIABLE}, ${VARIABLE:-a default} or ${file:/a/path} in it, so that a secret need not
# stand here.

# What every alert gets that does not have it.
#[alert]
#source = "my-service"
#context = { stage = "production" }

# How sinks are served. A sink's own `delivery` lies over it. Without these keys nothing is
# suppressed.
#[delivery]
#dedup = { within = "15m" }
#throttle = { at_most = 20, every = "1h" }
#retry = { max_attempts = 5, max_age = "10m" }

# Each sink has a table of its own, `[sinks.NAME]`: its `type`, the keys of that type, and as in
# every sink `enabled`, `when` (which alerts it takes) and `delivery`.
"#;

fn logging(path: &str) -> String {
    let path = verbatim(path);
    format!(
        "[sinks.log]
type = \"file\"
path = {path}
#when = {{ min_severity = \"info\", source = [\"*\"] }}
#delivery = {{ dedup = {{ within = \"1m\" }} }}
"
    )
}

fn keeping(path: &str) -> String {
    let path = verbatim(path);
    format!(
        "
# What `alert status` and `alert history` show and dashboards read.
[sinks.state]
type = \"sqlite-state\"
path = {path}
#keep = {{ age = \"90d\" }}
"
    )
}

/// What looks like a variable in a path is none of a config.
fn verbatim(path: &str) -> String {
    toml(&Value::from(path.replace("${", "$${")))
}

// Of these two not all keys go together.
const DISCORD: &str = r#"# Set ALERT_DISCORD_URL to what the channel's settings give under Integrations, Webhooks.
#[sinks.ops]
#type = "discord"
#url = "${ALERT_DISCORD_URL}"
#on_repeat = "edit"
#when = { min_severity = "warning" }
#delivery = { fallback = "log" }
"#;

const WEBHOOK: &str = r#"# Further keys make it sign, batch, fill in a template, or speak as a known service wants it.
#[sinks.hook]
#type = "generic-webhook"
#url = "${ALERT_WEBHOOK_URL}"
#preset = "auto"
#headers = { X-Team = "billing" }
#when = { min_severity = "critical" }
"#;

/// Its name, and what its author says.
fn heading(kind: &SinkKind) -> String {
    let heading = format!("{}: {}", kind.name(), summary(kind));
    let heading = alert::terminal(heading.trim_end_matches([' ', ':']));
    crate::wrap::wrap_under(&heading, 96, "# ", "# ")
}

/// All keys, switched off.
fn sample(kind: &SinkKind) -> String {
    let lines = Sample::of(kind);
    let lines = lines
        .lines()
        .map(|line| format!("#{}\n", alert::terminal(line)));
    lines.collect()
}
