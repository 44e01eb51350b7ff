//! What is tried: operations, failures, policies.

use std::time::Duration;

use proptest::prelude::*;

use super::model::Finish;
use super::thing::{
    ambiguous, ms, not_sent, rate_limit, rejected, s, transient, until_changed, unusable,
};
use crate::alert::Severity;
use crate::pipeline::Reason;
use crate::policy::{BatchPolicy, Circuit, Delivery, Queue, Retry};
use crate::sink::{Delivered, Failure, Limits};

#[derive(Debug, Clone)]
pub(super) enum Op {
    Offer {
        severity: Severity,
        size: usize,
        key: Option<u8>,
        stands_for: u64,
    },
    Stop(Reason),
    IntakeShed(u64),
    /// The worker takes its next step: asks, or ends the call it is in.
    Drive(Finish),
    Settle(usize, Result<Delivered, Failure>),
    /// Puts a member back; `true`: to be asked for alone.
    Leave(usize, bool),
    Pass(Duration),
    /// As long as the worker or the dispatcher would sleep.
    Sleep,
    Tick,
    /// Until the worker is left behind.
    Hang,
    /// A worker that was left behind: reports (or asks), and may end.
    Late {
        which: usize,
        index: usize,
        report: Report,
    },
    Flush,
    Close(Duration),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Report {
    Settle(bool),
    Leave(bool),
    Finish(bool),
    Opened(bool),
    FlushEnded(bool),
    Next,
    CameBack,
}

pub(super) fn a_hint() -> impl Strategy<Value = Duration> {
    prop::sample::select(vec![
        Duration::ZERO,
        ms(20),
        s(5),
        s(3_600),
        s(100 * 3_600),
        Duration::MAX,
    ])
}

pub(super) fn a_failure() -> impl Strategy<Value = Failure> {
    let plain = prop::sample::select(vec![
        transient(),
        transient(),
        not_sent(),
        ambiguous(),
        ambiguous(),
        rejected(),
        unusable(),
        until_changed(),
    ]);
    let hinted = prop::sample::select(vec![rejected(), ambiguous(), unusable(), transient()]);
    prop_oneof![
        5 => plain,
        2 => a_hint().prop_map(rate_limit),
        1 => (hinted, a_hint()).prop_map(|(failure, hint)| Failure {
            retry_after: Some(hint),
            ..failure
        }),
    ]
}

pub(super) fn a_finish() -> impl Strategy<Value = Finish> {
    prop_oneof![
        5 => Just(Finish::Ok),
        4 => a_failure().prop_map(Finish::Failed),
        1 => Just(Finish::Panicked),
    ]
}

pub(super) fn a_fate() -> impl Strategy<Value = Result<Delivered, Failure>> {
    prop_oneof![
        2 => Just(Ok(Delivered::new())),
        1 => (0..5_u8).prop_map(|n| Ok(Delivered::new().with_handle(n.to_string()))),
        1 => a_hint().prop_map(|hint| Ok(Delivered::new().not_before(hint))),
        3 => a_failure().prop_map(Err),
    ]
}

pub(super) fn a_time() -> impl Strategy<Value = Duration> {
    prop::sample::select(vec![
        Duration::ZERO,
        ms(1),
        ms(10),
        ms(300),
        s(1),
        s(31),
        s(600),
        s(26 * 3_600),
    ])
}

pub(super) fn a_report() -> impl Strategy<Value = Report> {
    prop_oneof![
        any::<bool>().prop_map(Report::Settle),
        any::<bool>().prop_map(Report::Leave),
        any::<bool>().prop_map(Report::Finish),
        any::<bool>().prop_map(Report::Opened),
        any::<bool>().prop_map(Report::FlushEnded),
        Just(Report::Next),
        Just(Report::CameBack),
    ]
}

pub(super) fn an_op() -> impl Strategy<Value = Op> {
    let severity = prop::sample::select(Severity::ALL.to_vec());
    let key = prop::option::weighted(0.3, 0..3_u8);
    let stands_for = prop_oneof![4 => Just(0), 1 => 1..9_u64];
    let gates = prop::sample::select(vec![Reason::Duplicate, Reason::Source]);
    prop_oneof![
        24 => (severity, 0..40_usize, key, stands_for).prop_map(
            |(severity, size, key, stands_for)| Op::Offer { severity, size, key, stands_for }
        ),
        30 => a_finish().prop_map(Op::Drive),
        8 => (0..5_usize, a_fate()).prop_map(|(index, fate)| Op::Settle(index, fate)),
        6 => (0..5_usize, prop::bool::weighted(0.3))
            .prop_map(|(index, alone)| Op::Leave(index, alone)),
        8 => a_time().prop_map(Op::Pass),
        12 => Just(Op::Sleep),
        6 => Just(Op::Tick),
        4 => Just(Op::Hang),
        5 => (0..4_usize, 0..5_usize, a_report())
            .prop_map(|(which, index, report)| Op::Late { which, index, report }),
        2 => Just(Op::Flush),
        1 => (1..5_u64).prop_map(Op::IntakeShed),
        1 => gates.prop_map(Op::Stop),
        1 => prop_oneof![a_time(), Just(Duration::MAX)].prop_map(Op::Close),
    ]
}

pub(super) fn a_policy() -> impl Strategy<Value = Delivery> {
    let queue = (0..9_usize, 0..150_usize);
    let batch = (
        0..5_usize,
        prop::sample::select(vec![Duration::ZERO, ms(5), s(3_600)]),
    );
    let retry = (
        0..4_u32,
        prop::sample::select(vec![s(1), s(60), s(600), Duration::MAX]),
    );
    let pause = (0..2_000_u64, 0..3_000_u64);
    let circuit = (0..4_u32, 0..40_u64);
    let times = (prop::sample::select(vec![ms(1), ms(100), s(10)]), a_time());
    let in_flight = prop_oneof![2 => Just(1), 1 => 0..4_usize];
    (queue, batch, retry, pause, circuit, times, in_flight).prop_map(
        |(queue, batch, retry, pause, circuit, times, in_flight)| Delivery {
            in_flight,
            queue: Queue {
                alerts: queue.0,
                bytes: queue.1,
            },
            batch: BatchPolicy {
                max: batch.0,
                linger: batch.1,
            },
            retry: Retry {
                max_attempts: retry.0,
                max_age: retry.1,
                first: ms(pause.0),
                cap: ms(pause.1),
            },
            circuit: Circuit {
                after: circuit.0,
                wait: s(circuit.1),
            },
            attempt_timeout: times.0,
            notice_after: times.1,
            ..Delivery::default()
        },
    )
}

pub(super) fn some_limits() -> impl Strategy<Value = Limits> {
    (1..6_usize, any::<bool>(), 1..3_usize).prop_map(|(batch, edits, in_flight)| {
        let limits = Limits::none().batch(batch).in_flight(in_flight);
        if edits { limits.edits() } else { limits }
    })
}

/// What a lane goes through whose sink fails some alerts and passes others.
pub(super) fn an_op_around_poison() -> impl Strategy<Value = Op> {
    let severity = prop::sample::select(Severity::ALL.to_vec());
    let key = prop::option::weighted(0.5, 0..5_u8);
    let mostly_ok = prop_oneof![
        200 => Just(Finish::Ok),
        1 => a_finish(),
    ];
    prop_oneof![
        100 => (severity, 0..3_usize, key).prop_map(|(severity, size, key)| Op::Offer {
            severity,
            size,
            key,
            stands_for: 0,
        }),
        300 => mostly_ok.prop_map(Op::Drive),
        150 => Just(Op::Sleep),
        4 => (0..3_usize, a_fate()).prop_map(|(index, fate)| Op::Settle(index, fate)),
        4 => (0..3_usize, Just(false)).prop_map(|(index, alone)| Op::Leave(index, alone)),
        1 => an_op(),
    ]
}

pub(super) fn a_policy_that_tells_stuck_from_down() -> impl Strategy<Value = Delivery> {
    let queue = (prop_oneof![1..60_usize, 40..60_usize], 20..400_usize);
    let batch = (
        0..4_usize,
        prop::sample::select(vec![Duration::ZERO, ms(5), s(3_600)]),
    );
    let retry = (
        3..200_u32,
        prop::sample::select(vec![s(60), s(600), Duration::MAX, Duration::MAX]),
    );
    let pause = (0..2_000_u64, 0..30_000_u64);
    let circuit = (3..6_u32, 0..40_u64);
    (queue, batch, retry, pause, circuit).prop_map(|(queue, batch, retry, pause, circuit)| {
        Delivery {
            queue: Queue {
                alerts: queue.0,
                bytes: queue.1,
            },
            batch: BatchPolicy {
                max: batch.0,
                linger: batch.1,
            },
            retry: Retry {
                max_attempts: retry.0,
                max_age: retry.1,
                first: ms(pause.0),
                cap: ms(pause.1),
            },
            circuit: Circuit {
                after: circuit.0,
                wait: s(circuit.1),
            },
            ..Delivery::default()
        }
    })
}
