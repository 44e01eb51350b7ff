//! What became of alerts at the other sinks, and how each sink does: heard on the reporter's
//! thread, written whenever nothing waits there. No delivery waits for any of it.

mod health;
mod notes;
#[cfg(test)]
mod tests;
mod write;

use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};
use std::time::Duration;

use alert_core::{Alert, LaneState, Observer, Outcome, Reloaded, Stats, Timestamp};

use crate::audit::Entry;
use crate::database::{Database, Synchronous, Trouble};
use crate::{own, program};
use health::Healths;
use notes::{Note, Notes};

/// How long other programs and the sink are waited for.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a text from a service is that is stored, in bytes.
const TEXT: usize = 1_024;
/// How many reloads wait to be written at most.
const RELOADS: usize = 100;

/// Writes what is heard into the database of one sink.
pub(crate) struct StateObserver {
    path: PathBuf,
    synchronous: Synchronous,
    program: String,
    notes: Notes,
    healths: Healths,
    reloads: Vec<(Timestamp, Entry)>,
    database: Option<Database>,
    told: Vec<Discriminant<Trouble>>,
}

impl StateObserver {
    pub(crate) fn new(path: PathBuf, synchronous: Synchronous) -> Self {
        Self {
            path,
            synchronous,
            program: program::name(),
            notes: Notes::default(),
            healths: Healths::default(),
            reloads: Vec::new(),
            database: None,
            told: Vec::new(),
        }
    }

    fn is_own(&self, sink: &str) -> bool {
        own::writes(&self.path, sink)
    }

    /// What cannot be written waits for the next time.
    fn write(&mut self) {
        if self.notes.is_empty() && self.reloads.is_empty() && !self.healths.has_news() {
            return;
        }
        let mut done = self.attempt();
        if matches!(done, Err(Trouble::Replaced)) {
            done = self.attempt();
        }
        match done {
            Ok(()) => self.is_written(),
            Err(trouble) => self.tell(&trouble),
        }
    }

    fn attempt(&mut self) -> Result<(), Trouble> {
        let mut database = match self.database.take() {
            Some(database) => database,
            None => Database::open(&self.path, self.synchronous, PATIENCE)?,
        };
        let done = database.write(PATIENCE, |transaction| {
            write::notes(transaction, &self.program, self.notes.all())?;
            write::healths(transaction, &self.program, self.healths.news())?;
            for (at, entry) in &self.reloads {
                entry.insert(transaction, *at)?;
            }
            Ok(())
        });
        // After anything but a wait it is opened anew: the sink may have set it aside meanwhile.
        if matches!(done, Ok(()) | Err(Trouble::Busy | Trouble::Full)) {
            self.database = Some(database);
        }
        done
    }

    fn is_written(&mut self) {
        let dropped = self.notes.are_written();
        self.healths.are_written();
        self.reloads.clear();
        self.told.clear();
        if dropped > 0 {
            tracing::warn!(
                target: "alert", dropped,
                "{dropped} outcomes of alerts are missing in the state database, they could not be written in time"
            );
        }
    }

    /// Once for each sort of trouble, until something is written.
    fn tell(&mut self, trouble: &Trouble) {
        let sort = discriminant(trouble);
        // The sink itself tells when others are too long at it.
        if matches!(trouble, Trouble::Busy) || self.told.contains(&sort) {
            return;
        }
        self.told.push(sort);
        let path = self.path.to_string_lossy();
        tracing::warn!(
            target: "alert",
            "what becomes of alerts cannot be written into `{}`: {trouble}",
            alert_core::terminal(&path)
        );
    }
}

impl Observer for StateObserver {
    fn outcome(&mut self, sink: &str, alert: &Alert, outcome: &Outcome) {
        let now = Timestamp::now();
        self.healths.outcome(sink, outcome, now);
        // That the sink itself has it, the row in its table says.
        if !outcome.is_delivered() || !self.is_own(sink) {
            self.notes.add(Note::of(sink, alert, outcome, now));
        }
    }

    fn lane(&mut self, sink: &str, state: &LaneState) {
        self.healths.lane(sink, state, Timestamp::now());
    }

    fn told(&mut self, stats: &Stats) {
        self.healths.told(stats, Timestamp::now());
        self.write();
    }

    fn reloaded(&mut self, reloaded: &Reloaded) {
        if self.reloads.len() >= RELOADS {
            return;
        }
        let entry = Entry {
            actor: program::actor(&self.program),
            action: "reload".to_owned(),
            subject: "config".to_owned(),
            before: None,
            after: Some(serde_json::json!({
                "unchanged": reloaded.unchanged,
                "changed": reloaded.changed,
                "added": reloaded.added,
                "removed": reloaded.removed,
            })),
            note: None,
        };
        self.reloads.push((Timestamp::now(), entry));
    }
}

/// The observer of the sink at this path.
pub(crate) fn observer(path: &Path, synchronous: Synchronous) -> Box<dyn Observer> {
    Box::new(StateObserver::new(path.to_owned(), synchronous))
}

/// Short enough to be stored.
fn short(text: &str) -> String {
    crate::audit::cut(text, TEXT)
}
