//! `alert emit`: one alert, from what was typed to what became of it.

pub(crate) mod context;
pub(crate) mod input;
pub(crate) mod say;
mod tell;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use alert::config::Environment;
use alert::{Alert, Problems};

use crate::account::Ending;
use crate::arguments::Emit;
use crate::opened::{Opened, find, guarded, log_alone};
use crate::screen::Screen;

/// What became of the alert.
struct Emitted {
    alert: Alert,
    /// What was wrong with the arguments.
    troubles: Vec<String>,
    /// What was wrong with the config.
    problems: Problems,
    /// Whether the config has a sink that could be opened.
    usable: bool,
    endings: Vec<Ending>,
}

pub(crate) fn run(arguments: Box<Emit>, screen: &Screen) -> ExitCode {
    let screen = &screen.quiet(arguments.quiet.quiet);
    if let Err(failure) = say::once(&arguments.typed) {
        return failure.end(arguments.form.json, screen);
    }
    let environment = Environment::real();
    let how = tell::How {
        json: arguments.form.json,
        lines: (screen.is_terminal() || arguments.verbose)
            && !arguments.form.json
            && !screen.is_quiet(),
        home: environment.get("HOME").map(PathBuf::from),
    };
    let strict = arguments.strict;
    // Told last: a screen that is stuck must not hold up the alert.
    let emitted = emit(*arguments, &environment);
    how.tell(&emitted, screen);
    ExitCode::from(u8::from(strict && emitted.failed()))
}

/// Gives the alert to every sink, and where none can be used to the default log.
fn emit(arguments: Emit, environment: &Environment) -> Emitted {
    let path = arguments.config.path.clone();
    let within = arguments.timeout;
    let (alert, troubles) = say::alert(arguments.typed, std::io::stdin());
    let settled = guarded(|| {
        let opened = Opened::of(find(path.as_deref(), environment), within, |all| all);
        let mut endings = opened.settle(alert.clone(), within);
        if !opened.usable
            && let Some(log) = log_alone(environment, within)
        {
            endings.append(&mut log.settle(alert.clone(), within));
        }
        Ok((opened.problems, opened.usable, endings))
    });
    let (problems, usable, endings) =
        settled.unwrap_or_else(|problems| (problems, false, Vec::new()));
    Emitted {
        alert,
        troubles,
        problems,
        usable,
        endings,
    }
}

impl Emitted {
    /// Whether a sink that should have taken it did not, nor did its fallback.
    fn failed(&self) -> bool {
        !self.usable || self.endings.iter().any(|ending| ending.lost)
    }

    /// Whether it got lost.
    fn is_lost(&self) -> bool {
        self.failed() && !self.endings.iter().any(Ending::is_held)
    }
}
