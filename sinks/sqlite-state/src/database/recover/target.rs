//! Putting rows into the new database.

use rusqlite::{Connection, ErrorCode, params_from_iter};

use super::cell::Cell;
use super::source::Row;
use super::table::{Numbers, Table};

/// Puts rows there that are read from the old database. Says how many were not fit for it: damage
/// that nobody noticed when they were read.
pub(super) fn put(
    connection: &Connection,
    table: &Table,
    columns: &[String],
    rows: &[Row],
) -> rusqlite::Result<u64> {
    let mut unfit = 0;
    for row in rows {
        match put_one(connection, table, columns, row) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                unfit += 1;
            }
            Err(error) => return Err(error),
            Ok(()) => {}
        }
    }
    Ok(unfit)
}

fn put_one(
    connection: &Connection,
    table: &Table,
    columns: &[String],
    row: &Row,
) -> rusqlite::Result<()> {
    let number = columns
        .iter()
        .position(|column| Some(&column.as_str()) == table.key.first());
    let is_dropped = match table.numbers {
        Numbers::None => false,
        Numbers::Given => true,
        Numbers::Kept => is_taken(connection, table, number.and_then(|at| row.get(at)))?,
    };
    let kept = |at: usize| !(is_dropped && Some(at) == number);
    let names: Vec<&str> = (0..columns.len())
        .filter(|at| kept(*at))
        .filter_map(|at| columns.get(at).map(String::as_str))
        .collect();
    let values = (0..columns.len())
        .filter(|at| kept(*at))
        .filter_map(|at| row.get(at));
    let holes = vec!["?"; names.len()].join(", ");
    connection
        .prepare_cached(&format!(
            "INSERT INTO {} ({}) VALUES ({holes}) {}",
            table.name,
            names.join(", "),
            table.conflict
        ))?
        .execute(params_from_iter(values))?;
    if !table.after.is_empty() {
        let key = number.and_then(|at| row.get(at));
        connection.prepare_cached(table.after)?.execute([key])?;
    }
    Ok(())
}

fn is_taken(
    connection: &Connection,
    table: &Table,
    number: Option<&Cell>,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ?1)",
            table.name,
            table.key.join(", ")
        ))?
        .query_row([number], |row| row.get(0))
}

/// Numbers that were given before are not given again.
pub(super) fn go_on_after(
    connection: &Connection,
    table: &Table,
    highest: i64,
) -> rusqlite::Result<()> {
    let changed = connection.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
        rusqlite::params![table.name, highest],
    )?;
    if changed == 0 {
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            rusqlite::params![table.name, highest],
        )?;
    }
    Ok(())
}
