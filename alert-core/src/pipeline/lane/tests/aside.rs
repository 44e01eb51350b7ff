//! A stuck head steps aside: nothing of its key overtakes it, nothing else
//! waits for it.

use std::time::Duration;

use super::rig::Rig;
use super::thing::{ambiguous, ms, not_sent, rate_limit, rejected, s, transient, unusable};
use crate::pipeline::Reason;
use crate::pipeline::lane::Next;
use crate::policy::Delivery;
use crate::sink::{Failure, Limits};

pub(super) fn one_by_one() -> Rig {
    Rig::opened(Delivery::default(), Limits::none())
}

/// One whose attempts and age end nothing.
fn patient() -> Rig {
    let mut policy = Delivery::default();
    policy.retry.max_attempts = u32::MAX;
    policy.retry.max_age = Duration::MAX;
    Rig::opened(policy, Limits::none())
}

/// Lets the head fail so often that the next attempt is a trial.
fn fails_twice(rig: &mut Rig) {
    for _ in 0..2 {
        rig.wait_if_told();
        rig.take();
        rig.fail(Failure {
            text: "its own".to_owned(),
            ..transient()
        });
    }
    rig.wait_if_told();
}

/// Lets the head step aside for the one that comes after it.
pub(super) fn steps_aside(rig: &mut Rig) {
    fails_twice(rig);
    rig.deliver();
}

#[test]
fn after_two_failures_of_the_head_the_next_is_tried_and_overtakes_it() {
    let mut rig = one_by_one();
    let (stuck, next, later) = (rig.info(), rig.info(), rig.info());
    fails_twice(&mut rig);
    assert_eq!(rig.deliver(), [next]);
    assert_eq!(rig.state(), "healthy");
    assert_eq!(rig.pending(), 2, "aside is pending");
    assert_eq!(rig.deliver(), [later]);
    rig.wait();
    assert_eq!(rig.deliver(), [stuck]);
    assert_eq!(rig.pending(), 0);
}

#[test]
fn a_refusal_of_the_next_also_tells_that_the_service_is_well() {
    let mut rig = one_by_one();
    let (stuck, refused, later) = (rig.info(), rig.info(), rig.info());
    fails_twice(&mut rig);
    assert_eq!(rig.take(), [refused]);
    rig.fail(rejected());
    assert_eq!(rig.deliver(), [later]);
    rig.wait();
    assert_eq!(rig.deliver(), [stuck]);
}

#[test]
fn a_next_one_that_fails_too_opens_the_circuit_and_nothing_overtakes() {
    let mut policy = Delivery::default();
    policy.circuit.after = 1_000;
    let mut rig = Rig::opened(policy, Limits::none());
    let ids = [rig.info(), rig.info(), rig.info()];
    fails_twice(&mut rig);
    assert_eq!(rig.take(), [ids[1]]);
    rig.fail(transient());
    assert_eq!(rig.state(), "circuit_open");
    for _ in 0..5 {
        assert!(rig.waits() >= s(30), "a probe every `wait`");
        rig.wait();
        assert_eq!(rig.take(), [ids[0]]);
        rig.fail(transient());
    }
    rig.wait();
    for id in ids {
        assert_eq!(rig.deliver(), [id], "neither of them was to blame");
    }
}

#[test]
fn what_says_nothing_about_the_head_does_not_make_it_step_aside() {
    for failure in [rate_limit(ms(1)), not_sent(), unusable()] {
        let mut policy = Delivery::default();
        policy.circuit.after = 1_000;
        let mut rig = Rig::opened(policy, Limits::none());
        let (head, _) = (rig.info(), rig.info());
        for _ in 0..9 {
            rig.wait_if_told();
            if rig.state() == "unusable" {
                rig.wait();
                rig.open();
                rig.wait_if_told();
            }
            assert_eq!(rig.take(), [head], "{failure:?}");
            rig.fail(failure.clone());
        }
    }
    let mut rig = patient();
    let (head, _) = (rig.info(), rig.info());
    for _ in 0..9 {
        assert_eq!(rig.take(), [head]);
        rig.panic();
        rig.wait();
        rig.open();
        rig.wait_if_told();
    }
}

