//! Telling what became of an alert.

use std::path::PathBuf;

use serde::Serialize;

use super::{Emitted, text};
use crate::account::Ending;
use crate::opened::LAST_LOG;
use crate::outcomes::{Outcomes, line};
use crate::problems;
use crate::screen::Screen;

/// To whom, and in which form.
pub(super) struct How {
    /// One object on standard output.
    pub(super) json: bool,
    /// A line for each sink on standard output.
    pub(super) lines: bool,
    /// The home folder, which people write as a tilde.
    pub(super) home: Option<PathBuf>,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    id: String,
    delivered: bool,
    outcomes: Outcomes<'a>,
    problems: Vec<problems::Shape<'a>>,
}

impl How {
    /// One line on standard error for each trouble; the rest where it is wanted.
    pub(super) fn tell(&self, emitted: &Emitted, screen: &Screen) {
        let endings = &emitted.endings;
        for trouble in &emitted.troubles {
            screen.warning(trouble);
        }
        problems::show(&emitted.problems, screen);
        for ending in endings {
            self.ending(ending, emitted, screen);
        }
        if emitted.is_lost() {
            let alert = text::line(&emitted.alert);
            // As a log has it: in one line.
            screen.err(&format!("no sink has this alert: {alert}\n"));
        }
        if self.json {
            screen.json(&Shape {
                id: emitted.alert.id().to_string(),
                delivered: endings.iter().any(Ending::is_delivered),
                outcomes: Outcomes(endings),
                problems: problems::shapes(&emitted.problems),
            });
        }
    }

    fn ending(&self, ending: &Ending, emitted: &Emitted, screen: &Screen) {
        // Why it is halted stands above.
        let told = |ending: &Ending| ending.halted && emitted.problems.has_errors();
        let names = |other: &Ending| other.fallback.as_ref() == Some(&ending.sink);
        let mut others = emitted.endings.iter();
        // It stands in the line of the sink that failed.
        if ending.as_fallback && others.any(|other| names(other) && !told(other)) {
            return;
        }
        let told = told(ending);
        // Nobody asked for it by name.
        let instead = ending.sink == LAST_LOG && !self.lines && !screen.is_quiet();
        if (ending.is_loss() && !told) || instead {
            screen.complain(&line(
                ending,
                &emitted.endings,
                screen.err_paint(),
                self.home.as_deref(),
            ));
        } else if self.lines {
            screen.tell(&line(
                ending,
                &emitted.endings,
                screen.out_paint(),
                self.home.as_deref(),
            ));
        }
    }
}
