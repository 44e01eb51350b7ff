//! Reading a column, whatever another program has put there.

use alert_core::{AlertId, JsonValue, Severity, Status, Timestamp};
use rusqlite::Row;
use rusqlite::types::ValueRef;

/// Longer texts are cut: a value may have a gigabyte.
const MOST: usize = 4 << 20;

/// The columns of a row, read from left to right.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    fn value(&mut self) -> ValueRef<'r> {
        let value = self.row.get_ref(self.next);
        self.next += 1;
        value.unwrap_or(ValueRef::Null)
    }

    pub(super) fn optional_text(&mut self) -> Option<String> {
        match self.value() {
            ValueRef::Null => None,
            ValueRef::Integer(number) => Some(number.to_string()),
            ValueRef::Real(number) => Some(number.to_string()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(shown(bytes)),
        }
    }

    pub(super) fn text(&mut self) -> String {
        self.optional_text().unwrap_or_default()
    }

    pub(super) fn optional_integer(&mut self) -> Option<i64> {
        match self.value() {
            ValueRef::Integer(number) => Some(number),
            // Saturates, and is zero for what is no number.
            ValueRef::Real(number) => Some(number as i64),
            _ => None,
        }
    }

    pub(super) fn integer(&mut self) -> i64 {
        self.optional_integer().unwrap_or(0)
    }

    /// A number that cannot be below zero.
    pub(super) fn count(&mut self) -> u64 {
        u64::try_from(self.integer()).unwrap_or(0)
    }

    pub(super) fn optional_time(&mut self) -> Option<Timestamp> {
        let micros = self.optional_integer()?;
        Some(Timestamp::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    pub(super) fn time(&mut self) -> Timestamp {
        self.optional_time().unwrap_or(Timestamp::MIN)
    }

    pub(super) fn severity(&mut self) -> Severity {
        let index = usize::try_from(self.integer().clamp(0, 2)).unwrap_or(0);
        Severity::from_index(index).unwrap_or(Severity::Info)
    }

    pub(super) fn status(&mut self) -> Status {
        match self.integer() {
            1 => Status::Resolved,
            _ => Status::Firing,
        }
    }

    /// The nil UUID for what is no id.
    pub(super) fn id(&mut self) -> AlertId {
        let bytes = match self.value() {
            ValueRef::Blob(bytes) => bytes.try_into().unwrap_or_default(),
            _ => [0; 16],
        };
        AlertId::from_bytes(bytes)
    }

    pub(super) fn optional_json(&mut self) -> Option<JsonValue> {
        self.optional_text().map(parsed)
    }

    pub(super) fn json(&mut self) -> JsonValue {
        self.optional_json().unwrap_or_default()
    }
}

fn parsed(text: String) -> JsonValue {
    serde_json::from_str(&text).unwrap_or(JsonValue::String(text))
}

fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..MOST).unwrap_or(bytes);
    let mut text = String::from_utf8_lossy(cut).into_owned();
    if cut.len() < bytes.len() {
        text.push('…');
    }
    text
}