#[test]
fn a_trial_that_is_told_to_come_later_is_repeated() {
    let mut rig = one_by_one();
    let (stuck, next) = (rig.info(), rig.info());
    fails_twice(&mut rig);
    assert_eq!(rig.take(), [next]);
    rig.fail(rate_limit(s(7)));
    assert_eq!(rig.state(), "failing");
    assert_eq!(rig.waits(), s(7));
    rig.wait();
    assert_eq!(rig.deliver(), [next]);
    rig.wait();
    assert_eq!(rig.deliver(), [stuck]);
}

#[test]
fn a_trial_in_which_the_sink_hangs_decides_nothing() {
    let mut rig = one_by_one();
    let (stuck, next, later) = (rig.info(), rig.info(), rig.info());
    fails_twice(&mut rig);
    assert_eq!(rig.take(), [next]);
    rig.hang();
    assert_eq!(rig.ended(), [(next, Reason::Deadline)]);
    rig.wait();
    rig.open();
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [later]);
    rig.wait();
    assert_eq!(rig.deliver(), [stuck]);
}

#[test]
fn a_head_without_a_next_one_is_tried_as_ever() {
    let mut rig = patient();
    let head = rig.offer_keyed("k");
    rig.offer_keyed("k");
    for state in ["failing", "failing", "circuit_open", "circuit_open"] {
        rig.wait_if_told();
        assert_eq!(rig.take(), [head]);
        rig.fail(transient());
        assert_eq!(rig.state(), state);
    }
    let newcomer = rig.info();
    rig.wait();
    assert_eq!(rig.deliver(), [newcomer], "the next probe is its trial");
    assert_eq!(rig.state(), "healthy");
}

#[test]
fn later_alerts_of_its_key_wait_behind_it_in_order() {
    let mut rig = one_by_one();
    let first = rig.offer_keyed("k");
    let second = rig.offer_keyed("k");
    let other = rig.offer_keyed("other");
    fails_twice(&mut rig);
    assert_eq!(rig.deliver(), [other]);
    let third = rig.offer_keyed("k");
    let newest = rig.info();
    assert_eq!(rig.deliver(), [newest]);
    rig.wait();
    for id in [first, second, third] {
        assert_eq!(rig.deliver(), [id]);
    }
    assert!(rig.sleeps());
}

#[test]
fn alerts_without_a_key_wait_behind_none() {
    let mut rig = one_by_one();
    let stuck = rig.info();
    let others = [rig.info(), rig.info(), rig.info()];
    fails_twice(&mut rig);
    for id in others {
        assert_eq!(rig.deliver(), [id]);
    }
    rig.wait();
    assert_eq!(rig.deliver(), [stuck]);
}

#[test]
fn what_is_aside_fails_for_itself_and_gives_up_with_its_own_words() {
    let mut rig = one_by_one();
    let (stuck, _) = (rig.info(), rig.info());
    steps_aside(&mut rig);
    rig.outcomes();
    for failures in 3..=5 {
        rig.wait();
        let next = rig.info();
        assert_eq!(rig.take(), [stuck], "what is due goes first");
        rig.fail(Failure {
            text: format!("failure {failures}"),
            ..transient()
        });
        assert_eq!(rig.state(), "healthy");
        assert_eq!(rig.lane.last_error(), None);
        assert_eq!(rig.deliver(), [next], "and holds nobody up");
    }
    let outcomes = rig.outcomes();
    let (_, outcome) = outcomes.iter().find(|(id, _)| *id == stuck).unwrap();
    assert_eq!(outcome.reason(), Reason::Attempts);
    assert_eq!(outcome.attempts(), 5);
    assert_eq!(outcome.error(), Some("failure 5"));
}

