use std::sync::Arc;

use super::lane::Item;
use super::receipt::Slip;
use crate::alert::{Alert, Digest, Fingerprint, Severity};

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

    fn is_tracked(&self) -> bool {
        self.slip.is_some()
    }

    fn alert(&self) -> Arc<Alert> {
        self.alert.clone()
    }

    fn telling(digest: &Digest) -> Self {
        Self {
            alert: Arc::new(digest.to_alert()),
            slip: None,
        }
    }
}
