use std::sync::Arc;
use std::time::Duration;

use crate::alert::{Alert, Digest, Fingerprint, Severity, Status, Timestamp};
use crate::pipeline::lane::Item;
use crate::sink::{ErrorClass, Failure, Firing};

/// What the lanes of these tests carry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thing {
    pub(super) id: u64,
    pub(super) severity: Severity,
    pub(super) size: usize,
    pub(super) key: Option<Fingerprint>,
    pub(super) tracked: bool,
}

/// The id of the first digest's thing; each has that of its first member more.
pub(super) const DIGEST: u64 = 1 << 32;

impl Item for Thing {
    fn severity(&self) -> Severity {
        self.severity
    }

    fn size(&self) -> usize {
        self.size
    }

    fn key(&self) -> Option<Fingerprint> {
        self.key
    }

    fn status(&self) -> Status {
        Status::Firing
    }

    fn raised(&self) -> Timestamp {
        Timestamp::from_micros(self.id)
    }

    fn firing(&self, why: String) -> Firing {
        Firing::new("thing", self.severity, self.raised(), why)
    }

    fn is_tracked(&self) -> bool {
        self.tracked
    }

    /// Its time is its id, so that a digest tells which was its first.
    fn alert(&self) -> Arc<Alert> {
        let title = format!("kind {}", self.id % 3);
        let alert = Alert::builder(self.severity, title);
        Arc::new(alert.time(Timestamp::from_micros(self.id)).build())
    }

    fn telling<'a>(digest: &Digest, _: impl Iterator<Item = &'a Self>) -> Self {
        Self {
            id: DIGEST + digest.first().as_micros(),
            severity: digest.severity(),
            size: 1,
            key: None,
            tracked: false,
        }
    }
}

fn failure(class: ErrorClass) -> Failure {
    Failure {
        class,
        text: class.as_str().to_owned(),
        retry_after: None,
        not_sent: false,
        ambiguous: false,
        until_changed: false,
        answered: None,
    }
}

pub(super) fn transient() -> Failure {
    failure(ErrorClass::Transient)
}

pub(super) fn rate_limit(pause: Duration) -> Failure {
    Failure {
        retry_after: Some(pause),
        ..transient()
    }
}

pub(super) fn not_sent() -> Failure {
    Failure {
        not_sent: true,
        ..transient()
    }
}

pub(super) fn ambiguous() -> Failure {
    Failure {
        ambiguous: true,
        ..transient()
    }
}

pub(super) fn rejected() -> Failure {
    failure(ErrorClass::Rejected)
}

pub(super) fn unusable() -> Failure {
    failure(ErrorClass::Unusable)
}

pub(super) fn until_changed() -> Failure {
    Failure {
        until_changed: true,
        ..unusable()
    }
}

pub(super) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(super) const fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}
