use alert_core::delivery::Pattern;
use rusqlite::{Connection, OptionalExtension};

/// So many sources are walked along side by side.
const MOST: usize = 16;
/// So many are asked whether they fit.
const MOST_ASKED: usize = 256;

pub(super) const NEXT: &str = "SELECT source FROM alerts INDEXED BY alerts_by_source \
     WHERE source > ? ORDER BY source LIMIT 1";
pub(super) const SAME: &str =
    "SELECT source FROM alerts INDEXED BY alerts_by_source WHERE source = ? LIMIT 1";

/// The sources in the history that fit the pattern. `None` if it is better to ask each alert: they
/// are too many, or too many to be asked.
pub(super) fn fitting(
    connection: &Connection,
    pattern: &str,
) -> rusqlite::Result<Option<Vec<String>>> {
    let Some((start, _)) = pattern.split_once('*') else {
        return Ok(Some(vec![pattern.to_owned()]));
    };
    let pattern = Pattern::new(pattern);
    let mut fitting = Vec::new();
    let mut next = source(connection, SAME, start)?;
    if next.is_none() {
        next = source(connection, NEXT, start)?;
    }
    for _ in 0..MOST_ASKED {
        let Some(found) = next else {
            return Ok(Some(fitting));
        };
        // One that is no UTF-8 cannot be asked for by its name.
        let Ok(found) = String::from_utf8(found) else {
            return Ok(None);
        };
        if !found.starts_with(start) {
            return Ok(Some(fitting));
        }
        next = source(connection, NEXT, &found)?;
        if pattern.matches(&found) {
            if fitting.len() == MOST {
                return Ok(None);
            }
            fitting.push(found);
        }
    }
    Ok(None)
}

/// A source by its bytes.
fn source(connection: &Connection, sql: &str, from: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([from], |row| Ok(row.get_ref(0)?.as_bytes()?.to_vec()));
    found.optional()
}
