//! One alert as one event.

use alert_core::{Alert, Attempt, Status};
use tracing_core::Event;
use tracing_core::field::Value;

use crate::callsite::Site;
use crate::headline::Headline;
use crate::names::FIXED;
use crate::sets::Set;
use crate::shown::Shown;

/// Gives the alert to this thread's subscriber. Runs its code: may block, may panic.
pub(crate) fn dispatch(set: &Set, site: &'static Site, alert: &Alert, attempt: &Attempt<'_>) {
    let headline = Headline { alert, attempt };
    let id = alert.id().to_string();
    let status = match alert.status() {
        Status::Firing => Shown::Nothing,
        resolved => Shown::Text(resolved.as_str()),
    };
    let time = attempt.lateness().map(|_| alert.time().to_string());
    let context = match alert.context().is_empty() {
        true => Shown::Nothing,
        false => Shown::json(alert.context()),
    };
    let links = match alert.links() {
        [] => Shown::Nothing,
        links => Shown::json(&links),
    };
    // In the order of the names, without the message.
    let fixed: [Shown<'_>; FIXED.len() - 1] = [
        Shown::Text(&id),
        Shown::text(alert.title()),
        Shown::text(alert.message()),
        Shown::text(alert.source()),
        Shown::text(alert.dedup_key().unwrap_or_default()),
        context,
        status,
        Shown::text(time.as_deref().unwrap_or_default()),
        links,
    ];
    let keys = set
        .keys()
        .iter()
        .map(|key| Shown::of(alert.context().get(key)));
    let shown: Vec<Shown<'_>> = fixed.into_iter().chain(keys).collect();
    // Subscribers know a message by its name, and by being formatted arguments, not text.
    let message = format_args!("{headline}");
    let message: Option<&dyn Value> = Some(&message);
    let values: Vec<_> = [message]
        .into_iter()
        .chain(shown.iter().map(Shown::value))
        .collect();
    let data = site.data();
    Event::dispatch(data, &data.fields().value_set_all(&values));
}
