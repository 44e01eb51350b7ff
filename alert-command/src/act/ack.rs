//! `alert ack`: somebody has seen it and cares.

use std::ffi::OsString;
use std::process::ExitCode;

use alert::sinks::sqlite_state::{
    Acknowledged, AlertName, Incident, StateReader, StateStore, StoredAlert,
};
use clap::Args;
use serde::Serialize;

use super::{Acting, shown};
use crate::failure::Failure;
use crate::screen::Screen;

#[derive(Debug, Args)]
#[command(
    after_help = "It acknowledges the open incident of the alert's dedup key; where there is none, the alert itself. \
                  Exits with 1 if there is no such alert."
)]
pub(crate) struct Ack {
    /// Its number, as `alert history` shows it, or its id
    #[arg(value_name = "ALERT")]
    id: OsString,
    /// What there is to say about it
    #[arg(long, value_name = "TEXT")]
    note: Option<OsString>,
    #[command(flatten)]
    acting: Acting,
}

pub(crate) fn run(arguments: &Ack, screen: &Screen) -> ExitCode {
    let acting = &arguments.acting;
    acting.perform(arguments.note.as_ref(), screen, |act| {
        let which = name(&arguments.id.to_string_lossy())?;
        // Where there is no database none is made to find nothing in it.
        StateReader::open(&act.database).map_err(|e| Failure::state(&e))?;
        let store = StateStore::open(&act.database).map_err(|e| Failure::state(&e))?;
        let done = store.acknowledge(which, &act.by);
        let Some(done) = done.map_err(|e| Failure::state(&e))? else {
            let text = format!("there is no alert {which}, or none any more, see `alert history`");
            return Err(Failure::absent(text));
        };
        let unaudited = done.unaudited.as_ref();
        let shape = Shape {
            alert: &done.what.alert,
            incident: done.what.incident.as_ref(),
            unaudited: shown(unaudited),
        };
        act.tell(&line(&done.what), &shape, unaudited);
        Ok(ExitCode::SUCCESS)
    })
}

fn name(given: &str) -> Result<AlertName, Failure> {
    given.parse().map_err(|why| {
        let text = format!("`{given}` is no alert: {why}, which `alert history --open` shows");
        Failure::usage(text)
    })
}

/// `acknowledged incident disk:/ with 3 alerts: critical #17 disk full`
fn line(what: &Acknowledged) -> String {
    let alert = &what.alert;
    let what = match &what.incident {
        Some(incident) => {
            let alerts = match incident.count {
                1 => "1 alert".to_owned(),
                many => format!("{many} alerts"),
            };
            format!("the open incident of {}, {alerts}", incident.dedup_key)
        }
        None => "the alert, which has no open incident".to_owned(),
    };
    let (number, severity, title) = (alert.number, alert.severity, &alert.title);
    format!("acknowledged {what}: #{number} {severity} {title}")
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    alert: &'a StoredAlert,
    incident: Option<&'a Incident>,
    unaudited: Option<String>,
}
