//! What the file says of delivery, over the defaults, as the policy of one sink.

use alert_core::delivery::{Dedup, Delivery, DigestPolicy, Filter, Same, Throttle};
use alert_core::{ConfigDuration, Node, Problem};

use crate::positive::Positive;
use crate::raw::{RawDelivery, RawSame, RawWhen};
use crate::switch::Switch;

/// A part of a config with the tree that it was read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read<'a> {
    pub(crate) raw: &'a RawDelivery,
    pub(crate) node: Option<&'a Node>,
}

/// Lays a sink's own delivery over `[delivery]`, key by key, and over the built-in defaults.
///
/// A gate that lacks a key stays open, and is reported. The fallback is not settled here: for that
/// one must know the other sinks.
pub(crate) fn delivery(own: Read<'_>, common: Read<'_>, problems: &mut Vec<Problem>) -> Delivery {
    let mut delivery = Delivery::default();
    let mut report = |table: &'static str, key: &'static str, own_gate: bool| {
        let node = if own_gate { own.node } else { common.node };
        let entry = node.and_then(|node| node.entry(table));
        let problem = Problem::error(format!("missing key `{key}`"));
        problems.push(problem.at(entry.and_then(|entry| entry.node().span())));
    };
    if let Some(dedup) = overlay(&own.raw.dedup, &common.raw.dedup) {
        match dedup.pick(|raw| raw.within) {
            Some(within) => {
                delivery.dedup = Some(Dedup {
                    within: within.0.get(),
                })
            }
            None => report("dedup", "within", dedup.own.is_some()),
        }
    }
    if let Some(throttle) = overlay(&own.raw.throttle, &common.raw.throttle) {
        let (at_most, every) = (
            throttle.pick(|raw| raw.at_most),
            throttle.pick(|raw| raw.every),
        );
        let same = throttle.pick(|raw| raw.same).map_or(Same::default(), same);
        if at_most.is_none() {
            report("throttle", "at_most", throttle.own.is_some());
        }
        if every.is_none() {
            report("throttle", "every", throttle.own.is_some());
        }
        if let (Some(at_most), Some(Positive(every))) = (at_most, every) {
            delivery.throttle = Some(Throttle {
                at_most: at_most.get(),
                every: every.get(),
                same,
            });
        }
    }
    if let Some(digest) = overlay(&own.raw.digest, &common.raw.digest) {
        let (after, every) = (digest.pick(|raw| raw.after), digest.pick(|raw| raw.every));
        if after.is_none() {
            report("digest", "after", digest.own.is_some());
        }
        if every.is_none() {
            report("digest", "every", digest.own.is_some());
        }
        if let (Some(after), Some(Positive(every))) = (after, every) {
            let every = every.get();
            delivery.digest = Some(DigestPolicy { after, every });
        }
    }
    for raw in [common.raw, own.raw] {
        plain(raw, &mut delivery);
    }
    delivery
}

/// The parts that are always there; the later call wins.
fn plain(raw: &RawDelivery, delivery: &mut Delivery) {
    let retry = raw.retry.as_ref();
    set(
        &mut delivery.retry.max_attempts,
        retry.and_then(|r| r.max_attempts),
        |n| n.get(),
    );
    set(
        &mut delivery.retry.max_age,
        retry.and_then(|r| r.max_age),
        |d| d.0.get(),
    );
    set(
        &mut delivery.retry.first,
        retry.and_then(|r| r.first),
        |d| d.0.get(),
    );
    set(&mut delivery.retry.cap, retry.and_then(|r| r.cap), |d| {
        d.0.get()
    });
    set(&mut delivery.attempt_timeout, raw.attempt_timeout, |d| {
        d.0.get()
    });
    let queue = raw.queue.as_ref();
    set(
        &mut delivery.queue.alerts,
        queue.and_then(|q| q.alerts),
        |n| n.get(),
    );
    set(
        &mut delivery.queue.bytes,
        queue.and_then(|q| q.bytes),
        |size| usize::try_from(size.0.bytes()).unwrap_or(usize::MAX),
    );
    let batch = raw.batch.as_ref();
    set(&mut delivery.batch.max, batch.and_then(|b| b.max), |n| {
        n.get()
    });
    set(
        &mut delivery.batch.linger,
        batch.and_then(|b| b.linger),
        ConfigDuration::get,
    );
    set(&mut delivery.in_flight, raw.in_flight, |n| n.get());
    let circuit = raw.circuit.as_ref();
    set(
        &mut delivery.circuit.after,
        circuit.and_then(|c| c.after),
        |n| n.get(),
    );
    set(
        &mut delivery.circuit.wait,
        circuit.and_then(|c| c.wait),
        |d| d.0.get(),
    );
    set(
        &mut delivery.notice_after,
        raw.notice_after,
        ConfigDuration::get,
    );
    let class = raw.class.iter();
    delivery
        .class
        .extend(class.map(|(code, class)| (code.clone(), (*class).into())));
}

