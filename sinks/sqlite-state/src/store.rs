//! What people and programs do to a state database.

use std::path::Path;
use std::time::Duration;

use alert_core::{Alert, JsonValue, Timestamp};
use rusqlite::{Connection, Transaction};
use serde::Serialize;
use serde_json::json;

use crate::audit::{self, Audit, Entry, cut};
use crate::database::Trouble;
use crate::depth;
use crate::error::StateError;
use crate::held::Held;
use crate::matches::SilenceMatch;
use crate::place::micros;
use crate::reader::{self, AlertName, PATIENCE};
use crate::record;
use crate::row::{Incident, StateValue, Status, StoredAlert, StoredSilence};

/// So many alerts make one transaction.
const BATCH: usize = 1_024;

/// Writes into a state database what is no alert: values, acknowledgements, silences.
///
/// Each call is one transaction, all or nothing, and is on the disk when it returns. A call may
/// block: on the disk, and at most 5 s on other programs and on other threads with the same store.
///
/// ```
/// use alert_core::{Alert, Timestamp};
/// use alert_sink_sqlite_state::{By, StateReader, StateStore};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("state.db");
/// let store = StateStore::open(&path)?;
/// store.set("status", "backup", &"ok".into())?;
///
/// let alert = Alert::critical("disk full").dedup_key("disk:/").build();
/// store.record(std::slice::from_ref(&alert))?;
/// let done = store.acknowledge(alert.id().into(), &By::new("alice").note("on it"))?;
/// let done = done.expect("the alert is there");
/// assert_eq!(done.what.alert.title, "disk full");
/// assert!(done.unaudited.is_none());
///
/// let value = StateReader::open(&path)?.value("status", "backup")?;
/// assert_eq!(value.map(|value| value.value), Some("ok".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StateStore {
    held: Held,
}

/// Who does something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct By {
    /// Who does it; cut at [`Audit::MAX_TEXT`] bytes.
    pub actor: String,
    /// Why; cut at [`Audit::MAX_NOTE`] bytes.
    pub note: Option<String>,
}

impl By {
    /// Done by this person or program.
    pub fn new(actor: impl Into<String>) -> By {
        By {
            actor: actor.into(),
            note: None,
        }
    }

    /// Done for this reason.
    #[must_use = "returns the changed actor"]
    pub fn note(mut self, note: impl Into<String>) -> By {
        self.note = Some(note.into());
        self
    }

    fn actor(&self) -> String {
        cut(&self.actor, Audit::MAX_TEXT)
    }

    fn reason(&self) -> Option<String> {
        let note = self.note.as_deref();
        note.map(|note| cut(note, Audit::MAX_NOTE))
    }
}

/// Something is done.
#[derive(Debug)]
#[non_exhaustive]
pub struct Done<T> {
    /// What is there now.
    pub what: T,
    /// Why it is not in the audit trail, if it is not.
    pub unaudited: Option<StateError>,
}

/// An alert that somebody cares for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Acknowledged {
    /// The alert.
    pub alert: StoredAlert,
    /// The open incident of its dedup key, with the acknowledgement; without one the audit trail
    /// alone tells it.
    pub incident: Option<Incident>,
}

impl StateStore {
    /// The longest namespace and key of a value in bytes.
    pub const MAX_NAME: usize = 256;
    /// The longest value in bytes of JSON.
    pub const MAX_VALUE: usize = 1 << 20;
    /// The longest silence: a year, so that none is for ever because of a typing error.
    pub const MAX_SILENCE: Duration = Duration::from_secs(366 * 24 * 3600);
    /// How many arrays and objects of a value may stand in each other.
    pub const MAX_DEPTH: usize = depth::MOST;

    /// Opens the database at this path and creates it if there is none. A leading `~/` is the home
    /// folder. May block.
    pub fn open(path: impl AsRef<Path>) -> Result<StateStore, StateError> {
        Ok(StateStore {
            held: Held::open(path.as_ref(), audit::open, PATIENCE)?,
        })
    }

