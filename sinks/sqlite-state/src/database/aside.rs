//! Setting a damaged database aside: its files get another name, whole, and a new one begins.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alert_core::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use serde::{Deserialize, Serialize};

use super::connect::Synchronous;
use super::identity::{Identity, Inode};
use super::lock::{Hold, Lock};
use super::open::{Database, Purpose};
use super::patience::Patience;
use super::place;
use super::recover;
use super::trouble::Trouble;
use super::verdict;

/// The files of one database. The database itself is last: once it has its new name, the others
/// have theirs.
const ENDINGS: &[&str] = &["-wal", "-shm", "-journal", ""];

/// How long other programs are waited for to note what was found.
const AT_ONCE: Duration = Duration::from_millis(20);

/// A damaged database that has got another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetAside {
    /// Where it is now.
    pub(crate) to: PathBuf,
    pub(crate) reason: String,
}

/// What is noted in the lock file before the first file is renamed, so that whoever comes next can
/// finish it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Begun {
    /// The new name in the same folder.
    pub(super) to: String,
    pub(super) reason: String,
    pub(super) began_at: u64,
}

/// What is noted in the lock file by who finds damage and cannot set it aside, such as a reader: who
/// delivers may never touch that page.
#[derive(Debug, Serialize, Deserialize)]
struct Doubt {
    doubt: String,
}

/// What somebody has found to be wrong with the database, if that was noted.
pub(super) fn doubt(lock: &mut Lock) -> Result<Option<String>, Trouble> {
    if !lock.has_note() {
        return Ok(None);
    }
    let doubt = serde_json::from_slice::<Doubt>(&lock.note()?);
    Ok(doubt.ok().map(|doubt| doubt.doubt))
}

impl Database {
    /// Notes the damage for who can set it aside, if that can be done at once.
    pub(super) fn note_doubt(&self, reason: &str) {
        let note = Doubt {
            doubt: reason.to_owned(),
        };
        let is_reader = self.purpose == Purpose::Read;
        if let Ok(note) = serde_json::to_vec(&note)
            && (!is_reader || is_there(&place::beside(&self.real, ".lock")))
            && let Ok(mut lock) =
                Lock::take(&self.real, Hold::Exclusive, &mut Patience::new(AT_ONCE))
            && !lock.has_note()
            && Identity::at(&self.real) == self.identity
        {
            let _ = lock.set_note(&note);
        }
    }

    /// [`open`](Self::open), and if what is there is damaged: sets it aside and begins a new one.
    pub(crate) fn open_or_replace(
        path: &Path,
        synchronous: Synchronous,
        patience: Duration,
    ) -> Result<(Database, Option<SetAside>), Trouble> {
        let reason = match Database::open(path, synchronous, patience) {
            Err(Trouble::Damaged(reason)) => reason,
            answer => {
                let mut database = answer?;
                database.replaces = true;
                return Ok((database, None));
            }
        };
        let mut waits = Patience::new(patience);
        let real = place::resolve(path)?;
        let damaged = Inode::at(&real);
        let aside = set_aside(&real, damaged, reason, false, &mut waits)?;
        let mut database = Database::open(path, synchronous, waits.left())?;
        database.replaces = true;
        Ok((database, aside))
    }

    /// After [`write`](Self::write) has said that it is damaged: looks whether that is so, sets it
    /// aside and begins a new one. `None` if it was not, or if somebody else has done so already.
    pub(crate) fn replace_damaged(
        &mut self,
        reason: &str,
        patience: Duration,
    ) -> Result<Option<SetAside>, Trouble> {
        let Purpose::Write(_) = self.purpose else {
            return Err(Trouble::Damaged(reason.to_owned()));
        };
        let mut patience = Patience::new(patience);
        let damaged = self.identity.database;
        self.let_go();
        let aside = set_aside(
            &self.real,
            damaged,
            reason.to_owned(),
            self.is_doubtful,
            &mut patience,
        )?;
        self.is_doubtful = aside.is_none();
        self.reopen(&mut patience)?;
        Ok(aside)
    }
}