#[test]
fn what_is_aside_is_given_up_for_its_age_with_its_own_words() {
    let mut policy = Delivery::default();
    policy.retry.max_age = s(60);
    let mut rig = Rig::opened(policy, Limits::none());
    let (stuck, _) = (rig.offer_keyed("k"), rig.info());
    let behind = rig.offer_keyed("k");
    steps_aside(&mut rig);
    rig.outcomes();
    rig.pass(s(60));
    assert_eq!(rig.deliver(), [behind]);
    let outcomes = rig.outcomes();
    assert_eq!(outcomes[0].0, stuck);
    assert_eq!(outcomes[0].1.reason(), Reason::Age);
    assert_eq!(outcomes[0].1.error(), Some("its own"));
}

#[test]
fn a_worker_wakes_when_what_is_aside_grows_too_old() {
    let mut policy = Delivery::default();
    policy.retry.max_age = s(60);
    policy.retry.cap = s(3_600);
    policy.retry.first = s(3_600);
    let mut rig = Rig::opened(policy, Limits::none());
    rig.info();
    rig.info();
    rig.take();
    rig.fail(transient());
    rig.lane.not_before = rig.now;
    rig.take();
    rig.fail(transient());
    rig.lane.not_before = rig.now;
    rig.deliver();
    assert!(rig.waits() <= s(60));
    rig.pass(s(60));
    assert!(rig.sleeps());
    assert_eq!(rig.count(Reason::Age), 1);
}

#[test]
fn what_is_aside_takes_turns_with_the_queue() {
    let mut policy = Delivery::default();
    policy.retry.max_attempts = u32::MAX;
    policy.retry.first = Duration::ZERO;
    policy.retry.cap = Duration::ZERO;
    let mut rig = Rig::opened(policy, Limits::none());
    let (stuck, _) = (rig.info(), rig.info());
    steps_aside(&mut rig);
    for _ in 0..20 {
        let next = rig.info();
        assert_eq!(rig.take(), [stuck]);
        rig.fail(transient());
        assert_eq!(rig.deliver(), [next]);
    }
}

#[test]
fn a_rate_limit_aside_still_holds_the_whole_lane() {
    let mut rig = one_by_one();
    let (stuck, _) = (rig.info(), rig.info());
    steps_aside(&mut rig);
    rig.wait();
    assert_eq!(rig.take(), [stuck]);
    rig.fail(rate_limit(s(40)));
    let next = rig.info();
    assert_eq!(rig.waits(), s(40));
    assert_eq!(rig.state(), "healthy");
    rig.wait();
    assert_eq!(rig.deliver(), [next], "they take turns");
    assert_eq!(rig.deliver(), [stuck]);
}

#[test]
fn a_sink_that_is_unusable_for_what_is_aside_is_opened_anew() {
    type Fails = fn(&mut Rig);
    let ends: [Fails; 2] = [|rig| rig.fail(unusable()), Rig::panic];
    for fails in ends {
        let mut rig = one_by_one();
        let (stuck, _) = (rig.info(), rig.info());
        steps_aside(&mut rig);
        rig.wait();
        assert_eq!(rig.take(), [stuck]);
        fails(&mut rig);
        assert_eq!(rig.state(), "unusable");
        rig.wait();
        rig.open();
        rig.wait_if_told();
        let next = rig.next();
        if let Next::Wait(Some(until)) = next {
            rig.now = until;
            assert_eq!(rig.deliver(), [stuck]);
        } else {
            rig.ok();
        }
        assert_eq!(rig.pending(), 0);
    }
}

