//! Pauses: backoff, hints from outside, the circuit.

use std::time::Duration;

use super::rig::Rig;
use super::thing::{ms, not_sent, rate_limit, rejected, s, transient, unusable};
use crate::pipeline::Reason;
use crate::policy::{Circuit, Delivery, Retry};
use crate::sink::{Delivered, Failure, Limits};

const DAY: Duration = s(24 * 3_600);

fn one_by_one() -> Rig {
    Rig::opened(Delivery::default(), Limits::none())
}

#[test]
fn a_pause_is_random_below_a_bound_that_doubles_to_a_cap() {
    let policy = Delivery {
        retry: Retry {
            max_attempts: u32::MAX,
            max_age: Duration::MAX,
            first: s(1),
            cap: s(10),
        },
        circuit: Circuit {
            after: u32::MAX,
            wait: s(30),
        },
        ..Delivery::default()
    };
    let mut longest = Duration::ZERO;
    let mut rig = Rig::opened(policy, Limits::none());
    rig.info();
    for failures in 0..40 {
        rig.take();
        rig.fail(transient());
        let pause = rig.lane.not_before.saturating_sub(rig.now);
        assert!(pause <= s(1 << failures.min(4)).min(s(10)), "{pause:?}");
        longest = longest.max(pause);
        rig.wait_if_told();
    }
    assert!(
        longest > s(5),
        "40 pauses below 10 s are not all short: {longest:?}"
    );
}

#[test]
fn a_hint_is_waited_as_told_and_clamped_to_a_day() {
    for (hint, pause) in [
        (s(7), s(7)),
        (s(600), s(600)),
        (2 * DAY, DAY),
        (Duration::MAX, DAY),
    ] {
        let policy = Delivery {
            retry: Retry {
                max_age: Duration::MAX,
                first: Duration::ZERO,
                ..Retry::default()
            },
            ..Delivery::default()
        };
        let mut rig = Rig::opened(policy, Limits::none());
        rig.info();
        rig.take();
        rig.fail(rate_limit(hint));
        assert_eq!(rig.waits(), pause);
    }
}

#[test]
fn a_pause_asked_for_with_a_success_holds_the_next_attempt() {
    for (hint, pause) in [(s(7), s(7)), (Duration::MAX, DAY)] {
        let mut rig = one_by_one();
        rig.info();
        rig.take();
        rig.settle(0, Ok(Delivered::new().not_before(hint)));
        rig.ok();
        rig.info();
        assert_eq!(rig.waits(), pause);
    }
}

#[test]
fn a_pause_asked_for_with_a_refusal_holds_the_next_attempt() {
    let refused = Failure {
        retry_after: Some(s(7)),
        ..rejected()
    };
    let mut rig = one_by_one();
    rig.info();
    rig.take();
    rig.fail(refused.clone());
    rig.info();
    assert_eq!(rig.waits(), s(7));
    rig.pass(s(7));
    rig.take();
    rig.settle(0, Err(refused));
    rig.ok();
    rig.info();
    assert_eq!(rig.waits(), s(7));
}

