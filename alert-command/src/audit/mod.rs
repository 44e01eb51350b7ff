//! `alert audit`: what people and programs did.

mod arguments;
mod change;

use std::ffi::OsStr;
use std::process::ExitCode;

use alert::Timestamp;
use alert::sinks::sqlite_state::{AuditEntry, AuditQuery};
use serde::Serialize;

pub(crate) use self::arguments::Audit;
use crate::failure::Failure;
use crate::page::Page;
use crate::screen::{Paint, Screen};
use crate::stored::{self, Found, since, when};
use crate::table::{Cell, Hue, Room, Table};

pub(crate) fn run(arguments: &Audit, screen: &Screen) -> ExitCode {
    let json = arguments.form.json;
    match performed(arguments, screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(json, screen),
    }
}

fn performed(arguments: &Audit, screen: &Screen) -> Result<(), Failure> {
    let now = Timestamp::now();
    let (path, entries) = match stored::open(&arguments.database)? {
        Found::Absent(path) => (path, None),
        Found::Open(path, reader) => {
            let entries = reader.audit(&query(arguments, now));
            (path, Some(entries.map_err(|error| Failure::state(&error))?))
        }
    };
    if arguments.form.json {
        screen.json(&Shape {
            database: stored::told(&path),
            entries: entries.as_deref().unwrap_or_default(),
        });
        return Ok(());
    }
    let told = match &entries {
        None => plain(&stored::absent(&path), screen),
        Some(entries) if entries.is_empty() => plain("no audit entry", screen),
        Some(entries) => page(entries, now, screen.table_columns(), screen.out_paint()),
    };
    screen.out(&told);
    Ok(())
}

fn plain(line: &str, screen: &Screen) -> String {
    let mut page = Page::new(screen.table_columns(), screen.out_paint());
    page.line(Hue::Plain, line);
    page.finish()
}

fn query(arguments: &Audit, now: Timestamp) -> AuditQuery {
    let text = |given: &Option<_>| {
        given
            .as_deref()
            .map(OsStr::to_string_lossy)
            .map(String::from)
    };
    let mut query = AuditQuery::default();
    query.recent = arguments.recent;
    query.subject = text(&arguments.subject);
    query.action = text(&arguments.action);
    query.actor = text(&arguments.actor);
    query.since = arguments.since.map(|since| since.from(now));
    query
}

fn page(entries: &[AuditEntry], now: Timestamp, columns: Option<usize>, paint: Paint) -> String {
    table(entries, now).draw(columns, "", paint)
}

/// The entries as rows whose texts are cut.
pub(crate) fn table(entries: &[AuditEntry], now: Timestamp) -> Table {
    rows(entries, now, Room::Cut)
}

/// The entries as rows with all of their texts.
pub(crate) fn whole(entries: &[AuditEntry], now: Timestamp) -> Table {
    rows(entries, now, Room::Fold)
}

fn rows(entries: &[AuditEntry], now: Timestamp, room: Room) -> Table {
    let mut table = Table::new([
        ("done", Room::Whole),
        ("at", Room::Spare),
        ("by", room),
        ("action", room),
        ("subject", room),
        ("change", room),
    ]);
    for entry in entries {
        table.row([
            since(now, entry.at),
            when(entry.at),
            Cell::new(&entry.actor),
            Cell::new(&entry.action),
            Cell::new(&entry.subject),
            Cell::new(change::change(entry)),
        ]);
    }
    table
}

/// What `--json` writes.
#[derive(Serialize)]
struct Shape<'a> {
    database: String,
    entries: &'a [AuditEntry],
}

#[cfg(test)]
mod tests {
    use alert_testkit::strategy;
    use proptest::prelude::*;

    use super::*;
    use crate::hostile::{Hostile, NOW, assert_harmless};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn no_text_harms_the_audit_trail_in_any_width(
            texts in prop::collection::vec(strategy::hostile_text(), 1..20),
            columns in 20..200_usize,
        ) {
            let entries = Hostile::with(&texts).reader().audit(&AuditQuery::default()).unwrap();
            prop_assert_eq!(entries.len(), 6);
            for columns in [Some(columns), Some(20), None] {
                assert_harmless(&page(&entries, NOW, columns, Paint::none()), columns);
                let whole = whole(&entries, NOW).draw(columns, "", Paint::none());
                assert_harmless(&whole, columns);
            }
        }
    }
}
