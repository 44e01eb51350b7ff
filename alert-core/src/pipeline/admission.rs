use std::time::Duration;

use super::emission::Routed;
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
    routed: &Routed,
    slip: Option<Slip>,
    now: Tick,
) -> Result<(), Reason> {
    let standing = match may_resolve(&routed.alert) {
        true => lane.standing(&parcel(routed, None)),
        false => Standing::Ordinary,
    };
    if routed.silenced && standing == Standing::Ordinary && gates.heed_silences() {
        lane.stopped(Reason::Silenced);
        return Err(Reason::Silenced);
    }
    let reason = match gates.judge(&routed.alert, standing, now) {
        Gate::Pass(stands_for) => {
            lane.offer(parcel(routed, slip), stands_for, now);
            return Ok(());
        }
        Gate::Filtered(Stopped::Severity) => Reason::MinSeverity,
        Gate::Filtered(Stopped::Source) => Reason::Source,
        Gate::Filtered(Stopped::Context) => Reason::Context,
        Gate::Duplicate => Reason::Duplicate,
        Gate::Throttled => Reason::Throttled,
    };
    match reason.verdict() {
        Verdict::Suppressed => lane.suppressed(&parcel(routed, None), reason),
        _ => lane.stopped(reason),
    }
    Err(reason)
}

/// Whether it could end what an earlier alert told of.
pub(super) fn may_resolve(alert: &Alert) -> bool {
    alert.status() == Status::Resolved && alert.dedup_key().is_some()
}

/// Whether it ends what an alert that the lane took tells of.
pub(super) fn is_end(lane: &Lane<Parcel>, routed: &Routed) -> bool {
    may_resolve(&routed.alert) && lane.standing(&parcel(routed, None)) == Standing::Open
}

fn parcel(routed: &Routed, slip: Option<Slip>) -> Parcel {
    Parcel {
        alert: routed.alert.clone(),
        slip,
        taken: routed.taken.clone(),
        instead_of: None,
        waited: Duration::ZERO,
    }
}
