use std::sync::Arc;
use std::time::Duration;

use super::lane::Item;
use super::receipt::Slip;
use super::taken::Taken;
use crate::alert::{Alert, Digest, Fingerprint, Severity, Status, Timestamp};
use crate::sink::{Fallback, Firing};

/// An alert on its way to one sink, with where its outcome is awaited.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) alert: Arc<Alert>,
    pub(crate) slip: Option<Slip>,
    pub(crate) taken: Option<Arc<Taken>>,
    /// In whose place it is delivered, if it was handed over.
    pub(crate) instead_of: Option<Arc<Fallback>>,
    /// How long it was at the sinks that failed before.
    pub(crate) waited: Duration,
}

impl Item for Parcel {
    fn severity(&self) -> Severity {
        self.alert.severity()
    }

    fn size(&self) -> usize {
        let cause = self.instead_of.as_ref();
        let cause = cause.map_or(0, |cause| cause.sink().len() + cause.why().len());
        self.alert.size().saturating_add(cause)
    }

    fn key(&self) -> Option<Fingerprint> {
        self.alert.dedup_key().map(|_| self.alert.fingerprint())
    }

    fn is_tracked(&self) -> bool {
        self.slip.is_some()
    }

    fn alert(&self) -> Arc<Alert> {
        self.alert.clone()
    }

    fn telling<'a>(digest: &Digest, mut members: impl Iterator<Item = &'a Self>) -> Self {
        // It speaks for all of them or for none.
        let cause = members.next().and_then(|first| first.instead_of.clone());
        let same = |other: &Fallback| cause.as_ref().is_some_and(|c| c.sink() == other.sink());
        let shared = members.all(|member| member.instead_of.as_deref().is_some_and(same));
        Self {
            alert: Arc::new(digest.to_alert()),
            slip: None,
            taken: None,
            instead_of: cause.filter(|_| shared),
            waited: Duration::ZERO,
        }
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