    /// Sets a value and gives what was there before. It is not in the audit trail.
    ///
    /// # Errors
    ///
    /// Refused ([`StateError::is_refused`]) are the namespace `alert`, which is the sink's own,
    /// names that are empty or above [`StateStore::MAX_NAME`], and values above
    /// [`StateStore::MAX_VALUE`] or [`StateStore::MAX_DEPTH`].
    pub fn set(
        &self,
        namespace: &str,
        key: &str,
        value: &JsonValue,
    ) -> Result<Option<StateValue>, StateError> {
        self.check_names(namespace, key)?;
        if depth::is_too_deep(value) {
            return Err(self.refused("a value has at most 127 arrays and objects in each other"));
        }
        let text = value.to_string();
        if text.len() > Self::MAX_VALUE {
            return Err(self.refused("a value has at most 1 MiB of JSON"));
        }
        let now = micros(Timestamp::now());
        self.write(|transaction| {
            let before = reader::value(transaction, namespace, key)?;
            transaction
                .prepare_cached(
                    "INSERT INTO state (namespace, key, value, updated_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (namespace, key)
                     DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
                )?
                .execute((namespace, key, &text, now))?;
            Ok(before)
        })
    }

    /// Removes a value and gives what was there. It is not in the audit trail.
    ///
    /// # Errors
    ///
    /// Refused are the names that [`StateStore::set`] refuses.
    pub fn remove(&self, namespace: &str, key: &str) -> Result<Option<StateValue>, StateError> {
        self.check_names(namespace, key)?;
        self.write(|transaction| {
            let before = reader::value(transaction, namespace, key)?;
            transaction
                .prepare_cached("DELETE FROM state WHERE namespace = ?1 AND key = ?2")?
                .execute((namespace, key))?;
            Ok(before)
        })
    }

    /// Says that somebody cares for an alert, and so for the open incident of its dedup key; if
    /// somebody did before, the later one stands there. `None` if there is no such alert.
    pub fn acknowledge(
        &self,
        which: AlertName,
        by: &By,
    ) -> Result<Option<Done<Acknowledged>>, StateError> {
        let now = Timestamp::now();
        self.act(now, |connection| {
            let Some(alert) = reader::alert(connection, which)? else {
                return Ok(Act::Nothing);
            };
            let before = match &alert.dedup_key {
                Some(key) => reader::incident(connection, key)?.filter(Incident::is_open),
                None => None,
            };
            let incident = before.as_ref().map(|before| Incident {
                acked_at: Some(now),
                acked_by: Some(by.actor()),
                ack_note: by.reason(),
                ..before.clone()
            });
            if let Some(after) = &incident {
                connection
                    .prepare_cached(
                        "UPDATE incidents SET acked_at = ?2, acked_by = ?3, ack_note = ?4
                         WHERE dedup_key = ?1",
                    )?
                    .execute((
                        &after.dedup_key,
                        micros(now),
                        &after.acked_by,
                        &after.ack_note,
                    ))?;
            }
            let told = |incident: &Incident| {
                json!({
                    "acked_at": incident.acked_at,
                    "acked_by": incident.acked_by,
                    "ack_note": incident.ack_note,
                })
            };
            let before = before.filter(|before| before.acked_at.is_some());
            let entry = Entry {
                actor: by.actor(),
                action: "ack".to_owned(),
                subject: alert.id.to_string(),
                before: before.as_ref().map(told),
                after: incident.as_ref().map(told),
                note: by.reason(),
            };
            Ok(Act::Done(Acknowledged { alert, incident }, entry))
        })
    }

