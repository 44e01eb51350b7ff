//! Opening: folders and file for this user alone, settings of the connection, the schema.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::aside;
use super::connect::{self, Synchronous};
use super::identity::{Identity, Inode};
use super::journal::Journal;
use super::link::Link;
use super::lock::{Hold, Lock};
use super::migrate::{self, Stamp};
use super::patience::Patience;
use super::place;
use super::tables;
use super::trouble::Trouble;

const ROLLBACK_JOURNAL: &str = "the file system cannot share memory between programs (a network file system?): programs wait for each other, place the database on a local disk";

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    /// `None` after what may have broken the connection; the next use opens another.
    pub(super) link: Option<Link>,
    pub(super) path: PathBuf,
    /// Where links lead.
    pub(super) real: PathBuf,
    pub(super) identity: Identity,
    pub(super) purpose: Purpose,
    pub(super) patience: Duration,
    pub(super) remark: Option<&'static str>,
    /// Damage was reported once already that could not be found.
    pub(super) is_doubtful: bool,
    /// Its owner sets it aside when it is told that it is damaged.
    pub(super) replaces: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Write(Synchronous),
    Read,
}

impl Database {
    /// Opens the database at this absolute path to be written, creates it and brings its schema up
    /// to date. Waits `patience` at most for other programs.
    pub(crate) fn open(
        path: &Path,
        synchronous: Synchronous,
        patience: Duration,
    ) -> Result<Database, Trouble> {
        let within = patience;
        let mut patience = Patience::new(within);
        Opening {
            path,
            synchronous,
            within,
            steps: migrate::STEPS,
        }
        .open_ours(&mut patience)
    }

    /// Opens it to be read. Never creates it, never holds up who writes.
    pub(crate) fn open_to_read(path: &Path, patience: Duration) -> Result<Database, Trouble> {
        let real = place::resolve(path)?;
        if place::length(&real)?.is_none() {
            return Err(Trouble::Absent);
        }
        Link::allow(Inode::at(&real))?;
        let mut connection = connect::to_read(&real, patience)?;
        let stamp = match Stamp::of(&connection).map_err(Trouble::from) {
            // Closed, in a folder where nothing can be made beside it.
            Err(Trouble::Denied(_)) if Identity::at(&real).wal.is_none() => {
                connection = connect::to_read_unchanging(&real, patience)?;
                Stamp::of(&connection)?
            }
            stamp => stamp?,
        };
        migrate::check(&connection, stamp, migrate::STEPS.len())?;
        if stamp.version == 0 {
            return Err(Trouble::Absent);
        }
        tables::check(&connection)?;
        let identity = Identity::at(&real);
        Ok(Self {
            link: Some(Link::new(connection, identity.database)),
            path: path.to_owned(),
            real,
            identity,
            purpose: Purpose::Read,
            patience,
            remark: None,
            is_doubtful: false,
            replaces: false,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes the WAL has.
    pub(crate) fn log_length(&self) -> u64 {
        log_length(&self.real)
    }

    /// What a person should know of the place where it is, one line.
    pub(crate) fn remark(&self) -> Option<&str> {
        self.remark
    }
}

/// How many bytes the WAL of the database at this path has, to which no link leads.
pub(crate) fn log_length(real: &Path) -> u64 {
    let wal = place::beside(real, "-wal");
    std::fs::metadata(wal).map_or(0, |wal| wal.len())
}

/// One opening to write.
pub(super) struct Opening<'a> {
    pub(super) path: &'a Path,
    pub(super) synchronous: Synchronous,
    pub(super) within: Duration,
    pub(super) steps: &'a [&'a str],
}

impl Opening<'_> {
    /// [`open`](Self::open) by all the steps there are, which make our tables.
    pub(super) fn open_ours(&self, patience: &mut Patience) -> Result<Database, Trouble> {
        let database = self.open(patience)?;
        if let Some(link) = &database.link
            && let Some(connection) = link.lock()?.as_ref()
        {
            tables::check(connection)?;
        }
        Ok(database)
    }

