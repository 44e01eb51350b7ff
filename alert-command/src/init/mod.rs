//! `alert init`: a config to begin with.

mod starter;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alert::Registry;
use alert::config::{Environment, data_folder, user_config};
use serde::Serialize;

use crate::arguments::Init;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::written::{self, Existing, Readers};

pub(crate) fn run(arguments: &Init, screen: &Screen) -> ExitCode {
    let screen = &screen.quiet(arguments.quiet.quiet);
    let environment = Environment::real();
    let text = starter::text(&Registry::linked(), |name| data_file(name, &environment));
    let given = arguments.path.as_deref();
    if arguments.print || given == Some(Path::new("-")) {
        if arguments.form.json {
            screen.json(&Printed { text: &text });
        } else {
            screen.out(&text);
        }
        return ExitCode::SUCCESS;
    }
    let existing = match arguments.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let done = place(given, &environment).and_then(|path| {
        written::write(&path, &text, Readers::Owner, existing)?;
        Ok(path)
    });
    match done {
        Ok(path) => {
            tell(&path, arguments.form.json, screen);
            ExitCode::SUCCESS
        }
        Err(failure) => failure.end(arguments.form.json, screen),
    }
}

fn place(given: Option<&Path>, environment: &Environment) -> Result<PathBuf, Failure> {
    match given {
        Some(path) => Ok(path.to_owned()),
        None => user_config(environment).map_err(|problem| {
            let help = problem.helps().first().map(String::as_str);
            Failure::io(format!("{}: {}", problem.text(), help.unwrap_or_default()))
        }),
    }
}

fn tell(path: &Path, json: bool, screen: &Screen) {
    let path = path.to_string_lossy();
    if json {
        screen.json(&Written { path: &path });
    } else {
        let path = alert::terminal(&path);
        screen.tell(&format!("wrote {path}\n"));
        screen.tell("next: edit it, then `alert validate` and `alert test`\n");
    }
}

/// A file of the default pipeline, as a person would write its path.
fn data_file(name: &str, environment: &Environment) -> String {
    let folder = data_folder(environment).unwrap_or_default();
    let home = environment.get("HOME").filter(|home| !home.is_empty());
    let home = home.map(Path::new);
    let below = home.and_then(|home| folder.strip_prefix(home).ok());
    let folder = match below {
        Some(below) => Path::new("~").join(below),
        None => folder,
    };
    folder.join(name).to_string_lossy().into_owned()
}

/// What `--json` writes.
#[derive(Serialize)]
struct Written<'a> {
    path: &'a str,
}

/// What `--json` writes of a config that is only printed.
#[derive(Serialize)]
struct Printed<'a> {
    text: &'a str,
}
