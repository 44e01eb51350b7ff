//! `alert test`: a marked alert through the sinks, to see that they work.

use std::borrow::Cow;
use std::path::PathBuf;
use std::process::ExitCode;

use alert::config::{Config, Environment};
use alert::{Alert, SinkEntry};
use serde::Serialize;

use crate::account::Ending;
use crate::arguments::Test;
use crate::failure::Failure;
use crate::opened::{self, Opened};
use crate::outcomes::{Outcomes, line, under};
use crate::problems;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Test, screen: &Screen) -> ExitCode {
    let screen = &screen.quiet(arguments.quiet.quiet);
    let environment = Environment::real();
    let path = arguments.config.path.as_deref();
    let found = opened::find(path, &environment);
    let names: Vec<_> = arguments
        .sinks
        .iter()
        .map(|name| name.to_string_lossy())
        .collect();
    if let Ok(config) = &found
        && let Err(failure) = known(&names, config)
    {
        return failure.end(arguments.form.json, screen);
    }
    let wanted =
        |entry: &SinkEntry| names.is_empty() || names.iter().any(|name| name == entry.name());
    // What is tried is the sink itself, not who steps in for it nor what it does not take.
    let opened = Opened::of(found, arguments.timeout, |all| {
        all.retain(wanted).without_fallbacks().without_gates()
    });
    problems::show(&opened.problems, screen);
    let alert = alert(&arguments.severity.to_string_lossy());
    let id = alert.id().to_string();
    let endings = opened.settle(alert, arguments.timeout);
    let passed = !endings.is_empty() && !endings.iter().any(Ending::is_loss);
    if arguments.form.json {
        screen.json(&Shape {
            id,
            passed,
            outcomes: Outcomes(&endings),
            problems: problems::shapes(&opened.problems),
        });
    } else {
        let home = environment.get("HOME").map(PathBuf::from);
        for ending in &endings {
            let paint = match screen.is_quiet() {
                true => screen.err_paint(),
                false => screen.out_paint(),
            };
            let mut told = line(ending, &endings, paint, home.as_deref());
            told.extend(under(ending, arguments.timeout));
            if ending.is_loss() && screen.is_quiet() {
                screen.complain(&told);
            } else {
                screen.tell(&told);
            }
        }
    }
    ExitCode::from(u8::from(!passed))
}

/// It says that it is none that matters.
fn alert(severity: &str) -> Alert {
    Alert::lenient(severity, "Test alert")
        .message("sent by `alert test` to see that the sinks work; nothing is wrong")
        .context("test", true)
        .build()
}

/// # Errors
/// If the config has no sink of one of these names.
pub(crate) fn known(names: &[Cow<'_, str>], config: &Config) -> Result<(), Failure> {
    let Some(unknown) = names
        .iter()
        .find(|name| !config.sinks().any(|sink| sink == **name))
    else {
        return Ok(());
    };
    let all: Vec<String> = config.sinks().map(|sink| format!("`{sink}`")).collect();
    let there = match all.as_slice() {
        [] => "there is none".to_owned(),
        all => format!("there are {}", all.join(", ")),
    };
    let text = format!("no sink is called `{unknown}`, {there}");
    Err(Failure::usage(text))
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    id: String,
    /// Whether no sink failed that should have taken the alert.
    passed: bool,
    outcomes: Outcomes<'a>,
    problems: Vec<problems::Shape<'a>>,
}