    pub(super) fn open(&self, patience: &mut Patience) -> Result<Database, Trouble> {
        let first = place::resolve(self.path)?;
        place::length(&first)?;
        place::make_folders(&first)?;
        let real = place::resolve(&first)?;
        loop {
            // SQLite answers at once that it is busy, without having waited, where waiting could
            // be for ever, such as while another program recovers the WAL.
            match self.try_open(&real, patience) {
                Err(Trouble::Busy) if patience.pause() => {}
                answer => return answer,
            }
        }
    }

    fn try_open(&self, real: &Path, patience: &mut Patience) -> Result<Database, Trouble> {
        let lock = Lock::take(real, Hold::Shared, patience)?;
        let is_alone = has_lost_its_wal(real);
        if is_alone && !lock.has_note() && !patience.is_half_over() {
            return Err(Trouble::Busy);
        }
        // An empty file may still be open where it was created.
        if !is_alone && !lock.has_note() && matches!(place::length(real)?, Some(1..)) {
            let (connection, stamp) = self.connect(real, patience)?;
            if stamp.is_newest(self.steps) && Journal::of(&connection)? == Journal::Wal {
                return self.finish(real, connection, Journal::Wal);
            }
        }
        drop(lock);
        let mut lock = Lock::take(real, Hold::Exclusive, patience)?;
        let begun = aside::finish_moving(real, &mut lock)?;
        let is_there = place::length(real)?.is_some();
        if has_lost_its_wal(real) {
            aside::remove_index(real)?;
        }
        if !is_there {
            aside::move_strays(real)?;
            place::make_file(real)?;
        }
        let (mut connection, _) = self.connect(real, patience)?;
        let journal = Journal::settle(&connection)?;
        migrate::migrate(&mut connection, self.steps, patience)?;
        if let Some(begun) = begun {
            aside::remember(&mut connection, real, &begun)?;
        }
        if lock.has_note() && !(is_there && aside::doubt(&mut lock)?.is_some()) {
            lock.set_note(&[])?;
        }
        self.finish(real, connection, journal)
    }

    /// Before anything is changed: what is not ours stays as it is.
    fn connect(&self, real: &Path, patience: &Patience) -> Result<(Connection, Stamp), Trouble> {
        Link::allow(Inode::at(real))?;
        let connection = connect::to_write(real, self.synchronous, patience.left())?;
        let stamp = Stamp::of(&connection)?;
        migrate::check(&connection, stamp, self.steps.len())?;
        Ok((connection, stamp))
    }

    fn finish(
        &self,
        real: &Path,
        mut connection: Connection,
        journal: Journal,
    ) -> Result<Database, Trouble> {
        connect::trust(&connection)?;
        try_to_write(&mut connection)?;
        let identity = Identity::at(real);
        Ok(Database {
            link: Some(Link::new(connection, identity.database)),
            path: self.path.to_owned(),
            real: real.to_owned(),
            identity,
            purpose: Purpose::Write(self.synchronous),
            patience: self.within,
            remark: (journal == Journal::Rollback).then_some(ROLLBACK_JOURNAL),
            is_doubtful: false,
            replaces: false,
        })
    }
}

/// Whether somebody removed the WAL alone. Those who have it open still have its rows, and bring
/// them into the database as soon as they notice; who came before that would see neither.
fn has_lost_its_wal(real: &Path) -> bool {
    // SQLite makes the WAL before the index and removes it after that: who opens or closes it just
    // now does not look so.
    let before = Identity::at(real);
    before.database.is_some() && before.index.is_some() && before.wal.is_none() && {
        let after = Identity::at(real);
        after == before
    }
}

/// SQLite opens what it may not write to be read, in silence.
fn try_to_write(connection: &mut Connection) -> Result<(), Trouble> {
    if connection.is_readonly("main")? {
        return Err(Trouble::Denied(
            "it cannot be written by this user".to_owned(),
        ));
    }
    connection.busy_timeout(Duration::ZERO)?;
    match connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(rusqlite::Transaction::rollback)
        .map_err(Trouble::from)
    {
        // Somebody else can write.
        Err(Trouble::Busy) => Ok(()),
        answer => answer,
    }
}
