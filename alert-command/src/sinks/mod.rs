//! `alert sinks`: the types of sinks that a config can name.

mod describe;
mod field;
mod sample;

use std::process::ExitCode;

use alert::{Registry, SinkKind};
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::sample::{Sample, toml};
use crate::arguments::Sinks;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::wrap::wrap;

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
                    return Failure::usage(unknown.to_string()).end(json, screen);
                }
            }
        }
    }
    ExitCode::SUCCESS
}

fn list(registry: &Registry, json: bool, screen: &Screen) {
    if json {
        let sinks = registry.kinds().map(Shape::of).collect();
        return screen.json(&Listed { sinks });
    }
    let widest = |of: fn(&SinkKind) -> &str| {
        let lengths = registry.kinds().map(|kind| of(kind).len());
        lengths.max().unwrap_or_default()
    };
    let (name, package) = (widest(|kind| kind.name()), widest(|kind| kind.package()));
    let (paint, columns) = (screen.out_paint(), screen.columns());
    let mut text = String::new();
    for kind in registry.kinds() {
        let docs = summary(kind);
        let package = format!("{:package$}", kind.package());
        let named = format!("{:name$}", kind.name());
        let line = format!("{}  {}  {docs}", paint.bold(&named), paint.dim(&package));
        // Under the first word of the docs, if there is room for it.
        let column = named.len() + package.len() + 4;
        let indent = " ".repeat(if column * 2 < columns { column } else { 4 });
        text.push_str(&wrap(&line, columns, &indent));
    }
    if text.is_empty() {
        text.push_str("no sink type is linked into this program\n");
    }
    screen.out(&text);
}

fn one(kind: &SinkKind, json: bool, screen: &Screen) {
    let schema = sample::schema(kind);
    let keys = field::of(&schema);
    if json {
        screen.json(&Described {
            kind: Shape::of(kind),
            sample: Sample::with(kind.name(), &keys).text(),
            keys,
            schema,
        });
    } else {
        let (paint, columns) = (screen.out_paint(), screen.columns());
        screen.out(&describe::kind(kind, &keys, paint, columns));
    }
}

/// The first paragraph of what its author says about it, in one line.
pub(crate) fn summary(kind: &SinkKind) -> String {
    let lines = kind.docs().lines().map(str::trim);
    let paragraph: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}

/// What `--json` writes of all types.
#[derive(Serialize)]
struct Listed {
    sinks: Vec<Shape>,
}

#[derive(Serialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "crate")]
    package: &'static str,
    docs: &'static str,
}

/// What `--json` writes of one type.
#[derive(Serialize)]
struct Described {
    #[serde(flatten)]
    kind: Shape,
    keys: Vec<field::Field>,
    sample: String,
    schema: Value,
}

impl Shape {
    fn of(kind: &SinkKind) -> Self {
        Self {
            kind: kind.name(),
            package: kind.package(),
            docs: kind.docs(),
        }
    }
}
