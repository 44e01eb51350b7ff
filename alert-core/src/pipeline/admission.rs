use super::lane::{Item, Lane, Tick};
use super::outcome::{Reason, Verdict};
use super::parcel::Parcel;
use crate::alert::Status;
use crate::policy::{Gates, Standing, Stopped, Verdict as Gate};

/// Lets an alert through the gates into the lane, or says why it was stopped.
pub(super) fn admit(
    gates: &mut Gates,
    lane: &mut Lane<Parcel>,
    parcel: Parcel,
    now: Tick,
) -> Result<(), Reason> {
    let standing = match parcel.status() {
        Status::Resolved => lane.standing(&parcel),
        Status::Firing => Standing::Ordinary,
    };
    let reason = match gates.judge(&parcel.alert, standing, now) {
        Gate::Pass(stands_for) => {
            lane.offer(parcel, stands_for, now);
            return Ok(());
        }
        Gate::Filtered(Stopped::Severity) => Reason::MinSeverity,
        Gate::Filtered(Stopped::Source) => Reason::Source,
        Gate::Filtered(Stopped::Context) => Reason::Context,
        Gate::Duplicate => Reason::Duplicate,
        Gate::Throttled => Reason::Throttled,
    };
    match reason.verdict() {
        Verdict::Suppressed => lane.suppressed(&parcel, reason),
        _ => lane.stopped(reason),
    }
    Err(reason)
}
