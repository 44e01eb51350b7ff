//! `alert emit`: one alert, from what was typed to what became of it.

mod context;
mod input;
mod say;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use alert::config::Environment;
use alert::{Alert, Problems, Verdict};
use serde::Serialize;

use crate::account::Ending;
use crate::arguments::Emit;
use crate::opened::{self, Opened};
use crate::outcomes::{Outcomes, line};
use crate::problems;
use crate::screen::Screen;

pub(crate) fn run(arguments: Box<Emit>, screen: &Screen) -> ExitCode {
    if say::reads_twice(&arguments) {
        screen.err("error: MESSAGE and --context-json cannot both read standard input\n");
        return ExitCode::from(crate::MISUSE);
    }
    let environment = Environment::real();
    let config = arguments.config.path.clone();
    let told = Told {
        strict: arguments.strict,
        json: arguments.form.json,
        lines: (screen.is_terminal() || arguments.verbose) && !arguments.form.json,
    };
    let within = arguments.timeout;
    let (alert, troubles) = say::alert(*arguments, std::io::stdin());
    let opened = Opened::of(opened::find(config.as_deref(), &environment), &environment);
    // Told last: a screen that is stuck must not hold up the alert.
    let endings = deliver(&opened, &alert, within, &environment);
    for trouble in troubles {
        screen.err(&format!("warning: {}\n", alert::terminal(&trouble)));
    }
    let home = environment.get("HOME").map(PathBuf::from);
    told.tell(&alert, &opened.problems, &endings, home, screen)
}

/// Gives the alert to every sink, and where none can be used to the default log.
fn deliver(
    opened: &Opened,
    alert: &Alert,
    within: Duration,
    environment: &Environment,
) -> Vec<Ending> {
    let mut endings = opened.settle(alert.clone(), within);
    if !opened.usable
        && let Some(log) = opened::log_alone(environment)
    {
        endings.append(&mut log.settle(alert.clone(), within));
    }
    endings
}

/// How it is told what became of the alert.
struct Told {
    strict: bool,
    json: bool,
    lines: bool,
}

impl Told {
    fn tell(
        &self,
        alert: &Alert,
        problems: &Problems,
        endings: &[Ending],
        home: Option<PathBuf>,
        screen: &Screen,
    ) -> ExitCode {
        problems::show(problems, screen);
        for ending in endings {
            // Why it is halted stands above.
            if ending.is_loss() && !(ending.halted && problems.has_errors()) {
                screen.err(&line(ending, screen.err_paint(), home.as_deref()));
            } else if self.lines {
                screen.out(&line(ending, screen.out_paint(), home.as_deref()));
            }
        }
        let lost = endings.iter().filter(|ending| ending.is_loss()).count();
        let held =
            |ending: &Ending| matches!(ending.verdict(), Verdict::Delivered | Verdict::Suppressed);
        let nobody = (lost > 0 || endings.is_empty()) && !endings.iter().any(held);
        if nobody {
            screen.err(&format!("no sink has this alert: {}\n", text::line(alert)));
        }
        if self.json {
            let shape = Shape {
                id: alert.id().to_string(),
                delivered: endings
                    .iter()
                    .any(|ending| ending.verdict() == Verdict::Delivered),
                outcomes: Outcomes(endings),
                problems: problems::shapes(problems),
            };
            screen.json(&shape);
        }
        let failed = lost > 0 || nobody;
        ExitCode::from(u8::from(self.strict && failed))
    }
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    id: String,
    /// Whether at least one sink has it.
    delivered: bool,
    outcomes: Outcomes<'a>,
    problems: Vec<problems::Shape<'a>>,
}