#[test]
fn the_longest_hint_of_a_batch_holds_whatever_its_end() {
    let hour = s(3_600);
    type End = (&'static str, fn(&mut Rig));
    let ends: [End; 4] = [
        ("ok", Rig::ok),
        ("transient", |rig| rig.fail(transient())),
        ("unusable", |rig| rig.fail(unusable())),
        ("panic", Rig::panic),
    ];
    for (name, end) in ends {
        let mut policy = Delivery::default();
        policy.retry.max_age = DAY;
        let mut rig = Rig::opened(policy, Limits::none().batch(3));
        rig.info();
        rig.info();
        rig.info();
        rig.take();
        rig.settle(0, Err(rate_limit(hour)));
        rig.settle(1, Err(rate_limit(s(1))));
        end(&mut rig);
        assert_eq!(rig.lane.not_before, hour, "{name}");
    }
}

#[test]
fn a_hint_holds_although_the_worker_was_left_behind_after_it() {
    let mut policy = Delivery::default();
    policy.retry.max_age = DAY;
    let mut rig = Rig::opened(policy, Limits::none().batch(2));
    let (first, _) = (rig.info(), rig.info());
    rig.take();
    rig.settle(0, Err(rate_limit(s(3_600))));
    rig.hang();
    rig.wait();
    rig.open();
    assert_eq!(rig.waits(), s(3_600).checked_sub(rig.now).unwrap());
    rig.wait();
    assert_eq!(rig.deliver(), [first]);
}

#[test]
fn only_after_some_failures_in_a_row_the_circuit_opens() {
    let mut rig = one_by_one();
    rig.info();
    for state in ["failing", "failing", "circuit_open", "circuit_open"] {
        rig.wait_if_told();
        rig.take();
        rig.fail(transient());
        assert_eq!(rig.state(), state);
    }
    assert!(rig.waits() >= s(30), "a probe every `wait`");
}

#[test]
fn a_success_between_begins_the_count_anew() {
    let mut rig = one_by_one();
    for _ in 0..5 {
        rig.info();
        for _ in 0..2 {
            rig.wait_if_told();
            rig.take();
            rig.fail(transient());
            assert_eq!(rig.state(), "failing");
        }
        rig.wait_if_told();
        rig.deliver();
        assert_eq!(rig.state(), "healthy");
    }
}

#[test]
fn rate_limits_do_not_open_the_circuit_and_failures_to_connect_do() {
    let mut rig = one_by_one();
    rig.info();
    for _ in 0..10 {
        rig.wait_if_told();
        rig.take();
        rig.fail(rate_limit(ms(1)));
        assert_eq!(rig.state(), "failing");
    }
    for state in ["failing", "failing", "circuit_open"] {
        rig.wait_if_told();
        rig.take();
        rig.fail(not_sent());
        assert_eq!(rig.state(), state);
    }
}

#[test]
fn probes_of_an_open_circuit_go_one_at_a_time_and_eat_no_attempts() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(10));
    let ids = [rig.info(), rig.info(), rig.info()];
    for members in [&ids[..], &ids[..], &ids[..1], &ids[1..2]] {
        rig.wait_if_told();
        assert_eq!(rig.take(), members);
        rig.fail(transient());
    }
    assert_eq!(rig.state(), "circuit_open");
    for _ in 0..10 {
        rig.wait_if_told();
        assert_eq!(rig.take(), [ids[0]]);
        rig.fail(transient());
        assert_eq!(rig.ended(), []);
    }
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [ids[0]]);
    assert_eq!(rig.state(), "healthy");
    assert_eq!(rig.deliver(), [ids[1]], "at full pace again");
    assert_eq!(rig.deliver(), [ids[2]]);
}

#[test]
fn an_outage_ends_by_age_alone() {
    let mut rig = one_by_one();
    let id = rig.info();
    let mut attempts = 0;
    while rig.pending() > 0 {
        match rig.next() {
            crate::pipeline::lane::Next::Deliver(_) => {
                attempts += 1;
                rig.fail(transient());
            }
            crate::pipeline::lane::Next::Wait(Some(until)) => rig.now = until,
            crate::pipeline::lane::Next::Wait(None) => {}
            next => panic!("{next:?}"),
        }
    }
    assert_eq!(rig.ended(), [(id, Reason::Age)]);
    assert_eq!(rig.now, s(600));
    assert!((10..=30).contains(&attempts), "{attempts}");
}

#[test]
fn a_batch_of_which_some_got_through_is_no_failure_of_the_lane() {
    let mut policy = Delivery::default();
    policy.circuit.after = 1;
    let mut rig = Rig::opened(policy, Limits::none().batch(2));
    rig.info();
    rig.info();
    for _ in 0..2 {
        rig.wait_if_told();
        rig.take();
        rig.settle(1, Ok(Delivered::new()));
        rig.fail(transient());
        assert_eq!(rig.state(), "failing");
        rig.info();
    }
}
