//! `alert history`: the alerts that were stored, and all that is known about one.

mod arguments;
mod story;
mod waiting;

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

use alert::sinks::sqlite_state::{
    AlertName, HistoryQuery, SinkHealth, StateReader, StoredAlert, Story,
};
use alert::{Status, Timestamp};
use serde::Serialize;

pub(crate) use self::arguments::History;
use crate::failure::Failure;
use crate::page::Page;
use crate::screen::{Paint, Screen};
use crate::stored::{self, severity, since, when};
use crate::table::{Cell, Hue, Room, Table};

pub(crate) fn run(arguments: &History, screen: &Screen) -> ExitCode {
    let json = arguments.form.json;
    match performed(arguments, screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(json, screen),
    }
}

fn performed(arguments: &History, screen: &Screen) -> Result<(), Failure> {
    let (path, reader) = stored::open(&arguments.database)?;
    match arguments.alert {
        Some(name) => one(name, &path, reader, arguments.form.json, screen),
        None => list(arguments, &path, reader, screen),
    }
}

fn one(
    name: AlertName,
    path: &Path,
    reader: Option<StateReader>,
    json: bool,
    screen: &Screen,
) -> Result<(), Failure> {
    let Some(reader) = reader else {
        return Err(Failure::absent(stored::absent(path)));
    };
    let now = Timestamp::now();
    let story = story_of(&reader, name)?;
    let status = stored::there(reader.status(now))?;
    let sinks = status.map(|status| status.sinks).unwrap_or_default();
    let places = waiting::places(&story, sinks);
    if json {
        screen.json(&StoryShape {
            database: stored::told(path),
            story: &story,
            may_wait_at: &places,
        });
    } else {
        let (columns, paint) = (screen.table_columns(), screen.out_paint());
        screen.out(&story::page(&story, &places, now, columns, paint));
    }
    Ok(())
}

fn story_of(reader: &StateReader, name: AlertName) -> Result<Story, Failure> {
    let story = stored::there(reader.story(name))?.flatten();
    story.ok_or_else(|| {
        let text = format!("no alert `{name}` is stored, it may be so old that it was removed");
        Failure::absent(text)
    })
}

fn list(
    arguments: &History,
    path: &Path,
    reader: Option<StateReader>,
    screen: &Screen,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    let alerts = match reader {
        None => None,
        Some(reader) => stored::there(reader.history(&query(arguments, now)))?,
    };
    if arguments.form.json {
        screen.json(&ListShape {
            database: stored::told(path),
            alerts: alerts.as_deref().unwrap_or_default(),
        });
        return Ok(());
    }
    let (columns, paint) = (screen.table_columns(), screen.out_paint());
    let plain = |line: &str| {
        let mut page = Page::new(columns, paint);
        page.line(Hue::Plain, line);
        page.finish()
    };
    screen.out(&match &alerts {
        None => plain(&stored::absent(path)),
        Some(alerts) if alerts.is_empty() => plain("no alert"),
        Some(alerts) => page(alerts, now, columns, paint),
    });
    Ok(())
}

fn query(arguments: &History, now: Timestamp) -> HistoryQuery {
    let text = |given: &Option<_>| {
        given
            .as_deref()
            .map(OsStr::to_string_lossy)
            .map(String::from)
    };
    let mut query = HistoryQuery::default();
    query.recent = arguments.recent;
    query.severity = arguments.severity;
    query.source = text(&arguments.source);
    query.since = arguments.since.map(|since| since.from(now));
    query.open = arguments.open;
    query.search = text(&arguments.search);
    query.dedup_key = text(&arguments.key);
    query
}

fn page(alerts: &[StoredAlert], now: Timestamp, columns: Option<usize>, paint: Paint) -> String {
    let mut table = Table::new([
        ("alert", Room::Number),
        ("raised", Room::Whole),
        ("at", Room::Spare),
        ("severity", Room::Whole),
        ("source", Room::Cut),
        ("title", Room::Cut),
        ("key", Room::Cut),
        ("", Room::Whole),
    ]);
    for alert in alerts {
        table.row([
            Cell::new(alert.number.to_string()),
            since(now, alert.time),
            when(alert.time),
            severity(alert.severity),
            Cell::new(&alert.source),
            Cell::new(&alert.title),
            Cell::new(alert.dedup_key.as_deref().unwrap_or_default()),
            stored::resolved(alert.status == Status::Resolved),
        ]);
    }
    table.draw(columns, "", paint)
}

/// What `--json` writes of several.
#[derive(Serialize)]
struct ListShape<'a> {
    database: String,
    alerts: &'a [StoredAlert],
}

/// What `--json` writes of one.
#[derive(Serialize)]
struct StoryShape<'a> {
    database: String,
    #[serde(flatten)]
    story: &'a Story,
    may_wait_at: &'a [SinkHealth],
}

#[cfg(test)]
mod tests;
