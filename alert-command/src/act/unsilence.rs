//! `alert unsilence`: ends a silence before its time.

use std::ffi::OsString;
use std::process::ExitCode;

use alert::sinks::sqlite_state::{StateReader, StateStore};
use clap::Args;

use super::Acting;
use crate::failure::Failure;
use crate::screen::Screen;

#[derive(Debug, Args)]
#[command(after_help = "Exits with 1 if no silence of this number is in force.")]
pub(crate) struct Unsilence {
    /// The number that `alert silence` told
    #[arg(value_name = "NUMBER")]
    id: OsString,
    /// Why
    #[arg(long, value_name = "TEXT")]
    note: Option<OsString>,
    #[command(flatten)]
    acting: Acting,
}

pub(crate) fn run(arguments: &Unsilence, screen: &Screen) -> ExitCode {
    let acting = &arguments.acting;
    acting.perform(arguments.note.as_ref(), screen, |act| {
        let id = number(&arguments.id.to_string_lossy())?;
        // Where there is no database none is made to find nothing in it.
        StateReader::open(&act.database).map_err(|e| Failure::state(&e))?;
        let store = StateStore::open(&act.database).map_err(|e| Failure::state(&e))?;
        let done = store.unsilence(id, &act.by);
        let Some(done) = done.map_err(|e| Failure::state(&e))? else {
            let text = format!("no silence {id} is in force, `alert status` shows those that are");
            return Err(Failure::absent(text));
        };
        act.told_of(&format!("silence {id} ended: {}", done.what.matches), &done);
        Ok(ExitCode::SUCCESS)
    })
}

/// As it is told (`7`), as it stands in the audit trail (`silence:7`), or as people write numbers.
fn number(given: &str) -> Result<i64, Failure> {
    let bare = given.strip_prefix("silence:").unwrap_or(given);
    let bare = bare.strip_prefix('#').unwrap_or(bare);
    bare.parse().map_err(|_| {
        Failure::usage(format!(
            "`{given}` is no number of a silence, which `alert status` shows"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_named_as_it_is_shown_anywhere() {
        for given in ["7", "#7", "silence:7"] {
            assert_eq!(number(given), Ok(7), "{given}");
        }
        for given in ["", "seven", "silence:", "7.0", "99999999999999999999"] {
            assert!(number(given).is_err(), "{given}");
        }
    }
}
