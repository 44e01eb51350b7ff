//! What SQLite asks of Rust for each row.

use std::sync::Arc;

use alert_core::delivery::Pattern;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use super::fold::Needle;

/// Adds `alert_fits(pattern, text)` and `alert_holds(needle, title, message)`.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("alert_fits", 2, flags, |context| {
        let pattern = kept(context, Pattern::new)?;
        Ok(pattern.matches(&text(context, 1)))
    })?;
    connection.create_scalar_function("alert_holds", 3, flags, |context| {
        let needle = kept(context, |text| Needle::new(&text))?;
        Ok(needle.is_in(&text(context, 1)) || needle.is_in(&text(context, 2)))
    })
}

/// What the first argument, the same in all rows, is made into.
fn kept<T: Send + Sync + 'static>(
    context: &Context<'_>,
    make: impl FnOnce(String) -> T,
) -> rusqlite::Result<Arc<T>> {
    context.get_or_create_aux(0, |value| {
        Ok::<_, std::convert::Infallible>(make(lossy(value).into_owned()))
    })
}

fn text<'a>(context: &'a Context<'_>, at: usize) -> std::borrow::Cow<'a, str> {
    lossy(context.get_raw(at))
}

fn lossy(value: ValueRef<'_>) -> std::borrow::Cow<'_, str> {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
        _ => "".into(),
    }
}
