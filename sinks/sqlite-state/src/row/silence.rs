use alert_core::{Silence, Timestamp};
use serde::Serialize;

use crate::matches::SilenceMatch;

/// Who asked for quiet, about what, why, until when.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StoredSilence {
    /// Its number.
    pub id: i64,
    /// Which alerts it is about.
    pub matches: SilenceMatch,
    /// What stands there instead, if the database holds something that cannot be read as a match:
    /// then it is about no alert at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Why; empty if nobody said.
    pub note: String,
    /// When it ends, or ended.
    pub ends_at: Timestamp,
    /// Who ended it before its time.
    pub ended_by: Option<String>,
}

impl StoredSilence {
    /// The same for a pipeline's table, called by its number.
    pub fn silence(&self) -> Silence {
        let silence = self.matches.silence(self.ends_at).id(self.id.to_string());
        match self.unreadable {
            // Of no severity: it matches nothing, so that alerts are delivered.
            Some(_) => silence.severities([]),
            None => silence,
        }
    }

    /// Whether it holds at this time.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.ended_by.is_none() && self.ends_at > now
    }
}
