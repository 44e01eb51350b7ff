//! The status as a person reads it.

use std::cmp::Reverse;

use alert::sinks::sqlite_state::{Counts, Incident, SinkHealth, Status as Stored};
use alert::{JsonValue, Severity, Status, Timestamp};

use super::check::trouble;
use super::{Seen, recovery};
use crate::ago::{ago, exact};
use crate::audit;
use crate::page::Page;
use crate::screen::Paint;
use crate::stored::{self, severity, since, when};
use crate::table::{Cell, Hue, Room, Table};

/// Of each kind so many rows are shown; `--json` has the rest.
const ROWS: usize = 50;

/// The whole of it.
pub(super) fn page(seen: &Seen, columns: Option<usize>, paint: Paint) -> String {
    let mut page = Page::new(columns, paint);
    let Some(status) = &seen.status else {
        page.line(Hue::Plain, &stored::absent(&seen.path));
        return page.finish();
    };
    let file = bytes(status.file_bytes.saturating_add(status.wal_bytes));
    let head = format!("{}, {file}, {}", seen.path.display(), exact(status.now));
    page.line(Hue::Dim, &head);
    if let Some(recovery) = &status.recovery {
        recovery::tell(recovery, status.now, &mut page);
    }
    last(status, &mut page);
    open(status, &mut page);
    raised(status, &mut page);
    sinks(status, &mut page);
    silences(status, &mut page);
    results(status, &mut page);
    page.head(over(
        status.audit.len(),
        "newest audit entries",
        "audit entries: none",
    ));
    page.table(&audit::table(&status.audit, status.now));
    page.finish()
}

fn last(status: &Stored, page: &mut Page) {
    let newest = [
        (Severity::Critical, &status.last_critical),
        (Severity::Warning, &status.last_warning),
        (Severity::Info, &status.last_info),
    ];
    let there = newest.iter().filter(|(_, alert)| alert.is_some()).count();
    page.head(over(there, "last alerts", "last alerts: none"));
    if there == 0 {
        return;
    }
    let mut table = Table::new([
        ("severity", Room::Whole),
        ("raised", Room::Whole),
        ("at", Room::Spare),
        ("source", Room::Cut),
        ("title", Room::Cut),
        ("", Room::Whole),
    ]);
    for (level, alert) in newest {
        let Some(alert) = alert else {
            table.row([severity(level), Cell::hued(Hue::Dim, "none")]);
            continue;
        };
        let text = |key| stored::value(alert.get(key).unwrap_or(&JsonValue::Null));
        let (ago, at) = match text("time").parse::<Timestamp>() {
            Ok(time) => (since(status.now, time), when(time)),
            Err(_) => (Cell::new("?"), Cell::new("")),
        };
        let texts = [Cell::new(text("source")), Cell::new(text("title"))];
        let [source, title] = texts;
        let resolved = stored::resolved(text("status") == Status::Resolved.as_str());
        table.row([severity(level), ago, at, source, title, resolved]);
    }
    page.table(&table);
}

fn open(status: &Stored, page: &mut Page) {
    let counts = worst_first(&status.open_counts);
    page.head(&format!("open incidents: {counts}"));
    let mut table = Table::new([
        ("severity", Room::Whole),
        ("key", Room::Cut),
        ("title", Room::Cut),
        ("since", Room::Whole),
        ("at", Room::Spare),
        ("times", Room::Number),
        ("acknowledged", Room::Cut),
    ]);
    let mut incidents: Vec<&Incident> = status.open.iter().collect();
    incidents.sort_by_key(|incident| Reverse(incident.severity));
    for incident in incidents {
        table.row([
            severity(incident.severity),
            Cell::new(&incident.dedup_key),
            Cell::new(&incident.title),
            since(status.now, incident.first_at),
            when(incident.first_at),
            Cell::new(incident.count.to_string()),
            Cell::new(acknowledged(incident, status.now)),
        ]);
    }
    page.table(&table);
    let told = u64::try_from(status.open.len()).unwrap_or(u64::MAX);
    let more = status.open_counts.total().saturating_sub(told);
    if more > 0 {
        page.below(Hue::Dim, &format!("and {more} that are older"));
    }
    if told > 0 {
        let hint = "`alert history --open` has the numbers for `alert ack NUMBER`, `alert resolve KEY` ends one";
        page.below(Hue::Dim, hint);
    }
}

/// By whom, when and why, or nothing.
pub(crate) fn acknowledged(incident: &Incident, now: Timestamp) -> String {
    let Some(at) = incident.acked_at else {
        return String::new();
    };
    let by = incident.acked_by.as_deref().unwrap_or("somebody");
    match incident.ack_note.as_deref() {
        Some(note) if !note.is_empty() => format!("by {by} {}: {note}", ago(now, at)),
        _ => format!("by {by} {}", ago(now, at)),
    }
}

