//! What is told about a damaged database from which rows are recovered.

use std::collections::BTreeMap;

use alert::{JsonValue, Timestamp};
use serde::Deserialize;

use crate::ago::{ago, exact};
use crate::page::Page;
use crate::stored;
use crate::table::{Cell, Hue, Room, Table};

/// What the database keeps of it.
#[derive(Debug, Deserialize)]
struct Recovery {
    from: String,
    /// In microseconds since 1970.
    began_at: u64,
    reason: String,
    #[serde(default)]
    recovered: BTreeMap<String, u64>,
    unreadable: u64,
    stopped: Option<String>,
    done: bool,
}

pub(super) fn tell(recovery: &JsonValue, now: Timestamp, page: &mut Page) {
    match Recovery::deserialize(recovery) {
        Ok(recovery) => recovery.tell(now, page),
        // Of a later version: it is shown all the same.
        Err(_) => {
            page.head("recovery of a damaged database");
            page.below(Hue::Plain, &stored::value(recovery));
        }
    }
}

impl Recovery {
    fn tell(&self, now: Timestamp, page: &mut Page) {
        page.head(match self.done {
            true => "recovery of a damaged database: done",
            false => "recovery of a damaged database: under way",
        });
        let rows = self.recovered.iter().filter(|(_, rows)| **rows > 0);
        let rows: Vec<String> = rows
            .map(|(table, rows)| format!("{rows} {table}"))
            .collect();
        let began = Timestamp::from_micros(self.began_at);
        let mut fields = Table::new([("", Room::Whole), ("", Room::Fold)]).headless();
        let mut field = |name: &str, hue: Hue, text: &str| {
            fields.row([Cell::hued(Hue::Dim, name), Cell::hued(hue, text)]);
        };
        field("set aside as", Hue::Plain, &self.from);
        field("because", Hue::Plain, &self.reason);
        let when = format!("{} ({})", exact(began), ago(now, began));
        field("began", Hue::Plain, &when);
        let none = || "none yet".to_owned();
        let rows = if rows.is_empty() {
            none()
        } else {
            rows.join(", ")
        };
        field("recovered rows", Hue::Plain, &rows);
        if self.unreadable > 0 {
            let lost = format!("at most {}", self.unreadable);
            field("unreadable rows", Hue::Yellow, &lost);
        }
        if let Some(why) = &self.stopped {
            field("stopped", Hue::Red, why);
        }
        page.table(&fields);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::screen::Paint;

    fn told(recovery: &JsonValue) -> String {
        let mut page = Page::new(Some(60), Paint::none());
        tell(
            recovery,
            Timestamp::from_micros(1_795_499_337_000_000),
            &mut page,
        );
        page.finish()
    }

    #[test]
    fn what_is_known_is_told_in_words() {
        let recovery = json!({
            "from": "state.db.corrupt\n", "began_at": 1_795_499_277_000_000_u64, "reason": "page 7 is damaged",
            "at": null, "highest": {}, "recovered": { "alerts": 812, "audit": 0, "state": 3 }, "unreadable": 4,
            "done": true,
        });
        assert_eq!(
            told(&recovery),
            "recovery of a damaged database: done
  set aside as     state.db.corrupt\\n
  because          page 7 is damaged
  began            2026-11-24T05:47:57Z (1m ago)
  recovered rows   812 alerts, 3 state
  unreadable rows  at most 4
"
        );
    }

    #[test]
    fn what_is_under_way_or_stopped_is_said_to() {
        let recovery = json!({
            "from": "x", "began_at": 0, "reason": "r", "unreadable": 0, "stopped": "disk full", "done": false,
        });
        let told = told(&recovery);
        assert!(
            told.starts_with("recovery of a damaged database: under way\n"),
            "{told}"
        );
        assert!(told.contains("recovered rows  none yet\n"), "{told}");
        assert!(told.ends_with("stopped         disk full\n"), "{told}");
    }

    #[test]
    fn what_a_later_version_keeps_is_shown_as_it_is() {
        let told = told(&json!({ "phase": "two" }));
        assert_eq!(
            told,
            "recovery of a damaged database\n  {\"phase\":\"two\"}\n"
        );
    }
}
