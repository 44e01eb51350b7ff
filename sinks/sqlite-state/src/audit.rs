//! Who did what.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alert_core::{JsonValue, Text, Timestamp, fit};
use rusqlite::Connection;

use crate::database::{Database, Synchronous, Trouble};
use crate::depth;
use crate::error::StateError;
use crate::held::Held;
use crate::place::micros;
use crate::reader::PATIENCE;

/// Adds entries to the audit trail of a state database.
///
/// Entries are only ever added: triggers of the database refuse to change, replace or remove one,
/// whatever program asks. That is a guard against mistakes, no seal: whoever may write the file may
/// add any entry in any name, and who drops the triggers or edits the file by other means may change
/// all of them.
///
/// An entry is on the disk when its call returns. Texts are cut in the middle: actor, action and
/// subject at [`Audit::MAX_TEXT`] bytes, the note at [`Audit::MAX_NOTE`]. Of a value above
/// [`Audit::MAX_VALUE`] bytes of JSON only its size is kept, as `{"left_out":"70000 bytes of
/// JSON"}`, since a piece of JSON says something else or nothing; of one that is nested deeper than
/// [`Audit::MAX_DEPTH`], that it was.
///
/// ```
/// use alert_sink_sqlite_state::{Audit, AuditQuery, StateReader};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("state.db");
/// let audit = Audit::open(&path)?;
/// let (before, after) = ("2 GiB".into(), "4 GiB".into());
/// audit.record("alice", "resize", "volume:logs", Some(&before), Some(&after), None);
///
/// let entries = StateReader::open(&path)?.audit(&AuditQuery::new().action("resize"))?;
/// assert_eq!(entries[0].actor, "alice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Audit {
    held: Held,
    patience: Duration,
    failed: AtomicU64,
}

impl Audit {
    /// The longest actor, action and subject in bytes.
    pub const MAX_TEXT: usize = 512;
    /// The longest note in bytes.
    pub const MAX_NOTE: usize = 4 * 1024;
    /// The longest value in bytes of JSON.
    pub const MAX_VALUE: usize = 64 * 1024;
    /// How many arrays and objects of a value may stand in each other.
    pub const MAX_DEPTH: usize = depth::MOST;

    /// Opens the database at this path and creates it if there is none. A leading `~/` is the home
    /// folder. May block: on the disk, and at most 5 s on other programs.
    pub fn open(path: impl AsRef<Path>) -> Result<Audit, StateError> {
        Ok(Audit {
            held: Held::open(path.as_ref(), open, PATIENCE)?,
            patience: PATIENCE,
            failed: AtomicU64::new(0),
        })
    }

    /// For how long a call waits for other programs and other threads; 5 s if nothing is said.
    #[must_use = "returns the changed audit trail"]
    pub fn patience(mut self, patience: Duration) -> Audit {
        self.patience = patience;
        self
    }

    /// Adds an entry that happened now. May block, as long as [`Audit::patience`] says and the disk
    /// takes. Never fails: that it could not be added is told through `tracing` (target `alert`,
    /// without the entry) and counted.
    pub fn record(
        &self,
        actor: &str,
        action: &str,
        subject: &str,
        before: Option<&JsonValue>,
        after: Option<&JsonValue>,
        note: Option<&str>,
    ) {
        if let Err(error) = self.try_record(actor, action, subject, before, after, note) {
            self.failed.fetch_add(1, Ordering::Relaxed);
            tracing::error!(target: "alert", %error, "an audit entry could not be written");
        }
    }

    /// Adds an entry that happened now and gives its number. May block, as long as
    /// [`Audit::patience`] says and the disk takes.
    pub fn try_record(
        &self,
        actor: &str,
        action: &str,
        subject: &str,
        before: Option<&JsonValue>,
        after: Option<&JsonValue>,
        note: Option<&str>,
    ) -> Result<i64, StateError> {
        let entry = Entry {
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            before: before.map(kept),
            after: after.map(kept),
            note: note.map(str::to_owned),
        };
        let now = Timestamp::now();
        self.held.with(self.patience, |database, left| {
            database.write(left, |transaction| entry.insert(transaction, now))
        })
    }

    /// How many entries [`Audit::record`] could not add.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

/// Opens it so that what a person did outlives a loss of power.
pub(crate) fn open(path: &Path, patience: Duration) -> Result<Database, Trouble> {
    Database::open(path, Synchronous::Full, patience)
}

/// What is added to the trail.
pub(crate) struct Entry {
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) before: Option<JsonValue>,
    pub(crate) after: Option<JsonValue>,
    pub(crate) note: Option<String>,
}

impl Entry {
    pub(crate) fn insert(&self, connection: &Connection, at: Timestamp) -> rusqlite::Result<i64> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO audit (at, actor, action, subject, before, after, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        statement.insert((
            micros(at),
            cut(&self.actor, Audit::MAX_TEXT),
            cut(&self.action, Audit::MAX_TEXT),
            cut(&self.subject, Audit::MAX_TEXT),
            self.before.as_ref().map(json),
            self.after.as_ref().map(json),
            self.note.as_ref().map(|note| cut(note, Audit::MAX_NOTE)),
        ))
    }
}

pub(crate) fn cut(text: &str, most: usize) -> String {
    fit(text, Text::bytes(most), "…").into_owned()
}

/// The value, unless even to copy it may take more stack than there is.
fn kept(value: &JsonValue) -> JsonValue {
    if depth::is_too_deep(value) {
        return serde_json::json!({ "left_out": "more than 127 arrays and objects in each other" });
    }
    value.clone()
}

fn json(value: &JsonValue) -> String {
    let text = value.to_string();
    if text.len() <= Audit::MAX_VALUE {
        return text;
    }
    let why = format!("{} bytes of JSON", text.len());
    serde_json::json!({ "left_out": why }).to_string()
}