    /// Asks for quiet about alerts that match, until then.
    ///
    /// # Errors
    ///
    /// Refused are an end that is not in the future or further away than [`Self::MAX_SILENCE`], a match with more
    /// than [`SilenceMatch::MAX_BYTES`] of text, and more than [`Status::MOST_ROWS`] silences at a
    /// time, since pipelines would ignore them.
    pub fn silence(
        &self,
        matches: &SilenceMatch,
        ends_at: Timestamp,
        by: &By,
    ) -> Result<Done<StoredSilence>, StateError> {
        let now = Timestamp::now();
        if ends_at <= now {
            return Err(self.refused("the end of a silence is in the future"));
        }
        if ends_at.saturating_since(now) > Self::MAX_SILENCE {
            return Err(self.refused("a silence lasts at most 366 days, renew it then"));
        }
        if matches.bytes() > SilenceMatch::MAX_BYTES {
            return Err(self.refused("the patterns of a silence have at most 4,000 bytes together"));
        }
        let done = self.act(now, |connection| {
            if reader::in_force(connection, now)?.len() >= Status::MOST_ROWS {
                return Ok(Act::Nothing);
            }
            let mut silence = StoredSilence {
                id: 0,
                matches: matches.clone(),
                unreadable: None,
                created_at: now,
                created_by: by.actor(),
                note: by.reason().unwrap_or_default(),
                ends_at,
                ended_by: None,
            };
            silence.id = connection
                .prepare_cached(
                    "INSERT INTO silences (matches, created_at, created_by, note, ends_at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .insert((
                    json!(matches).to_string(),
                    micros(now),
                    &silence.created_by,
                    &silence.note,
                    micros(ends_at),
                ))?;
            let entry = Entry {
                actor: by.actor(),
                action: "silence".to_owned(),
                subject: format!("silence:{}", silence.id),
                before: None,
                after: Some(json!({ "matches": matches, "ends_at": ends_at })),
                note: by.reason(),
            };
            Ok(Act::Done(silence, entry))
        })?;
        done.ok_or_else(|| self.refused("there are 1,024 silences already, end one of them first"))
    }

    /// Ends a silence before its time. `None` if there is no such silence, or it has ended.
    pub fn unsilence(&self, id: i64, by: &By) -> Result<Option<Done<StoredSilence>>, StateError> {
        let now = Timestamp::now();
        self.act(now, |connection| {
            let Some(before) = reader::silence(connection, id)?.filter(|one| one.is_in_force(now))
            else {
                return Ok(Act::Nothing);
            };
            let after = StoredSilence {
                ends_at: now,
                ended_by: Some(by.actor()),
                ..before.clone()
            };
            connection
                .prepare_cached("UPDATE silences SET ends_at = ?2, ended_by = ?3 WHERE id = ?1")?
                .execute((id, micros(now), &after.ended_by))?;
            let told =
                |one: &StoredSilence| json!({ "matches": one.matches, "ends_at": one.ends_at });
            let entry = Entry {
                actor: by.actor(),
                action: "unsilence".to_owned(),
                subject: format!("silence:{id}"),
                before: Some(told(&before)),
                after: Some(told(&after)),
                note: by.reason(),
            };
            Ok(Act::Done(after, entry))
        })
    }

    /// Adds alerts to the history as the sink does; those that are there already stay as they are.
    /// More than 1,024 are several transactions.
    pub fn record(&self, alerts: &[Alert]) -> Result<(), StateError> {
        for some in alerts.chunks(BATCH) {
            self.write(|transaction| record::record(transaction, some.iter()))?;
        }
        Ok(())
    }

    /// Does something and tells it to the audit trail, in one transaction.
    fn act<T>(
        &self,
        now: Timestamp,
        work: impl Fn(&Connection) -> rusqlite::Result<Act<T>>,
    ) -> Result<Option<Done<T>>, StateError> {
        let done = self.write(|transaction| match work(transaction)? {
            Act::Nothing => Ok(None),
            Act::Done(what, entry) => Ok(Some((what, tell(transaction, &entry, now)?))),
        })?;
        Ok(done.map(|(what, unaudited)| Done {
            what,
            unaudited: unaudited.map(|error| self.held.error(Trouble::from(error))),
        }))
    }

    fn write<R>(
        &self,
        work: impl Fn(&Transaction<'_>) -> rusqlite::Result<R>,
    ) -> Result<R, StateError> {
        self.held
            .with(PATIENCE, |database, left| database.write(left, &work))
    }

    fn check_names(&self, namespace: &str, key: &str) -> Result<(), StateError> {
        if namespace == "alert" {
            return Err(self.refused("the namespace `alert` is the sink's own, take another"));
        }
        let fits = |name: &str| (1..=Self::MAX_NAME).contains(&name.len());
        match fits(namespace) && fits(key) {
            true => Ok(()),
            false => Err(self.refused("a namespace and a key have 1 to 256 bytes")),
        }
    }

    fn refused(&self, why: &str) -> StateError {
        StateError::refused(self.held.path(), why)
    }
}

enum Act<T> {
    /// There is nothing to do it to.
    Nothing,
    Done(T, Entry),
}

/// Adds the entry; gives why it could not be, if what was done before stands nevertheless.
fn tell(
    transaction: &Transaction<'_>,
    entry: &Entry,
    now: Timestamp,
) -> rusqlite::Result<Option<rusqlite::Error>> {
    transaction.execute_batch("SAVEPOINT entry")?;
    let told = entry.insert(transaction, now);
    // Some errors end the whole transaction, and then nothing is done.
    if let Err(error) = told {
        if transaction.is_autocommit() {
            return Err(error);
        }
        transaction.execute_batch("ROLLBACK TO entry; RELEASE entry")?;
        return Ok(Some(error));
    }
    transaction.execute_batch("RELEASE entry")?;
    Ok(None)
}
