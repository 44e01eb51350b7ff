use std::sync::Arc;

use super::lane::{Lane, Tick};
use super::outcome::{Reason, Verdict};
use super::parcel::Parcel;
use super::receipt::Slip;
use crate::alert::{Alert, Status};
use crate::policy::{Gates, Standing, Stopped, Verdict as Gate};

/// Lets an alert through the gates into the lane, or says why it was stopped.
pub(super) fn admit(
    gates: &mut Gates,
    lane: &mut Lane<Parcel>,
    alert: &Arc<Alert>,
    slip: Option<Slip>,
    now: Tick,
) -> Result<(), Reason> {
    let parcel = |slip| Parcel {
        alert: alert.clone(),
        slip,
    };
    let standing = match (alert.status(), alert.dedup_key()) {
        (Status::Resolved, Some(_)) => lane.standing(&parcel(None)),
        _ => Standing::Ordinary,
    };
    let reason = match gates.judge(alert, standing, now) {
        Gate::Pass(stands_for) => {
            lane.offer(parcel(slip), stands_for, now);
            return Ok(());
        }
        Gate::Filtered(Stopped::Severity) => Reason::MinSeverity,
        Gate::Filtered(Stopped::Source) => Reason::Source,
        Gate::Filtered(Stopped::Context) => Reason::Context,
        Gate::Duplicate => Reason::Duplicate,
        Gate::Throttled => Reason::Throttled,
    };
    match reason.verdict() {
        Verdict::Suppressed => lane.suppressed(&parcel(None), reason),
        _ => lane.stopped(reason),
    }
    Err(reason)
}