fn raised(status: &Stored, page: &mut Page) {
    if status.last_week.total() == 0 {
        return page.head("raised in the last week: none");
    }
    page.head("raised");
    let mut table = Table::new([
        ("in the last", Room::Whole),
        ("critical", Room::Number),
        ("warning", Room::Number),
        ("info", Room::Number),
    ]);
    for (period, counts) in [
        ("hour", status.last_hour),
        ("day", status.last_day),
        ("week", status.last_week),
    ] {
        let count = |severity| Cell::new(counts.of(severity).to_string());
        table.row([
            Cell::new(period),
            count(Severity::Critical),
            count(Severity::Warning),
            count(Severity::Info),
        ]);
    }
    page.table(&table);
}

fn sinks(status: &Stored, page: &mut Page) {
    page.head(over(
        status.sinks.len(),
        "sinks",
        "sinks: none has reported",
    ));
    let mut table = Table::new([
        ("program", Room::Cut),
        ("sink", Room::Cut),
        ("state", Room::Whole),
        ("success", Room::Whole),
        ("error", Room::Whole),
        ("waiting", Room::Number),
        ("lost", Room::Number),
        ("last error", Room::Cut),
    ]);
    let time = |at: Option<Timestamp>| match at {
        Some(at) => since(status.now, at),
        None => Cell::hued(Hue::Dim, "never"),
    };
    for sink in status.sinks.iter().take(ROWS) {
        table.row([
            Cell::new(&sink.program),
            Cell::new(&sink.sink),
            state(sink, status.now),
            time(sink.last_success_at),
            time(sink.last_error_at),
            Cell::new(sink.pending.to_string()),
            Cell::new(sink.lost.to_string()),
            Cell::new(why(sink)),
        ]);
    }
    page.table(&table);
    more(status.sinks.len(), page);
    if status.sinks.iter().any(|sink| trouble(sink, status.now)) {
        let hint =
            "`alert history NUMBER` tells what became of an alert, `alert test SINK` tries a sink";
        page.below(Hue::Dim, hint);
    }
}

fn state(sink: &SinkHealth, now: Timestamp) -> Cell {
    let hue = match sink.state.as_str() {
        _ if trouble(sink, now) => Hue::Red,
        "healthy" => Hue::Green,
        _ => Hue::Plain,
    };
    Cell::hued(hue, &sink.state)
}

/// What it said last, or why it is as it is.
fn why(sink: &SinkHealth) -> &str {
    let said = sink.last_error.as_deref().or(sink.why.as_deref());
    said.unwrap_or_default()
}

fn silences(status: &Stored, page: &mut Page) {
    page.head(over(status.silences.len(), "silences", "silences: none"));
    let mut table = Table::new([
        ("id", Room::Number),
        ("match", Room::Cut),
        ("by", Room::Cut),
        ("why", Room::Cut),
        ("ends", Room::Whole),
        ("at", Room::Spare),
    ]);
    for silence in status.silences.iter().take(ROWS) {
        let matches = match &silence.unreadable {
            Some(_) => "cannot be read, silences nothing".to_owned(),
            None => silence.matches.to_string(),
        };
        table.row([
            Cell::new(silence.id.to_string()),
            Cell::new(matches),
            Cell::new(&silence.created_by),
            Cell::new(&silence.note),
            since(status.now, silence.ends_at),
            when(silence.ends_at),
        ]);
    }
    page.table(&table);
    more(status.silences.len(), page);
}

fn results(status: &Stored, page: &mut Page) {
    page.head(over(status.results.len(), "results", "results: none"));
    let mut table = Table::new([
        ("", Room::Cut),
        ("", Room::Cut),
        ("", Room::Whole),
        ("", Room::Spare),
    ])
    .headless();
    for result in status.results.iter().take(ROWS) {
        table.row([
            Cell::new(&result.key),
            Cell::new(stored::value(&result.value)),
            since(status.now, result.updated_at),
            when(result.updated_at),
        ]);
    }
    page.table(&table);
    more(status.results.len(), page);
}

fn more(there: usize, page: &mut Page) {
    if there > ROWS {
        page.below(Hue::Dim, &format!("and {} more", there - ROWS));
    }
}

/// A heading over so many rows, or a line that says what there is instead.
fn over(count: usize, head: &'static str, none: &'static str) -> &'static str {
    if count == 0 { none } else { head }
}

/// `1 critical, 2 warning`, or `none`.
pub(super) fn worst_first(counts: &Counts) -> String {
    let told: Vec<String> = Severity::ALL
        .iter()
        .rev()
        .filter(|&&severity| counts.of(severity) > 0)
        .map(|&severity| format!("{} {severity}", counts.of(severity)))
        .collect();
    if told.is_empty() {
        "none".to_owned()
    } else {
        told.join(", ")
    }
}

fn bytes(bytes: u64) -> String {
    let kib = bytes / 1_024;
    match kib {
        0..1_024 => format!("{kib} KiB"),
        1_024..1_048_576 => format!("{} MiB", kib / 1_024),
        _ => format!(
            "{}.{} GiB",
            kib / 1_048_576,
            kib % 1_048_576 * 10 / 1_048_576
        ),
    }
}
