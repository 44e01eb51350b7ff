//! `alert test`: a marked alert through the sinks, to see that they work.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use alert::Alert;
use alert::config::{Config, Environment};
use serde::Serialize;

use crate::account::Ending;
use crate::arguments::Test;
use crate::opened::{self, Opened};
use crate::outcomes::{Outcomes, line};
use crate::problems;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Test, screen: &Screen) -> ExitCode {
    let environment = Environment::real();
    let path = arguments.config.path.as_deref();
    let found = opened::find(path, &environment);
    if let Ok(config) = &found
        && let Err(misuse) = select(&arguments.sinks, config)
    {
        screen.err(&format!("error: {}\n", alert::terminal(&misuse)));
        return ExitCode::from(crate::MISUSE);
    }
    let opened = Opened::of(found, &environment);
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
            screen.out(&line(ending, screen.out_paint(), home.as_deref()));
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

/// Whether these are the names of all the config's sinks: a pipeline is opened as a whole, and no
/// sink may get a test alert that was not meant for it.
fn select(names: &[OsString], config: &Config) -> Result<(), String> {
    let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
    let listed = || {
        let all: Vec<String> = config.sinks().map(|sink| format!("`{sink}`")).collect();
        all.join(", ")
    };
    if let Some(unknown) = names
        .iter()
        .find(|name| !config.sinks().any(|sink| sink == **name))
    {
        return Err(format!(
            "no sink is called `{unknown}`, there are {}",
            listed()
        ));
    }
    let missing = config
        .sinks()
        .find(|sink| !names.iter().any(|name| name == sink));
    match missing {
        Some(missing) if !names.is_empty() => Err(format!(
            "`{missing}` cannot be left out: the sinks of a config are tested together"
        )),
        _ => Ok(()),
    }
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
