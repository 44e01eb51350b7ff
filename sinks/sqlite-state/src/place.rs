//! Which of two alerts is the newer one.

use alert_core::{Alert, Timestamp};

/// Where an alert stands among others: by its time, then by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) time: i64,
    pub(crate) id: [u8; 16],
}

impl Place {
    pub(crate) fn of(alert: &Alert) -> Self {
        Self {
            time: micros(alert.time()),
            id: alert.id().to_bytes(),
        }
    }
}

/// As it is stored.
pub(crate) fn micros(time: Timestamp) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
