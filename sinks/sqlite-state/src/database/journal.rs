use rusqlite::{Connection, ErrorCode};

use super::trouble::Trouble;

/// What protects a transaction that is not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Journal {
    /// The WAL: one writes while others read.
    Wal,
    /// Where memory cannot be shared between programs.
    Rollback,
}

impl Journal {
    /// What the file has.
    pub(super) fn of(connection: &Connection) -> Result<Journal, Trouble> {
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok(Journal::named(&mode))
    }

    /// Changes the file to a WAL if that is possible there.
    pub(super) fn settle(connection: &Connection) -> Result<Journal, Trouble> {
        match ask(connection, "wal") {
            Ok(Journal::Wal) => Ok(Journal::Wal),
            Ok(Journal::Rollback) => ask(connection, "delete").map_err(Trouble::from),
            Err(error) if cannot_share(&error) => ask(connection, "delete").map_err(Trouble::from),
            Err(error) => Err(error.into()),
        }
    }

    fn named(mode: &str) -> Journal {
        if mode.eq_ignore_ascii_case("wal") {
            Journal::Wal
        } else {
            Journal::Rollback
        }
    }
}

fn ask(connection: &Connection, mode: &str) -> rusqlite::Result<Journal> {
    let answer: String =
        connection.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0))?;
    Ok(Journal::named(&answer))
}

fn cannot_share(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    let rusqlite::Error::SqliteFailure(code, _) = error else {
        return false;
    };
    code.code == ErrorCode::SystemIoFailure
        && matches!(
            code.extended_code,
            ffi::SQLITE_IOERR_SHMOPEN | ffi::SQLITE_IOERR_SHMLOCK | ffi::SQLITE_IOERR_SHMMAP
        )
}