fn set<R, T>(target: &mut T, raw: Option<R>, read: impl FnOnce(R) -> T) {
    if let Some(raw) = raw {
        *target = read(raw);
    }
}

/// A gate's table over the common one.
struct Overlay<'a, T> {
    own: Option<&'a T>,
    common: Option<&'a T>,
}

/// `None` where the gate is off: nobody turned it on, or the sink turned it off.
fn overlay<'a, T>(
    own: &'a Option<Switch<T>>,
    common: &'a Option<Switch<T>>,
) -> Option<Overlay<'a, T>> {
    let common = match common {
        Some(Switch::On(raw)) => Some(raw),
        _ => None,
    };
    match (own, common) {
        (Some(Switch::Off), _) | (None, None) => None,
        (Some(Switch::On(own)), common) => Some(Overlay {
            own: Some(own),
            common,
        }),
        (None, common) => Some(Overlay { own: None, common }),
    }
}

impl<T> Overlay<'_, T> {
    fn pick<V>(&self, pick: impl Fn(&T) -> Option<V>) -> Option<V> {
        self.own
            .and_then(&pick)
            .or_else(|| self.common.and_then(&pick))
    }
}

fn same(raw: RawSame) -> Same {
    match raw {
        RawSame::Source => Same::Source,
        RawSame::Key => Same::Key,
        RawSame::Severity => Same::Severity,
        RawSame::Sink => Same::Sink,
    }
}

