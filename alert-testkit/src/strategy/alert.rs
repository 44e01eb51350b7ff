use alert_core::{Alert, Severity, Status, Timestamp};
use proptest::option;
use proptest::prelude::*;

use crate::strategy::{hostile_text, odd};

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(&Severity::ALL[..])
}

/// An ordinary alert: short plain text, some with one of five keys, so that
/// repeats and pairs of firing and resolved happen.
pub fn alert() -> impl Strategy<Value = Alert> {
    let key = option::of(prop::sample::select(&["a", "b", "c", "d", "e"][..]));
    (severity(), "[a-z]{1,8}", key, any::<bool>(), 0_u32..100).prop_map(
        |(severity, title, key, resolved, count)| {
            let mut alert = Alert::builder(severity, title).context("count", count);
            if let Some(key) = key {
                alert = alert.dedup_key(key);
                if resolved {
                    alert = alert.resolved();
                }
            }
            alert.build()
        },
    )
}

/// Any alert at all: hostile text everywhere, any status and time, context
/// values that are odd, fail or panic.
pub fn any_alert() -> impl Strategy<Value = Alert> {
    let context = prop::collection::vec((hostile_text(), odd()), 0..6);
    let link = option::of((hostile_text(), hostile_text()));
    let names = (hostile_text(), option::of(hostile_text()));
    let time = option::weighted(0.2, any::<u64>());
    let head = (severity(), any::<bool>(), time);
    (head, hostile_text(), hostile_text(), names, context, link).prop_map(
        |((severity, resolved, time), title, message, (source, key), context, link)| {
            let mut alert = Alert::builder(severity, title)
                .message(message)
                .source(source);
            if resolved {
                alert = alert.status(Status::Resolved);
            }
            if let Some(micros) = time {
                alert = alert.time(Timestamp::from_micros(micros));
            }
            if let Some(key) = key {
                alert = alert.dedup_key(key);
            }
            if let Some((text, url)) = link {
                alert = alert.link(text, url);
            }
            for (key, value) in context {
                alert = alert.context(key, value);
            }
            alert.build()
        },
    )
}
