//! `alert validate`: every mistake of a config at once.

use std::process::ExitCode;

use alert::config::{Config, Environment, Host};
use alert::{Problems, Registry};
use serde::Serialize;

use crate::arguments::Validate;
use crate::opened::guarded;
use crate::problems;
use crate::screen::Screen;

pub(crate) fn run(arguments: &Validate, screen: &Screen) -> ExitCode {
    let screen = &screen.quiet(arguments.quiet.quiet);
    let given = arguments.config.path.as_deref();
    let looked_at = guarded(|| {
        let config = Config::open(given, &Environment::real(), Host::Command)?;
        let problems = config.check(&Registry::linked());
        Ok((config, problems))
    });
    let (config, problems) = match looked_at {
        Ok((config, problems)) => (Some(config), problems),
        Err(problems) => (None, problems),
    };
    let sinks = config.as_ref().map_or(0, |config| config.sinks().count());
    let name = config.as_ref().map(Config::name);
    if arguments.form.json {
        let shape = Shape {
            config: name,
            sinks,
            valid: !problems.has_errors(),
            problems: problems::shapes(&problems),
        };
        screen.json(&shape);
    } else {
        problems::show(&problems, screen);
        conclude(name, sinks, &problems, screen);
    }
    ExitCode::from(u8::from(problems.has_errors()))
}

/// `alert.toml: 3 sinks, no problem`
fn conclude(name: Option<&str>, sinks: usize, problems: &Problems, screen: &Screen) {
    let tally = problems::tally(problems);
    let sinks = match sinks {
        1 => "1 sink".to_owned(),
        many => format!("{many} sinks"),
    };
    match name {
        // The one problem says it all.
        None => {}
        Some(name) if problems.has_errors() => {
            screen.complain(&format!("\n{name}: {sinks}, {tally}\n"));
        }
        Some(name) => screen.tell(&format!("{name}: {sinks}, {tally}\n")),
    }
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    config: Option<&'a str>,
    sinks: usize,
    valid: bool,
    problems: Vec<problems::Shape<'a>>,
}
