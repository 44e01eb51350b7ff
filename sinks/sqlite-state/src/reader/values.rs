use rusqlite::Connection;

use super::shape;
use crate::row::StateValue;

pub(crate) fn value(
    connection: &Connection,
    namespace: &str,
    key: &str,
) -> rusqlite::Result<Option<StateValue>> {
    let rest = "FROM state WHERE namespace = ?1 AND key = ?2";
    shape::first(connection, rest, (namespace, key))
}

pub(super) fn values(
    connection: &Connection,
    namespace: Option<&str>,
    most: usize,
) -> rusqlite::Result<Vec<StateValue>> {
    match namespace {
        Some(namespace) => shape::all(
            connection,
            "FROM state WHERE namespace = ?1 ORDER BY key LIMIT ?2",
            (namespace, shape::limit(most)),
        ),
        None => shape::all(
            connection,
            "FROM state ORDER BY namespace, key LIMIT ?1",
            [shape::limit(most)],
        ),
    }
}
