//! Connections to the file, with the settings that each has.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::place;
use super::trouble::Trouble;

/// Below it several writers can damage a WAL (SQLite, "Write-Ahead Logging", section 11).
const OLDEST: i32 = 3_051_003;

/// How long the WAL stays after it has been written back, in bytes.
const LONGEST_WAL: i64 = 64 << 20;

/// More than any connection prepares, so that none is prepared twice.
const STATEMENTS: usize = 64;

/// What a loss of power may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Synchronous {
    Normal,
    Full,
}

/// A connection that writes; the file must be there.
pub(super) fn to_write(
    path: &Path,
    synchronous: Synchronous,
    patience: Duration,
) -> Result<Connection, Trouble> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?;
    let level = match synchronous {
        Synchronous::Normal => 1,
        Synchronous::Full => 2,
    };
    set(&connection, "synchronous", level)?;
    set(&connection, "journal_size_limit", LONGEST_WAL)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn to_read(path: &Path, patience: Duration) -> Result<Connection, Trouble> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, patience)
}

/// A connection that only reads what nobody changes: it takes no lock and makes no file.
pub(super) fn to_read_unchanging(path: &Path, patience: Duration) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    connect(Path::new(&unchanging(path)), flags, patience)
}

fn connect(path: &Path, flags: OpenFlags, patience: Duration) -> Result<Connection, Trouble> {
    let version = rusqlite::version_number();
    if version < OLDEST {
        return Err(Trouble::Failed(format!(
            "sqlite {version} can damage a database that several programs write, at least {OLDEST} is needed"
        )));
    }
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)?;
    // A WAL that may be of another file, or of a damaged one, is not written into this one; see
    // `trust`. Without one, closing removes what opening has made.
    if matches!(place::length(&place::beside(path, "-wal")), Ok(Some(1..))) {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    set(&connection, "trusted_schema", 0)?;
    set(&connection, "cell_size_check", 1)?;
    set(&connection, "mmap_size", 0)?;
    Ok(connection)
}

/// From here on it is known to be ours: the last one to close it tidies up.
pub(super) fn trust(connection: &Connection) -> Result<(), Trouble> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Nothing is written any more when it is closed.
pub(super) fn distrust(connection: &Connection) {
    let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
}

/// SQLite passes over in silence what it does not take.
fn set(connection: &Connection, pragma: &str, value: i64) -> Result<(), Trouble> {
    connection.pragma_update(None, pragma, value)?;
    let taken: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
    if taken == value {
        Ok(())
    } else {
        Err(Trouble::Failed(format!(
            "sqlite did not take the setting {pragma} = {value}"
        )))
    }
}

/// The path as SQLite's URI that promises that nobody changes the file.
fn unchanging(path: &Path) -> String {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    #[cfg(not(unix))]
    let text = format!("/{}", path.to_string_lossy().replace('\\', "/"));
    #[cfg(not(unix))]
    let bytes = text.as_bytes();
    let mut uri = "file:".to_owned();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri.push_str("?immutable=1");
    uri
}
