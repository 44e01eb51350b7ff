//! A database with any texts in it, for tests.

use std::path::PathBuf;

use alert::Timestamp;
use alert::sinks::sqlite_state::{StateReader, StateStore};
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// In every place that holds a text stands one of some texts.
#[derive(Debug)]
pub(crate) struct Hostile {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

/// Longer texts only take longer.
const LONGEST: usize = 1_000;

/// The time at which it is looked at.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_499_337_123_000);

impl Hostile {
    pub(crate) fn with(texts: &[String]) -> Self {
        let beginning = |text: &String| text.chars().take(LONGEST).collect::<String>();
        let texts: Vec<String> = texts.iter().map(beginning).collect();
        let folder = tempfile::tempdir().expect("the tests have a folder for temporary files");
        let path = folder.path().join("state.db");
        StateStore::open(&path).expect("a database can be created there");
        let connection = Connection::open(&path).expect("it is there");
        let mut next = texts.iter().cycle();
        let mut text = || next.next().cloned().unwrap_or_default();
        let now = i64::try_from(NOW.as_micros()).expect("it is a time of this century");
        for severity in 0..3 {
            fill(&connection, severity, now, &mut text).expect("the schema allows any text");
        }
        let _folder = folder;
        Self { _folder, path }
    }

    pub(crate) fn reader(&self) -> StateReader {
        StateReader::open(&self.path).expect("it is a database")
    }
}

fn fill(
    connection: &Connection,
    severity: i64,
    now: i64,
    text: &mut impl FnMut() -> String,
) -> rusqlite::Result<()> {
    let at = now - (severity + 1) * 90_000_000;
    let id = [u8::try_from(severity).unwrap_or_default(); 16];
    let json = |text: String| serde_json::json!({ text.clone(): [text] }).to_string();
    // Each key must be another.
    let key = format!("{}{severity}", text());
    connection.execute(
        "INSERT INTO alerts (id, time, severity, status, source, title, message, context, dedup_key, links)
         VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            id,
            at,
            severity,
            text(),
            text(),
            text(),
            json(text()),
            key,
            serde_json::json!([{ "text": text(), "url": text() }]).to_string()
        ],
    )?;
    connection.execute(
        "INSERT INTO incidents (dedup_key, severity, source, title, first_at, last_at, count, last_id, newest_at,
                                newest_id, acked_at, acked_by, ack_note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, 3, ?6, ?5, ?6, ?5, ?7, ?8)",
        params![key, severity, text(), text(), at, id, text(), text()],
    )?;
    connection.execute(
        "INSERT INTO deliveries (alert, at, program, sink, verdict, reason, attempts, took_us, error, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 2, 1234, ?7, ?8)",
        params![id, at, text(), text(), text(), text(), text(), text()],
    )?;
    connection.execute(
        "INSERT INTO sinks (program, sink, kind, state, why, last_success_at, last_error_at, last_error, pending,
                            delivered, lost, pid, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, 1, 2, 3, 4, ?6)",
        params![format!("{}{severity}", text()), text(), text(), text(), text(), at, text()],
    )?;
    connection.execute(
        "INSERT INTO silences (matches, created_at, created_by, note, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            serde_json::json!({ "source": text(), "dedup_key": text() }).to_string(),
            at,
            text(),
            text(),
            now + 3_600_000_000
        ],
    )?;
    connection.execute(
        "INSERT INTO state (namespace, key, value, updated_at) VALUES ('status', ?1, ?2, ?3)",
        params![format!("{}{severity}", text()), json(text()), at],
    )?;
    for level in ["info", "warning", "critical"] {
        connection.execute(
            "INSERT OR REPLACE INTO state (namespace, key, value, updated_at) VALUES ('alert', ?1, ?2, ?3)",
            params![
                format!("last_{level}"),
                serde_json::json!({ "time": "2026-11-24T05:00:00Z", "source": text(), "title": text() }).to_string(),
                at
            ],
        )?;
    }
    for subject in [key, text()] {
        connection.execute(
            "INSERT INTO audit (at, actor, action, subject, before, after, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![at, text(), text(), subject, json(text()), json(text()), text()],
        )?;
    }
    connection.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES ('recovery', ?1)",
        [json(text())],
    )?;
    Ok(())
}

/// What no output may do: act, break lines elsewhere, be wider than asked for.
pub(crate) fn assert_harmless(drawn: &str, columns: Option<usize>) {
    let acts = |c: char| c.is_control() && c != '\n';
    assert!(!drawn.contains(acts), "{drawn:?}");
    let reorders = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}');
    assert!(!drawn.contains(reorders), "{drawn:?}");
    for line in drawn.lines() {
        if let Some(columns) = columns {
            assert!(crate::fit::width(line) <= columns, "{columns}: {line:?}");
        }
    }
}
