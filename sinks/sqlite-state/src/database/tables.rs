//! Whether what is named like our tables is what it should be.

use rusqlite::Connection;

use super::trouble::Trouble;

/// Whether one of them is no table whose rows and columns are all stored.
const IS_FALSE: &str = "
    WITH ours (name) AS (VALUES ('state'), ('alerts'), ('counts'), ('incidents'), ('open_counts'),
        ('deliveries'), ('sinks'), ('silences'), ('audit'), ('meta'))
    SELECT EXISTS (SELECT 1 FROM ours WHERE NOT EXISTS (
        SELECT 1 FROM sqlite_schema AS there
        WHERE there.name = ours.name AND there.type = 'table' AND there.rootpage > 0
            AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(ours.name) WHERE hidden > 0)))";

/// Refuses a file that only says that it is ours: a view, a virtual table or a computed column can
/// take for ever to be read, and would hold up whoever asks.
pub(super) fn check(connection: &Connection) -> Result<(), Trouble> {
    let is_false = connection.query_row(IS_FALSE, [], |row| row.get(0))?;
    if is_false {
        Err(Trouble::Foreign)
    } else {
        Ok(())
    }
}
