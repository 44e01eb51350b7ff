//! Reading, for dashboards and commands.

mod audit;
mod column;
mod fold;
mod functions;
mod history;
mod name;
mod query;
mod shape;
mod silences;
mod status;
mod story;
mod values;

use std::path::Path;
use std::time::Duration;

use alert_core::Timestamp;
use rusqlite::Connection;

use crate::database::Database;
use crate::error::StateError;
use crate::held::Held;
use crate::row::{AuditEntry, Incident, StateValue, Status, StoredAlert, StoredSilence, Story};

pub use name::{AlertName, InvalidName};
pub use query::{AuditQuery, HistoryQuery};
pub(crate) use silences::{in_force, known_silences, silence, to_heed};
pub(crate) use story::{alert, incident};
pub(crate) use values::value;

/// For how long it is waited for other programs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Reads a state database.
///
/// It never creates or changes a database, and whoever writes is never held up: each call is one
/// short read transaction, and so sees one state of the database. If no program has it open, SQLite
/// puts two files for its readers beside it (`-wal`, which is empty, and `-shm`). A call may block:
/// on the disk, and at most 5 s on other programs and on other threads with the same reader. If
/// another file takes the database's place, the next call reads that one.
///
/// What stands in the database is shown, whatever it is: what should be JSON and is not as text,
/// numbers outside their range as the nearest one, text that is no UTF-8 with replacement
/// characters, text above 4 MiB cut. Errors hold none of it.
///
/// ```
/// use alert_sink_sqlite_state::{HistoryQuery, StateReader, StateStore};
/// use alert_core::{Alert, Severity, Timestamp};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("state.db");
/// # StateStore::open(&path)?.record(&[Alert::warning("disk full").source("billing").build()])?;
/// let reader = StateReader::open(&path)?;
/// let status = reader.status(Timestamp::now())?;
/// assert_eq!(status.open.len(), 0);
///
/// let warnings = HistoryQuery::new().severity(Severity::Warning).recent(10);
/// for alert in reader.history(&warnings)? {
///     assert_eq!(alert.title, "disk full");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StateReader {
    held: Held,
}

impl StateReader {
    /// Opens the database at this path to be read. A leading `~/` is the home folder. May block.
    ///
    /// # Errors
    ///
    /// If there is none ([`StateError::is_absent`]), or it is none of ours, or from a later version,
    /// or damaged, or may not be read. A database that no program has open needs a folder that can
    /// be written, since SQLite puts a file for its readers there.
    pub fn open(path: impl AsRef<Path>) -> Result<StateReader, StateError> {
        Ok(StateReader {
            held: Held::open(path.as_ref(), Database::open_to_read, PATIENCE)?,
        })
    }

    /// Tells how things are, as of one moment. Takes the same time however long the history is.
    /// `now` is the end of the windows in which alerts are counted.
    pub fn status(&self, now: Timestamp) -> Result<Status, StateError> {
        let mut status = self.read(|connection| status::status(connection, now))?;
        status.measure(self.held.path());
        Ok(status)
    }

    /// Tells the newest alerts that meet all conditions, the newest first (by time, then number).
    ///
    /// It goes back from the newest until it has found enough, so it takes longest where nothing is
    /// to be found: a search, or a pattern that fits many sources, about a second per million
    /// alerts. All other conditions alone are looked up.
    pub fn history(&self, query: &HistoryQuery) -> Result<Vec<StoredAlert>, StateError> {
        self.read(|connection| history::history(connection, query))
    }

    /// Tells all that is known about one alert; `None` if there is no such alert, or no more.
    pub fn story(&self, which: AlertName) -> Result<Option<Story>, StateError> {
        self.read(|connection| story::story(connection, which))
    }

    /// Tells what a dedup key is about, open or not.
    pub fn incident(&self, dedup_key: &str) -> Result<Option<Incident>, StateError> {
        self.read(|connection| story::incident(connection, dedup_key))
    }

    /// Tells the newest entries of the audit trail that meet all conditions, the newest first.
    pub fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StateError> {
        self.read(|connection| audit::audit(connection, query))
    }

    /// Tells the silences in force, those that end first at the front, at most
    /// [`Status::MOST_ROWS`].
    pub fn silences(&self, now: Timestamp) -> Result<Vec<StoredSilence>, StateError> {
        self.read(|connection| silences::in_force(connection, now))
    }

    /// Tells one value of the state table.
    pub fn value(&self, namespace: &str, key: &str) -> Result<Option<StateValue>, StateError> {
        self.read(|connection| values::value(connection, namespace, key))
    }

    /// Tells the values of one namespace, or all, by namespace and key, at most
    /// [`HistoryQuery::MOST`].
    pub fn values(&self, namespace: Option<&str>) -> Result<Vec<StateValue>, StateError> {
        self.read(|connection| values::values(connection, namespace, HistoryQuery::MOST))
    }

    fn read<R>(&self, work: impl Fn(&Connection) -> rusqlite::Result<R>) -> Result<R, StateError> {
        self.held.with(PATIENCE, |database, _| database.read(&work))
    }
}
