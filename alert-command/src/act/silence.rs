//! `alert silence`: quiet about some alerts, for a while and with a reason.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use alert::sinks::sqlite_state::{Done, StateStore, StoredSilence};
use alert::{ConfigDuration, Timestamp};
use clap::Args;
use serde::Serialize;

use super::{Act, Acting, shown, terms};
use crate::arguments::duration;
use crate::failure::Failure;
use crate::screen::Screen;

#[derive(Debug, Args)]
#[command(
    after_help = "An alert that meets all conditions is still in the database and in the log, and goes to no sink that \
                  would tell people. Programs whose config has this database heed it within a second. Exits with 1 if \
                  the database cannot be written."
)]
pub(crate) struct Silence {
    /// What the alerts are like, all of it: `severity=warning,critical`, `source=billing-*`, `key=disk:*` (the dedup key),
    /// `context.host=db-1`
    #[arg(value_name = "CONDITION")]
    terms: Vec<OsString>,
    /// Silences every alert
    #[arg(long, conflicts_with = "terms")]
    all: bool,
    /// For how long: `30m`, `2h`, `1d`
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, required_unless_present = "until")]
    within: Option<Duration>,
    /// Until when: a time in RFC 3339, such as `2026-11-24T18:00:00Z`
    #[arg(long, value_name = "TIME", conflicts_with = "within")]
    until: Option<OsString>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    note: OsString,
    #[command(flatten)]
    acting: Acting,
}

pub(crate) fn run(arguments: &Silence, screen: &Screen) -> ExitCode {
    let now = Timestamp::now();
    let acting = &arguments.acting;
    acting.perform(Some(&arguments.note), screen, |act| {
        if arguments.terms.is_empty() && !arguments.all {
            let text = "no condition is given, give some, or --all for every alert";
            return Err(Failure::usage(text));
        }
        let matches = terms::read(&arguments.terms)?;
        let until = arguments.end(now)?;
        if act
            .by
            .note
            .as_deref()
            .is_none_or(|note| note.trim().is_empty())
        {
            return Err(Failure::usage("--note is empty, say why"));
        }
        let store = StateStore::open(&act.database).map_err(|e| Failure::state(&e))?;
        let done = store.silence(&matches, until, &act.by);
        let done = done.map_err(|e| Failure::state(&e))?;
        let StoredSilence { id, ends_at, .. } = done.what;
        let matches = &done.what.matches;
        let left = whole_seconds(ends_at.saturating_since(now));
        let line = format!("silence {id}: {matches}, until {ends_at} (for {left})");
        act.told_of(&line, &done);
        Ok(ExitCode::SUCCESS)
    })
}

impl Silence {
    fn end(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        let end = match (&self.until, self.within) {
            (Some(until), _) => {
                let until = until.to_string_lossy();
                until.parse().map_err(|why| {
                    Failure::usage(format!("--until is `{until}`: {why}, such as `{now}`"))
                })?
            }
            (None, within) => {
                let within = within.unwrap_or_default().as_micros();
                let within = u64::try_from(within).unwrap_or(u64::MAX);
                Timestamp::from_micros(now.as_micros().saturating_add(within))
            }
        };
        if end <= now {
            let text = format!("a silence until {end} would be over already");
            return Err(Failure::usage(text));
        }
        if end.saturating_since(now) > StateStore::MAX_SILENCE {
            let text = "a silence lasts at most 366 days, renew it then";
            return Err(Failure::usage(text));
        }
        Ok(end)
    }
}

/// As a person would say it.
fn whole_seconds(duration: Duration) -> ConfigDuration {
    let up = duration.saturating_add(Duration::from_millis(500));
    ConfigDuration::from(Duration::from_secs(up.as_secs()))
}

impl Act {
    /// Tells of a silence that began or ended.
    pub(super) fn told_of(&self, line: &str, done: &Done<StoredSilence>) {
        let unaudited = done.unaudited.as_ref();
        let shape = Shape {
            silence: &done.what,
            unaudited: shown(unaudited),
        };
        self.tell(line, &shape, unaudited);
    }
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    silence: &'a StoredSilence,
    unaudited: Option<String>,
}
