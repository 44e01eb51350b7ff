//! One alert with all that is known about it. Nothing is cut here.

use alert::sinks::sqlite_state::{DeliveryRow, Incident, SinkHealth, StoredAlert, Story};
use alert::{JsonValue, Severity, Timestamp};

use super::waiting;
use crate::ago::ago;
use crate::audit;
use crate::page::Page;
use crate::screen::Paint;
use crate::status::acknowledged;
use crate::stored::{self, since, when};
use crate::table::{Cell, Hue, Room, Table};

pub(super) fn page(
    story: &Story,
    places: &[SinkHealth],
    now: Timestamp,
    columns: Option<usize>,
    paint: Paint,
) -> String {
    let mut page = Page::new(columns, paint);
    alert(&story.alert, now, &mut page);
    deliveries(&story.deliveries, now, &mut page);
    waiting::tell(places, &mut page);
    match &story.incident {
        Some(incident) => about(incident, now, &mut page),
        None => page.head("incident: none"),
    }
    if story.audit.is_empty() {
        page.head("audit entries: none");
    } else {
        page.head("audit entries");
        page.table(&audit::whole(&story.audit, now));
    }
    page.finish()
}

fn alert(alert: &StoredAlert, now: Timestamp, page: &mut Page) {
    let hue = match alert.severity {
        Severity::Info => Hue::Bold,
        Severity::Warning => Hue::Yellow,
        Severity::Critical => Hue::Red,
    };
    let (number, severity) = (alert.number, alert.severity);
    page.line(hue, &format!("{number} {severity}: {}", alert.title));
    let mut fields = fields();
    let mut field = |name: &str, text: String| {
        fields.row([Cell::hued(Hue::Dim, name), Cell::new(text)]);
    };
    field("id", alert.id.to_string());
    field("raised", told(alert.time, now));
    field("status", alert.status.to_string());
    field("source", alert.source.clone());
    let key = alert.dedup_key.as_deref().unwrap_or("none");
    field("dedup key", key.to_owned());
    for link in alert.links.as_array().into_iter().flatten() {
        let part = |key| link.get(key).map(stored::value).unwrap_or_default();
        field("link", format!("{} {}", part("text"), part("url")));
    }
    page.table(&fields);
    if !alert.message.is_empty() {
        page.head("message");
        page.text(&alert.message);
    }
    match &alert.context {
        JsonValue::Object(entries) if entries.is_empty() => page.head("context: none"),
        context => {
            page.head("context");
            // A map of texts and numbers: nothing in it can fail.
            let json = serde_json::to_string_pretty(context).unwrap_or_default();
            let lines = json.lines().map(alert::json_line);
            page.text(&lines.collect::<Vec<_>>().join("\n"));
        }
    }
}

fn deliveries(deliveries: &[DeliveryRow], now: Timestamp, page: &mut Page) {
    if deliveries.is_empty() {
        return page.head("what became of it at other sinks: nothing is known");
    }
    page.head("what became of it at other sinks");
    let mut table = Table::new([
        ("known", Room::Whole),
        ("at", Room::Spare),
        ("program", Room::Fold),
        ("sink", Room::Fold),
        ("verdict", Room::Whole),
        ("attempts", Room::Number),
        ("took", Room::Whole),
        ("why", Room::Fold),
    ]);
    for delivery in deliveries {
        let micros = delivery.took_us;
        let hue = match delivery.verdict.as_str() {
            "delivered" => Hue::Green,
            "filtered" | "suppressed" => Hue::Plain,
            _ => Hue::Red,
        };
        table.row([
            since(now, delivery.at),
            when(delivery.at),
            Cell::new(&delivery.program),
            Cell::new(&delivery.sink),
            Cell::hued(hue, &delivery.verdict),
            Cell::new(delivery.attempts.to_string()),
            Cell::new(format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)),
            Cell::new(why(delivery)),
        ]);
    }
    page.table(&table);
}

/// The reason, unless it only repeats the verdict, and what the sink or its service said.
fn why(delivery: &DeliveryRow) -> String {
    let reason = Some(delivery.reason.as_str()).filter(|reason| *reason != delivery.verdict);
    let said = delivery.error.as_deref();
    let answer = delivery
        .answer
        .as_deref()
        .map(|answer| format!("answered {answer}"));
    let parts = [reason, said, answer.as_deref()];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(": ")
}

fn about(incident: &Incident, now: Timestamp, page: &mut Page) {
    page.head(match incident.is_open() {
        true => "incident: open",
        false => "incident: resolved",
    });
    let mut fields = fields();
    let mut field = |name: &str, text: String| {
        fields.row([Cell::hued(Hue::Dim, name), Cell::new(text)]);
    };
    field("dedup key", incident.dedup_key.clone());
    field("severity", incident.severity.to_string());
    field("title", incident.title.clone());
    field("began", told(incident.first_at, now));
    field("newest", told(incident.last_at, now));
    field("times", incident.count.to_string());
    if let Some(resolved) = incident.resolved_at {
        field("resolved", told(resolved, now));
    }
    let by = acknowledged(incident, now);
    if !by.is_empty() {
        field("acknowledged", by);
    }
    page.table(&fields);
}

fn fields() -> Table {
    Table::new([("", Room::Whole), ("", Room::Fold)]).headless()
}

fn told(time: Timestamp, now: Timestamp) -> String {
    format!("{time} ({})", ago(now, time))
}
