//! What people do about alerts: acknowledge, resolve, silence. Each act names who did it and has
//! an entry in the audit trail; where that cannot be written the act counts all the same.

pub(crate) mod ack;
mod actor;
pub(crate) mod resolve;
pub(crate) mod silence;
mod terms;
pub(crate) mod unsilence;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use alert::config::Environment;
use alert::sinks::sqlite_state::{By, StateError};
use clap::Args;

use crate::database::Database;
use crate::failure::Failure;
use crate::options::{Form, Quiet};
use crate::screen::Screen;

// What all of them take.
#[derive(Debug, Args)]
pub(crate) struct Acting {
    /// Who does it, for the audit trail [default: $SUDO_USER, else $USER, else $LOGNAME, else the user's number]
    #[arg(long, value_name = "NAME")]
    actor: Option<OsString>,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    quiet: Quiet,
    #[command(flatten)]
    form: Form,
}

/// Where an act is done, by whom, and who hears of it.
struct Act {
    environment: Environment,
    database: PathBuf,
    by: By,
    screen: Screen,
    json: bool,
}

impl Acting {
    /// Does it, and tells what kept it from being done.
    fn perform(
        &self,
        note: Option<&OsString>,
        screen: &Screen,
        work: impl FnOnce(&Act) -> Result<ExitCode, Failure>,
    ) -> ExitCode {
        let (screen, json) = (screen.quiet(self.quiet.quiet), self.form.json);
        let environment = Environment::real();
        let done = self.database.path(&environment).and_then(|database| {
            let mut by = By::new(actor::name(self.actor.as_deref(), &environment));
            by.note = note.map(|note| note.to_string_lossy().into_owned());
            work(&Act {
                environment,
                database,
                by,
                screen,
                json,
            })
        });
        done.unwrap_or_else(|failure| failure.end(json, &screen))
    }
}

impl Act {
    /// Tells in one line what was done, or to programs as one object.
    fn tell<T: serde::Serialize>(&self, line: &str, shape: &T, unaudited: Option<&StateError>) {
        if let Some(why) = unaudited {
            let text = format!("it is done, but has no entry in the audit trail: {why}");
            self.screen.warning(&text);
        }
        if self.json {
            self.screen.json(shape);
        } else {
            self.screen.tell(&format!("{}\n", alert::terminal(line)));
        }
    }
}

/// What went wrong with the audit trail, as `--json` has it.
fn shown(unaudited: Option<&StateError>) -> Option<String> {
    unaudited.map(ToString::to_string)
}