#[test]
fn the_seventeenth_does_not_step_aside() {
    let mut rig = patient();
    for _ in 0..16 {
        // The others are not due before it is known what becomes of it.
        let stuck = rig.info();
        rig.info();
        let mut failures = 0;
        while failures < 2 {
            let ids = attempt(&mut rig);
            rig.fail(transient());
            failures += u32::from(ids == [stuck]);
        }
        while attempt(&mut rig).iter().any(|id| id % 2 == 0) {
            rig.fail(transient());
        }
        rig.ok();
    }
    assert_eq!(rig.pending(), 16);
    let (head, next) = (rig.info(), rig.info());
    let mut failures = 0;
    while failures < 10 {
        let ids = attempt(&mut rig);
        assert_ne!(ids, [next], "nothing overtakes it");
        rig.fail(transient());
        failures += u32::from(ids == [head]);
    }
    assert_eq!(rig.state(), "circuit_open");
}

/// Waits for the next attempt; its members.
pub(super) fn attempt(rig: &mut Rig) -> Vec<u64> {
    loop {
        match rig.next() {
            Next::Wait(Some(until)) => rig.now = until,
            Next::Deliver(work) => return work.members.iter().map(|m| m.item.id).collect(),
            next => panic!("{next:?}"),
        }
    }
}

#[test]
fn nothing_overtakes_at_an_open_circuit_not_even_what_is_aside() {
    let mut rig = patient();
    let (stuck, _) = (rig.info(), rig.info());
    steps_aside(&mut rig);
    let head = rig.info();
    let mut failures = 0;
    while rig.state() != "circuit_open" {
        let ids = attempt(&mut rig);
        rig.fail(transient());
        failures += u32::from(ids == [head]);
    }
    assert_eq!(failures, 3);
    for _ in 0..5 {
        assert_eq!(attempt(&mut rig), [head]);
        rig.fail(not_sent());
    }
    assert_eq!(attempt(&mut rig), [head]);
    rig.ok();
    assert_eq!(attempt(&mut rig), [stuck]);
}

#[test]
fn a_batch_that_fails_twice_is_split_and_its_stuck_member_found() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(10));
    let ids = [rig.info(), rig.info(), rig.info(), rig.info()];
    for _ in 0..2 {
        rig.wait_if_told();
        assert_eq!(rig.take(), ids);
        rig.fail(transient());
    }
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [ids[0]]);
    assert_eq!(rig.take(), [ids[1]]);
    rig.fail(transient());
    assert_eq!(rig.state(), "failing");
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [ids[2]]);
    assert_eq!(rig.deliver(), [ids[3]]);
    let together = [rig.info(), rig.info()];
    assert_eq!(rig.deliver(), together, "later ones travel together again");
    rig.wait();
    assert_eq!(rig.deliver(), [ids[1]]);
}

#[test]
fn an_unanswered_one_steps_aside_only_after_its_retry() {
    let mut rig = one_by_one();
    let (stuck, next) = (rig.info(), rig.info());
    for failure in [transient(), ambiguous(), transient()] {
        rig.wait_if_told();
        assert_eq!(rig.take(), [stuck]);
        rig.fail(failure);
    }
    rig.wait_if_told();
    assert_eq!(rig.state(), "circuit_open", "the third in a row");
    assert_eq!(rig.deliver(), [next]);
    assert_eq!(rig.pending(), 1);
    rig.wait();
    assert_eq!(rig.take(), [stuck]);
    rig.fail(ambiguous());
    assert_eq!(rig.count(Reason::Ambiguous), 1, "its one retry is over");
}

#[test]
fn an_unanswered_batch_of_several_is_never_split() {
    let mut policy = Delivery::default();
    policy.retry.max_attempts = 6;
    policy.circuit.after = 1_000;
    let mut rig = Rig::opened(policy, Limits::none().batch(2));
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.fail(ambiguous());
    rig.info();
    for _ in 0..5 {
        rig.wait_if_told();
        assert_eq!(rig.take(), ids);
        rig.fail(transient());
    }
    assert_eq!(rig.count(Reason::Attempts), 2);
}
