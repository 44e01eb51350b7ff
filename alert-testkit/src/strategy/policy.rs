use std::time::Duration;

use alert_core::delivery::{BatchPolicy, Circuit, Dedup, Delivery, Queue, Retry, Same, Throttle};
use proptest::option;
use proptest::prelude::*;

/// Mostly what people write, with the edges: nothing, very short, for ever.
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        8 => (1_u64..120_000).prop_map(Duration::from_millis),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::from_nanos(1)),
        1 => Just(Duration::MAX),
    ]
}

/// A deadline that lets a test's sink return in time.
fn timeout() -> impl Strategy<Value = Duration> {
    prop_oneof![
        4 => (1_u64..600).prop_map(Duration::from_secs),
        1 => Just(Duration::MAX),
    ]
}

fn retry() -> impl Strategy<Value = Retry> {
    (0_u32..6, duration(), duration(), duration()).prop_map(
        |(max_attempts, max_age, first, cap)| Retry {
            max_attempts,
            max_age,
            first,
            cap,
        },
    )
}

fn throttle() -> impl Strategy<Value = Throttle> {
    let same = prop::sample::select(&[Same::Sink, Same::Source, Same::Severity, Same::Key][..]);
    (0_u32..20, duration(), same).prop_map(|(at_most, every, same)| Throttle {
        at_most,
        every,
        same,
    })
}

/// Any delivery policy. Its attempts may take a second at least, by the
/// pipeline's clock.
pub fn delivery() -> impl Strategy<Value = Delivery> {
    let gates = (option::of(duration()), option::of(throttle()));
    let queue = (
        prop_oneof![0_usize..10, Just(10_000)],
        prop_oneof![0_usize..5_000, Just(16 << 20)],
    );
    let batch = (prop_oneof![0_usize..10, Just(usize::MAX)], duration());
    let circuit = (0_u32..5, duration());
    (gates, retry(), timeout(), queue, batch, circuit, duration()).prop_map(
        |((dedup, throttle), retry, attempt_timeout, queue, batch, circuit, notice_after)| {
            let mut delivery = Delivery::default();
            delivery.dedup = dedup.map(|within| Dedup { within });
            delivery.throttle = throttle;
            delivery.retry = retry;
            delivery.attempt_timeout = attempt_timeout;
            delivery.queue = Queue {
                alerts: queue.0,
                bytes: queue.1,
            };
            delivery.batch = BatchPolicy {
                max: batch.0,
                linger: batch.1,
            };
            delivery.circuit = Circuit {
                after: circuit.0,
                wait: circuit.1,
            };
            delivery.notice_after = notice_after;
            delivery
        },
    )
}