fn set_aside(
    real: &Path,
    damaged: Option<Inode>,
    reason: String,
    is_certain: bool,
    patience: &mut Patience,
) -> Result<Option<SetAside>, Trouble> {
    let mut lock = Lock::take(real, Hold::Exclusive, patience)?;
    if let Some(begun) = finish_moving(real, &mut lock)?
        && !is_there(real)
    {
        // The opening that follows takes note of it in the new database.
        return Ok(Some(begun.told(real)));
    }
    // What has come after that may be damaged itself.
    if damaged.is_none() || Inode::at(real) != damaged {
        return Ok(None);
    }
    if !is_certain && verdict::is_whole(real, patience.left() / 2)? {
        if doubt(&mut lock)?.is_some() {
            lock.set_note(&[])?;
        }
        return Ok(None);
    }
    let now = Timestamp::now();
    let begun = Begun {
        to: new_name(real, "corrupt", now)?,
        reason,
        began_at: now.as_micros(),
    };
    let note = serde_json::to_vec(&begun).map_err(|error| Trouble::Failed(error.to_string()))?;
    lock.set_note(&note)?;
    finish_moving(real, &mut lock)?;
    Ok(Some(begun.told(real)))
}

impl Begun {
    fn told(&self, real: &Path) -> SetAside {
        SetAside {
            to: real.with_file_name(&self.to),
            reason: self.reason.clone(),
        }
    }
}

/// Gives the files that were to be set aside their new names, if somebody has begun with that and
/// not said yet that the new database knows of it. Under the exclusive lock.
pub(super) fn finish_moving(real: &Path, lock: &mut Lock) -> Result<Option<Begun>, Trouble> {
    if !lock.has_note() {
        return Ok(None);
    }
    // A note that was cut off in the writing: nothing was moved yet.
    let Ok(begun) = serde_json::from_slice::<Begun>(&lock.note()?) else {
        return Ok(None);
    };
    let to = real.with_file_name(&begun.to);
    if to.file_name() != Some(begun.to.as_ref()) {
        return Ok(None);
    }
    if !is_there(&to) {
        if !is_there(real) {
            return Ok(None);
        }
        move_all(real, &to)?;
    }
    Ok(Some(begun))
}

/// Gives what lies beside the database without belonging to it another name.
pub(super) fn move_strays(real: &Path) -> Result<(), Trouble> {
    let strays = ["-wal", "-shm", "-journal"].map(|ending| place::beside(real, ending));
    if strays.iter().any(|stray| is_there(stray)) {
        let to = real.with_file_name(new_name(real, "stray", Timestamp::now())?);
        for (ending, stray) in ["-wal", "-shm", "-journal"].iter().zip(strays) {
            if is_there(&stray) {
                fs::rename(stray, place::beside(&to, ending))?;
            }
        }
    }
    Ok(())
}

/// Removes an index whose WAL is gone: it says where in that to find what.
pub(super) fn remove_index(real: &Path) -> Result<(), Trouble> {
    match fs::remove_file(place::beside(real, "-shm")) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(place::folder_trouble(&error)),
        _ => Ok(()),
    }
}

fn move_all(real: &Path, to: &Path) -> Result<(), Trouble> {
    for ending in ENDINGS {
        let (from, mut to) = (place::beside(real, ending), place::beside(to, ending));
        if !is_there(&from) {
            continue;
        }
        // A stranger may have opened the file between two tries: nothing is overwritten.
        let mut number = 2;
        while is_there(&to) {
            to = place::beside(&to, &format!("-{number}"));
            number += 1;
        }
        fs::rename(&from, &to).map_err(|error| place::folder_trouble(&error))?;
    }
    // So that a loss of power does not bring the old names back; not every system can.
    if let Some(folder) = real.parent()
        && let Ok(folder) = fs::File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A name that nothing has yet: `state.db.corrupt-20261123T201500Z`.
fn new_name(real: &Path, why: &str, now: Timestamp) -> Result<String, Trouble> {
    let file = real
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Trouble::Denied("its name is no UTF-8 text".to_owned()))?;
    let time = now.to_string();
    let time: String = time
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches('Z')
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let first = format!("{file}.{why}-{time}Z");
    let mut name = first.clone();
    let mut number = 2;
    while ENDINGS
        .iter()
        .any(|ending| is_there(&real.with_file_name(format!("{name}{ending}"))))
    {
        name = format!("{first}-{number}");
        number += 1;
    }
    Ok(name)
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Tells the new database from what it may recover rows.
pub(super) fn remember(
    connection: &mut Connection,
    real: &Path,
    begun: &Begun,
) -> Result<(), Trouble> {
    let highest = recover::highest_numbers(&real.with_file_name(&begun.to));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    recover::begin(&transaction, begun, &highest)?;
    transaction.commit()?;
    Ok(())
}
