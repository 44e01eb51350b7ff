use std::sync::Arc;

use super::lane::Item;
use super::receipt::Slip;
use crate::alert::{Alert, Fingerprint, Severity, Status, Timestamp};
use crate::sink::Firing;

/// An alert on its way to one sink, with where its outcome is awaited.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) alert: Arc<Alert>,
    pub(crate) slip: Option<Slip>,
}

impl Item for Parcel {
    fn severity(&self) -> Severity {
        self.alert.severity()
    }

    fn size(&self) -> usize {
        self.alert.size()
    }

    fn key(&self) -> Option<Fingerprint> {
        self.alert.dedup_key().map(|_| self.alert.fingerprint())
    }

    fn status(&self) -> Status {
        self.alert.status()
    }

    fn raised(&self) -> Timestamp {
        self.alert.time()
    }

    fn firing(&self, why: String) -> Firing {
        let alert = &self.alert;
        Firing::new(alert.title(), alert.severity(), alert.time(), why)
    }
}
