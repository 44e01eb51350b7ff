//! Which sinks need somebody.

use std::time::Duration;

use alert::Timestamp;
use alert::sinks::sqlite_state::SinkHealth;

/// What reported longer ago is a program that is not there any more.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// For so long a loss is news.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// Whether a sink needs somebody: it fails or has stopped, or has lost alerts within the last hour.
/// What has not reported for a day does not count.
pub(super) fn trouble(sink: &SinkHealth, now: Timestamp) -> bool {
    let failed = match (sink.last_error_at, sink.last_success_at) {
        (Some(error), Some(success)) => error > success,
        (error, None) => error.is_some(),
        (None, _) => false,
    };
    let stopped = match sink.state.as_str() {
        "failing" | "circuit_open" | "unusable" | "halted" => true,
        // A program that has ended leaves this behind, whatever came before.
        "closed" => failed,
        _ => false,
    };
    let within = |then: Timestamp, span: Duration| now.saturating_since(then) <= span;
    let lost = sink.lost > 0 && sink.last_error_at.is_some_and(|at| within(at, RECENT));
    (stopped || lost) && within(sink.seen_at, STALE)
}
