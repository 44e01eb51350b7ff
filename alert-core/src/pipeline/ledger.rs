use crate::pipeline::{Reason, Verdict};

/// One sink's books. At every moment
/// `offered = delivered + filtered + suppressed + shed + rejected + gave_up +
/// abandoned + pending`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    offered: u64,
    pending: u64,
    late: u64,
    as_fallback: u64,
    by_reason: [u64; Reason::ALL.len()],
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            offered: 0,
            pending: 0,
            late: 0,
            as_fallback: 0,
            by_reason: [0; Reason::ALL.len()],
        }
    }
}

impl Ledger {
    /// How many alerts were routed to the sink, or handed over to it as the
    /// fallback of another.
    pub fn offered(&self) -> u64 {
        self.offered
    }

    /// How many wait or are being delivered.
    pub fn pending(&self) -> u64 {
        self.pending
    }

    /// How many were delivered by a worker that had been left behind; each is
    /// also among the abandoned.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// How many were offered to it in place of another sink that failed; each is
    /// also among the offered.
    pub fn as_fallback(&self) -> u64 {
        self.as_fallback
    }

    /// How many ended for this reason.
    pub fn by_reason(&self, reason: Reason) -> u64 {
        self.by_reason[reason as usize]
    }

    /// How many ended as this.
    pub fn count(&self, verdict: Verdict) -> u64 {
        Reason::ALL
            .iter()
            .filter(|reason| reason.verdict() == verdict)
            .map(|reason| self.by_reason(*reason))
            .sum()
    }

    /// How many were delivered.
    pub fn delivered(&self) -> u64 {
        self.by_reason(Reason::Delivered)
    }

    /// How many did not get through although they should have.
    pub fn lost(&self) -> u64 {
        Reason::ALL
            .iter()
            .filter(|reason| reason.verdict().is_loss())
            .map(|reason| self.by_reason(*reason))
            .sum()
    }

    /// Whether the identity holds. It always does; the test kit asks.
    pub fn is_balanced(&self) -> bool {
        self.offered == self.pending + self.by_reason.iter().sum::<u64>()
    }

    /// Takes another's counts into this one.
    pub(crate) fn merge(&mut self, other: &Ledger) {
        self.offered += other.offered;
        self.pending += other.pending;
        self.late += other.late;
        self.as_fallback += other.as_fallback;
        for (mine, theirs) in self.by_reason.iter_mut().zip(other.by_reason) {
            *mine += theirs;
        }
    }

    /// Offered, and waiting now.
    pub(crate) fn enter(&mut self) {
        self.offered += 1;
        self.pending += 1;
    }

    /// Offered, and ended at once.
    pub(crate) fn stop(&mut self, reason: Reason) {
        self.offered += 1;
        self.by_reason[reason as usize] += 1;
    }

    /// So many from waiting to their end.
    pub(crate) fn end(&mut self, reason: Reason, alerts: u64) {
        self.pending -= alerts;
        self.by_reason[reason as usize] += alerts;
    }

    /// So many come from another sink that failed, and wait now.
    pub(crate) fn take_over(&mut self, alerts: u64) {
        self.offered += alerts;
        self.pending += alerts;
        self.as_fallback += alerts;
    }

    pub(crate) fn late_success(&mut self, alerts: u64) {
        self.late += alerts;
    }
}
