use std::collections::VecDeque;

use alert_core::{Alert, Outcome, Reason, Timestamp};

use super::short;

/// How many outcomes wait to be written at most.
pub(super) const MOST: usize = 10_000;

/// What became of one alert at one sink.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) alert: [u8; 16],
    pub(super) at: Timestamp,
    pub(super) sink: String,
    pub(super) reason: Reason,
    pub(super) attempts: u32,
    pub(super) took_us: u64,
    pub(super) error: Option<String>,
    pub(super) answer: Option<String>,
}

impl Note {
    pub(super) fn of(sink: &str, alert: &Alert, outcome: &Outcome, at: Timestamp) -> Self {
        Self {
            alert: alert.id().to_bytes(),
            at,
            sink: sink.to_owned(),
            reason: outcome.reason(),
            attempts: outcome.attempts(),
            took_us: u64::try_from(outcome.took().as_micros()).unwrap_or(u64::MAX),
            error: outcome.error().map(short),
            answer: outcome.answer().map(short),
        }
    }
}

/// Those that wait to be written; of too many the oldest are dropped and counted.
#[derive(Debug, Default)]
pub(super) struct Notes {
    waiting: VecDeque<Note>,
    dropped: u64,
}

impl Notes {
    pub(super) fn add(&mut self, note: Note) {
        if self.waiting.len() >= MOST {
            self.waiting.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
        self.waiting.push_back(note);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Note> {
        self.waiting.iter()
    }

    /// Forgets them; how many were dropped since the last time.
    pub(super) fn are_written(&mut self) -> u64 {
        self.waiting.clear();
        std::mem::take(&mut self.dropped)
    }
}
