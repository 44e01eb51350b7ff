//! The sinks at which an alert may still wait: what has not ended there has no outcome that could be
//! shown.

use alert::SinkConfig as _;
use alert::sinks::sqlite_state::{SinkHealth, StateConfig, Story};

use crate::page::Page;
use crate::table::{Cell, Hue, Room, Table};

/// Those of the alert's programs, or of all where these are not known, that hold alerts, have said so
/// since, and have told of no end of this one.
pub(super) fn places(story: &Story, sinks: Vec<SinkHealth>) -> Vec<SinkHealth> {
    let ends = &story.deliveries;
    let is_ended = |sink: &SinkHealth| {
        let mut ends = ends.iter();
        ends.any(|end| end.program == sink.program && end.sink == sink.sink)
    };
    let may_be_its =
        |sink: &SinkHealth| ends.is_empty() || ends.iter().any(|end| end.program == sink.program);
    // The alert is in this database already, and what a healthy sink holds is on its way.
    let has_it = |sink: &SinkHealth| sink.kind == StateConfig::KIND && sink.state == "healthy";
    let mut places = sinks;
    places.retain(|sink| {
        sink.pending > 0
            && sink.seen_at >= story.alert.time
            && may_be_its(sink)
            && !is_ended(sink)
            && !has_it(sink)
    });
    places
}

pub(super) fn tell(places: &[SinkHealth], page: &mut Page) {
    if places.is_empty() {
        return;
    }
    page.head("it may still wait at");
    let mut table = Table::new([
        ("program", Room::Fold),
        ("sink", Room::Fold),
        ("state", Room::Whole),
        ("waiting", Room::Number),
        ("last error", Room::Fold),
    ]);
    for sink in places {
        let said = sink.last_error.as_deref().or(sink.why.as_deref());
        table.row([
            Cell::new(&sink.program),
            Cell::new(&sink.sink),
            Cell::hued(Hue::Yellow, &sink.state),
            Cell::new(sink.pending.to_string()),
            Cell::new(said.unwrap_or_default()),
        ]);
    }
    page.table(&table);
}
