//! `alert sinks`: the types of sinks that a config can name.

mod describe;
mod field;
mod sample;

use std::process::ExitCode;

use alert::{Registry, SinkKind};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::Sinks;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Sinks, screen: &Screen) -> ExitCode {
    let registry = Registry::linked();
    let json = arguments.form.json;
    match &arguments.kind {
        None => list(&registry, json, screen),
        Some(name) => {
            let name = name.to_string_lossy();
            match registry.get(&name) {
                Ok(kind) => one(kind, json, screen),
                Err(unknown) => {
                    screen.err(&format!(
                        "error: {}\n",
                        alert::terminal(&unknown.to_string())
                    ));
                    return ExitCode::from(crate::MISUSE);
                }
            }
        }
    }
    ExitCode::SUCCESS
}

fn list(registry: &Registry, json: bool, screen: &Screen) {
    if json {
        let kinds: Vec<_> = registry.kinds().map(|kind| Shape::of(kind, None)).collect();
        return screen.json(&kinds);
    }
    let widest = |of: fn(&SinkKind) -> &str| {
        let lengths = registry.kinds().map(|kind| of(kind).len());
        lengths.max().unwrap_or_default()
    };
    let (name, package) = (widest(|kind| kind.name()), widest(|kind| kind.package()));
    let paint = screen.out_paint();
    let mut text = String::new();
    for kind in registry.kinds() {
        let docs = summary(kind);
        let package = format!("{:package$}", kind.package());
        let named = format!("{:name$}", kind.name());
        let line = format!("{}  {}  {docs}", paint.bold(&named), paint.dim(&package));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str("no sink type is linked into this program\n");
    }
    screen.out(&text);
}

fn one(kind: &SinkKind, json: bool, screen: &Screen) {
    let schema = kind.schema();
    if json {
        screen.json(&Shape::of(kind, Some(schema)));
    } else {
        let fields = field::of(&schema);
        screen.out(&describe::kind(kind, &fields, screen.out_paint()));
    }
}

/// The first line of what its author says about it.
fn summary(kind: &SinkKind) -> &'static str {
    let line = kind.docs().lines().next().unwrap_or_default();
    line.trim()
}

/// What `--json` writes of a type; the schema only of a single one.
#[derive(Serialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "crate")]
    package: &'static str,
    docs: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Value>,
}

impl Shape {
    fn of(kind: &SinkKind, schema: Option<Value>) -> Self {
        Self {
            kind: kind.name(),
            package: kind.package(),
            docs: kind.docs(),
            schema,
        }
    }
}
