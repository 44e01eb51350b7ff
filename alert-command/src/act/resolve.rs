//! `alert resolve`: what an incident told of has ended, and everybody who heard of it hears so.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use alert::sinks::sqlite_state::{Audit, Incident, StateError, StateReader, StateStore};
use alert::{Alert, Problems, Status, Timestamp};
use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{Act, Acting, shown};
use crate::account::Ending;
use crate::arguments::duration;
use crate::failure::Failure;
use crate::opened::{Opened, find};
use crate::outcomes::{Outcomes, line};
use crate::problems;
use crate::screen::Screen;

#[derive(Debug, Args)]
#[command(
    after_help = "Raises a resolved alert through the sinks of the config, as `alert emit --resolve` does, and closes the \
                  incident in the database whatever became of it there. Exits with 1 if no incident of this key is \
                  open, and sends nothing then, or if the incident could not be closed."
)]
pub(crate) struct Resolve {
    /// The dedup key of the incident, as `alert status` shows it
    #[arg(value_name = "KEY")]
    key: OsString,
    /// What there is to say about it; it becomes the alert's message
    #[arg(long, value_name = "TEXT")]
    note: Option<OsString>,
    /// How long the sinks may take, all in all
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    acting: Acting,
}

/// What was done.
struct Resolved {
    alert: Alert,
    before: Incident,
    endings: Vec<Ending>,
    problems: Problems,
    /// Whether the incident could be closed, and if so, whether the audit trail tells it.
    closed: Result<Option<StateError>, StateError>,
}

pub(crate) fn run(arguments: &Resolve, screen: &Screen) -> ExitCode {
    let acting = &arguments.acting;
    acting.perform(arguments.note.as_ref(), screen, |act| {
        let key = arguments.key.to_string_lossy();
        let before = open_incident(&key, act)?;
        let alert = alert(&before, act);
        let config = find(acting.database.config.path.as_deref(), &act.environment);
        let opened = Opened::of(config, arguments.timeout, |all| all);
        let endings = opened.settle(alert.clone(), arguments.timeout);
        let resolved = Resolved {
            closed: close(&alert, &before, act),
            alert,
            before,
            endings,
            problems: opened.problems,
        };
        resolved.tell(act);
        Ok(ExitCode::from(u8::from(resolved.closed.is_err())))
    })
}

/// # Errors
/// If there is none.
fn open_incident(key: &str, act: &Act) -> Result<Incident, Failure> {
    let reader = StateReader::open(&act.database).map_err(|e| Failure::state(&e))?;
    let incident = reader.incident(key).map_err(|e| Failure::state(&e))?;
    let text = match incident {
        Some(incident) if incident.is_open() => return Ok(incident),
        Some(Incident {
            resolved_at: Some(at),
            ..
        }) => format!("the incident of `{key}` was resolved at {at}, nothing was sent"),
        _ => format!(
            "there is no incident of `{key}`, nothing was sent, `alert status` shows the keys of those that are open"
        ),
    };
    Err(Failure::absent(text))
}

/// What the incident's alerts were about, as resolved.
fn alert(incident: &Incident, act: &Act) -> Alert {
    // It is newer than what it ends, also if another machine's clock is ahead.
    let last = incident.last_at.as_micros().saturating_add(1);
    let time = Timestamp::now().max(Timestamp::from_micros(last));
    let alert = Alert::builder(incident.severity, incident.title.clone())
        .source(incident.source.clone())
        .dedup_key(incident.dedup_key.clone())
        .status(Status::Resolved)
        .context_text("resolved_by", act.by.actor.clone())
        .time(time);
    match &act.by.note {
        Some(note) => alert.message(note.clone()).build(),
        None => alert.build(),
    }
}

/// Sees to it that the database has it, whatever the pipeline's own sink did, and who did it.
fn close(alert: &Alert, before: &Incident, act: &Act) -> Result<Option<StateError>, StateError> {
    let store = StateStore::open(&act.database)?;
    store.record(std::slice::from_ref(alert))?;
    // Whole like `before`, so that the trail tells what differs and nothing else.
    let mut after = json!(before);
    after["resolved_at"] = json!(alert.time());
    after["alert"] = json!(alert.id());
    let told = Audit::open(&act.database).and_then(|audit| {
        audit.try_record(
            &act.by.actor,
            "resolve",
            &before.dedup_key,
            Some(&json!(before)),
            Some(&after),
            act.by.note.as_deref(),
        )
    });
    Ok(told.err())
}

impl Resolved {
    fn tell(&self, act: &Act) {
        let (screen, home) = (&act.screen, act.environment.get("HOME").map(PathBuf::from));
        problems::show(&self.problems, screen);
        for ending in &self.endings {
            let is_told = ending.is_loss() && !(ending.halted && self.problems.has_errors());
            let all = &self.endings;
            if is_told {
                screen.complain(&line(ending, all, screen.err_paint(), home.as_deref()));
            } else if !act.json && !ending.as_fallback {
                screen.tell(&line(ending, all, screen.out_paint(), home.as_deref()));
            }
        }
        if let Err(why) = &self.closed {
            screen.error(&format!("the incident could not be closed: {why}"));
        }
        let unaudited = self.closed.as_ref().ok().and_then(Option::as_ref);
        let shape = Shape {
            id: self.alert.id().to_string(),
            resolved_at: self.closed.is_ok().then(|| self.alert.time()),
            incident: &self.before,
            outcomes: Outcomes(&self.endings),
            problems: problems::shapes(&self.problems),
            unclosed: self.closed.as_ref().err().map(ToString::to_string),
            unaudited: shown(unaudited),
        };
        let (key, severity, title) = (
            &self.before.dedup_key,
            self.before.severity,
            &self.before.title,
        );
        match &self.closed {
            Ok(_) => {
                let line = format!("resolved the incident of {key}: {severity} {title}");
                act.tell(&line, &shape, unaudited);
            }
            Err(_) if act.json => screen.json(&shape),
            Err(_) => {}
        }
    }
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    id: String,
    /// Null: it could not be closed, for the reason `unclosed`.
    resolved_at: Option<Timestamp>,
    /// As it was before.
    incident: &'a Incident,
    outcomes: Outcomes<'a>,
    problems: Vec<problems::Shape<'a>>,
    unclosed: Option<String>,
    unaudited: Option<String>,
}
