//! `alert status --check`, as the Monitoring Plugins Development Guidelines want it: one line, and
//! an exit code of which 3 says that it could not be found out.

use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use alert::Severity;
use alert::config::Environment;
use alert::sinks::sqlite_state::{Incident, SinkHealth, Status as Stored};

use super::Seen;
use super::arguments::Status;
use super::told::worst_first;
use super::trouble::trouble;
use crate::ago::span;
use crate::failure::Failure;
use crate::fit::cut;
use crate::screen::Screen;

/// Monitoring systems kill a plug-in after ten seconds; this with the patience of the streams is
/// half of that.
const WITHIN: Duration = Duration::from_secs(3);

/// A text in the line takes at most so many columns; some systems keep only 4 KiB of the line.
const LONGEST: usize = 120;

pub(super) fn run(arguments: &Status, screen: &Screen) -> ExitCode {
    // The file system may hang, and then only another thread does.
    let (answer, answered) = mpsc::sync_channel(1);
    let database = arguments.database.clone();
    let reader = std::thread::Builder::new().spawn(move || {
        let path = database.path(&Environment::real());
        // If nobody waits any more, it came too late.
        let _ = answer.send(path.and_then(Seen::of));
    });
    let asked = match reader {
        Ok(_) => answered.recv_timeout(WITHIN).map_err(|why| match why {
            RecvTimeoutError::Timeout => {
                let seconds = WITHIN.as_secs();
                Failure::io(format!(
                    "the state database could not be read within {seconds} s"
                ))
            }
            RecvTimeoutError::Disconnected => Failure::io("reading the state database failed"),
        }),
        Err(error) => Err(Failure::io(format!("no thread could be started: {error}"))),
    };
    match asked.and_then(|seen| seen) {
        // Also that the config does not say which database: 2 would mean critical.
        Err(failure) => told(&Verdict::unknown(failure.text()), screen),
        Ok(Seen { path, status: None }) => {
            let text = crate::stored::absent(&path);
            told(&Verdict::unknown(&text), screen)
        }
        Ok(Seen {
            status: Some(status),
            ..
        }) => {
            let verdict = Verdict::of(&status, arguments.acknowledged_ok);
            told(&verdict, screen)
        }
    }
}

fn told(verdict: &Verdict, screen: &Screen) -> ExitCode {
    screen.impatient().out(&format!("{}\n", verdict.line()));
    ExitCode::from(verdict.level as u8)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Ok = 0,
    Warning = 1,
    Critical = 2,
    Unknown = 3,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Ok => "OK",
            Level::Warning => "WARNING",
            Level::Critical => "CRITICAL",
            Level::Unknown => "UNKNOWN",
        }
    }
}

/// What the line says.
#[derive(Debug)]
pub(super) struct Verdict {
    level: Level,
    text: String,
    performance: String,
}

impl Verdict {
    fn unknown(text: &str) -> Self {
        Self {
            level: Level::Unknown,
            text: text.to_owned(),
            performance: String::new(),
        }
    }

    pub(super) fn of(status: &Stored, acknowledged_ok: bool) -> Self {
        let acknowledged = |incident: &&Incident| incident.acked_at.is_some();
        let matters = |severity| {
            let excused = status.open.iter().filter(acknowledged);
            let excused = excused
                .filter(|i| acknowledged_ok && i.severity == severity)
                .count();
            let excused = u64::try_from(excused).unwrap_or(u64::MAX);
            status.open_counts.of(severity).saturating_sub(excused)
        };
        let (critical, warning) = (matters(Severity::Critical), matters(Severity::Warning));
        let troubled: Vec<&SinkHealth> = status
            .sinks
            .iter()
            .filter(|sink| trouble(sink, status.now))
            .collect();
        let level = match () {
            () if critical > 0 => Level::Critical,
            () if warning > 0 || !troubled.is_empty() => Level::Warning,
            () => Level::Ok,
        };
        let mut text = match worst_first(&status.open_counts) {
            none if none == "none" => "no open incident".to_owned(),
            counts => format!("{counts} open"),
        };
        let told = status.open.iter().filter(acknowledged).count();
        if told > 0 {
            text.push_str(&format!(", {told} acknowledged"));
        }
        let worst = match level {
            Level::Critical => Some(Severity::Critical),
            Level::Warning if warning > 0 => Some(Severity::Warning),
            _ => None,
        };
        let mut open = status.open.iter();
        let first = open.find(|incident| {
            Some(incident.severity) == worst && !(acknowledged_ok && incident.acked_at.is_some())
        });
        if let Some(first) = first {
            let since = span(status.now.saturating_since(first.first_at));
            let (title, key) = (short(&first.title), short(&first.dedup_key));
            text.push_str(&format!(": {title} ({key}) since {since}"));
        }
        if let Some(sink) = troubled.first() {
            let (state, name, program) =
                (short(&sink.state), short(&sink.sink), short(&sink.program));
            let more = match troubled.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            text.push_str(&format!(
                "; sink {name} of {program} in trouble ({state}){more}"
            ));
        }
        Self {
            level,
            text,
            performance: performance(status, troubled.len()),
        }
    }

    /// One line with at most one `|`, which ends the text for people.
    pub(super) fn line(&self) -> String {
        let text = alert::terminal(&self.text).replace('|', "/");
        let word = self.level.word();
        match self.performance.as_str() {
            "" => format!("ALERT {word} - {text}"),
            performance => format!("ALERT {word} - {text} | {performance}"),
        }
    }
}

fn short(text: &str) -> String {
    cut(&alert::terminal(text), LONGEST).into_owned()
}

/// `label=value[UOM];[warn];[crit];[min];[max]`, where a range `0` means that more is too much.
fn performance(status: &Stored, troubled: usize) -> String {
    let open = &status.open_counts;
    let waiting = status.sinks.iter().map(|sink| sink.pending);
    let waiting = waiting.fold(0, u64::saturating_add);
    let size = status.file_bytes.saturating_add(status.wal_bytes);
    format!(
        "critical={};;0;0; warning={};0;;0; info={};;;0; sinks_in_trouble={troubled};0;;0; waiting={waiting};;;0; \
         raised_in_hour={};;;0; size={size}B;;;0;",
        open.critical,
        open.warning,
        open.info,
        status.last_hour.total(),
    )
}
