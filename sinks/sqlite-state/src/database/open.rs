//! Opening: folders and file for this user alone, settings of the connection, the schema.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::identity::Identity;
use super::migrate::{self, Stamp};
use super::trouble::Trouble;

/// More than any connection prepares, so that none is prepared twice.
const STATEMENTS: usize = 64;

/// What a loss of power may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Synchronous {
    Normal,
    Full,
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) identity: Option<Identity>,
}

impl Database {
    /// Opens the database at this absolute path to be written, creates it and brings its schema up
    /// to date. Waits `patience` at most for other programs.
    pub(crate) fn open(
        path: &Path,
        synchronous: Synchronous,
        patience: Duration,
    ) -> Result<Database, Trouble> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = Self::connect(path, flags, patience)?;
        // Before anything is changed: what is not ours stays as it is.
        migrate::check(&connection, Stamp::of(&connection)?, usize::MAX)?;
        let _: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        let level = match synchronous {
            Synchronous::Normal => "normal",
            Synchronous::Full => "full",
        };
        connection.pragma_update(None, "synchronous", level)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        migrate::migrate(&mut connection)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            identity: Identity::at(path),
        })
    }

    /// Opens it to be read. Never creates it, never holds up who writes.
    pub(crate) fn open_to_read(path: &Path, patience: Duration) -> Result<Database, Trouble> {
        let identity = Identity::at(path).ok_or(Trouble::Absent)?;
        let connection = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, patience)?;
        let stamp = Stamp::of(&connection)?;
        let known = usize::try_from(migrate::newest()).unwrap_or(usize::MAX);
        migrate::check(&connection, stamp, known)?;
        if stamp.version == 0 {
            return Err(Trouble::Absent);
        }
        Ok(Self {
            connection,
            path: path.to_owned(),
            identity: Some(identity),
        })
    }

    fn connect(path: &Path, flags: OpenFlags, patience: Duration) -> Result<Connection, Trouble> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        Ok(connection)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