/// The filter of a `when`.
pub(crate) fn filter(when: &RawWhen) -> Filter {
    let mut filter = Filter::all();
    if let Some(severity) = when.min_severity {
        filter = filter.min_severity(severity.into());
    }
    filter.only_as_fallback = when.only_as_fallback;
    filter.silenced = when.silenced;
    let with_sources = when
        .source
        .iter()
        .fold(filter, |filter, source| filter.source(source));
    let context = when.context.iter();
    context.fold(with_sources, |filter, (key, matcher)| {
        filter.context(key, &matcher.0)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::delivery::{Delivery, Same};
    use serde_json::{Value, json};

    use super::{Read, delivery, filter};
    use crate::raw::{RawDelivery, RawWhen};

    fn over(common: Value, own: Value) -> (Delivery, Vec<String>) {
        let read = |json| serde_json::from_value::<RawDelivery>(json).expect("it is well-formed");
        let (common, own) = (read(common), read(own));
        let mut problems = Vec::new();
        let read = |raw| Read { raw, node: None };
        let delivery = delivery(read(&own), read(&common), &mut problems);
        (
            delivery,
            problems
                .iter()
                .map(|problem| problem.text().to_owned())
                .collect(),
        )
    }

    #[test]
    fn whether_silences_hold_is_said_or_left_to_the_type() {
        for (json, silenced) in [
            (json!({}), None),
            (json!({ "silenced": true }), Some(true)),
            (json!({ "silenced": false }), Some(false)),
        ] {
            let when: RawWhen = serde_json::from_value(json).expect("it is well-formed");
            assert_eq!(filter(&when).silenced, silenced);
        }
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(
            over(json!({}), json!({})),
            (Delivery::default(), Vec::new())
        );
    }

    #[test]
    fn the_sinks_own_keys_lie_over_the_common_ones_at_every_depth() {
        let (delivery, problems) = over(
            json!({
                "retry": { "max_attempts": 9, "max_age": "1h" },
                "throttle": { "at_most": 3, "every": "1m" },
                "dedup": { "within": "15m" },
                "queue": { "bytes": "1MiB" },
                "notice_after": "0s",
                "in_flight": 2,
                "class": { "http-404": "rejected", "http-409": "transient" },
                "digest": { "after": 5, "every": "1m" },
            }),
            json!({
                "retry": { "max_attempts": 2, "first": "1s" },
                "throttle": { "same": "source", "at_most": 5 },
                "batch": { "linger": "0s", "max": 7 },
                "in_flight": 4,
                "class": { "http-404": "transient", "http-500": "unusable" },
                "digest": { "after": 0 },
            }),
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(delivery.retry.max_attempts, 2);
        assert_eq!(delivery.retry.max_age, Duration::from_secs(3600));
        assert_eq!(delivery.retry.first, Duration::from_secs(1));
        assert_eq!(delivery.retry.cap, Delivery::default().retry.cap);
        let throttle = delivery.throttle.expect("it is on");
        assert_eq!((throttle.at_most, throttle.same), (5, Same::Source));
        assert_eq!(throttle.every, Duration::from_secs(60));
        assert_eq!(
            delivery.dedup.expect("it is on").within,
            Duration::from_secs(900)
        );
        assert_eq!(
            (delivery.queue.bytes, delivery.queue.alerts),
            (1 << 20, 10_000)
        );
        assert_eq!(
            (delivery.batch.max, delivery.notice_after),
            (7, Duration::ZERO)
        );
        assert_eq!(delivery.in_flight, 4);
        let class = |code: &str| delivery.class.get(code).map(|class| class.as_str());
        assert_eq!(class("http-404"), Some("transient"));
        assert_eq!(class("http-409"), Some("transient"));
        assert_eq!(class("http-500"), Some("unusable"));
        let digest = delivery.digest.expect("it is on");
        assert_eq!((digest.after, digest.every), (0, Duration::from_secs(60)));
    }

    #[test]
    fn false_turns_a_common_gate_off() {
        let common = json!({
            "dedup": { "within": "1m" },
            "throttle": { "at_most": 1, "every": "1s" },
            "digest": { "after": 1, "every": "1s" },
        });
        let off = json!({ "dedup": false, "throttle": false, "digest": false });
        assert_eq!(over(common, off), (Delivery::default(), Vec::new()));
    }

    #[test]
    fn a_gate_without_its_keys_stays_open_and_is_reported() {
        let (delivery, problems) = over(
            json!({ "dedup": {}, "digest": { "after": 1 } }),
            json!({ "throttle": {} }),
        );
        assert_eq!(delivery, Delivery::default());
        assert_eq!(
            problems,
            [
                "missing key `within`",
                "missing key `at_most`",
                "missing key `every`",
                "missing key `every`"
            ]
        );
    }

    #[test]
    fn zero_is_refused_where_it_is_nonsense() {
        for json in [
            json!({ "dedup": { "within": "0s" } }),
            json!({ "dedup": true }),
            json!({ "throttle": { "at_most": 0 } }),
            json!({ "throttle": { "every": "0ms" } }),
            json!({ "retry": { "max_attempts": 0 } }),
            json!({ "retry": { "first": "0s" } }),
            json!({ "attempt_timeout": "0s" }),
            json!({ "queue": { "alerts": 0 } }),
            json!({ "queue": { "bytes": 0 } }),
            json!({ "batch": { "max": 0 } }),
            json!({ "in_flight": 0 }),
            json!({ "circuit": { "after": 0 } }),
            json!({ "circuit": { "wait": "0s" } }),
            json!({ "digest": { "every": "0s" } }),
            json!({ "digest": true }),
            json!({ "fallback": true }),
            json!({ "class": { "http-404": "fatal" } }),
        ] {
            assert!(
                serde_json::from_value::<RawDelivery>(json.clone()).is_err(),
                "{json}"
            );
        }
    }
}
