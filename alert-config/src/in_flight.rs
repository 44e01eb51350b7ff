//! A wish for more requests at once than a sink can have under way.

use std::ops::Range;

use alert_core::{Plan, Problem};

use crate::foreign::guarded;
use crate::policy::Read;

/// How many a sink's own `delivery` asks for. What `[delivery]` says is meant for each sink as far
/// as it goes.
pub(crate) struct Wanted {
    requests: usize,
    place: Option<Range<usize>>,
}

impl Wanted {
    pub(crate) fn of(own: Read<'_>) -> Option<Self> {
        let requests = own.raw.in_flight?.get();
        let node = own.node.and_then(|node| node.get("in_flight"));
        let place = node.and_then(|node| node.span());
        Some(Self { requests, place })
    }

    /// A warning if the sink's type allows fewer.
    pub(crate) fn beyond(self, plan: &Plan) -> Option<Problem> {
        // Every sink allows one. A table that cannot be read has other problems.
        if self.requests == 1 {
            return None;
        }
        let allowed = guarded(|| plan.limits())?.ok()?.in_flight.max(1);
        let text = format!("`in_flight` is more than the sink allows, which is {allowed}");
        (self.requests > allowed).then(|| Problem::warning(text).at(self.place))
    }
}
