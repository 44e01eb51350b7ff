use serde::Serialize;

use super::{AuditEntry, DeliveryRow, Incident, StoredAlert};

/// All that is known about one alert.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Story {
    /// The alert.
    pub alert: StoredAlert,
    /// What became of it at the other sinks, the oldest first, at most [`Story::MOST`].
    pub deliveries: Vec<DeliveryRow>,
    /// What its dedup key is about now.
    pub incident: Option<Incident>,
    /// What was done about it: entries whose subject is its id or its dedup key, the oldest first;
    /// of more than [`Story::MOST`] the newest.
    pub audit: Vec<AuditEntry>,
}

impl Story {
    /// How many deliveries and how many audit entries it tells at most.
    pub const MOST: usize = 1_000;
}
