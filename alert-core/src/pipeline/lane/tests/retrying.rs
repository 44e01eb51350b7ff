//! How often an alert is tried, with whom, and when it is given up.

use super::rig::Rig;
use super::thing::{ambiguous, ms, not_sent, rate_limit, rejected, s, transient, unusable};
use crate::pipeline::Reason;
use crate::policy::{Circuit, Delivery, Retry};
use crate::sink::{Delivered, Limits};

/// At full pace for ever, so that what is tested is the counting alone.
fn patient(max_attempts: u32) -> Delivery {
    Delivery {
        retry: Retry {
            max_attempts,
            ..Retry::default()
        },
        circuit: Circuit {
            after: u32::MAX,
            wait: s(30),
        },
        ..Delivery::default()
    }
}

fn batches(max_attempts: u32) -> Rig {
    Rig::opened(patient(max_attempts), Limits::none().batch(10))
}

#[test]
fn an_alert_is_given_up_after_max_attempts() {
    let mut rig = Rig::opened(patient(3), Limits::none());
    let id = rig.info();
    for number in 1..=3 {
        let work = rig.work();
        assert_eq!(work.members[0].number, number);
        rig.fail(transient());
        rig.wait_if_told();
    }
    let outcomes = rig.outcomes();
    assert_eq!(outcomes.len(), 1);
    let (ended, outcome) = &outcomes[0];
    assert_eq!(
        (*ended, outcome.reason(), outcome.attempts()),
        (id, Reason::Attempts, 3)
    );
    assert_eq!(outcome.error(), Some("transient"));
    assert!(rig.sleeps());
}

#[test]
fn no_attempts_at_all_is_read_as_one() {
    let mut rig = Rig::opened(patient(0), Limits::none());
    let id = rig.info();
    rig.take();
    rig.fail(transient());
    assert_eq!(rig.ended(), [(id, Reason::Attempts)]);
}

#[test]
fn rate_limits_and_what_was_not_sent_do_not_count() {
    let mut rig = Rig::opened(patient(2), Limits::none());
    let id = rig.info();
    for failure in [
        rate_limit(ms(1)),
        not_sent(),
        rate_limit(ms(1)),
        transient(),
    ] {
        rig.take();
        rig.fail(failure);
        rig.wait_if_told();
    }
    assert_eq!(rig.ended(), []);
    rig.take();
    rig.fail(transient());
    let outcomes = rig.outcomes();
    assert_eq!(
        (outcomes[0].0, outcomes[0].1.reason()),
        (id, Reason::Attempts)
    );
    assert_eq!(
        outcomes[0].1.attempts(),
        5,
        "attempts that were made, counted or not"
    );
}

#[test]
fn what_is_older_than_max_age_is_given_up_where_it_failed() {
    let mut rig = Rig::opened(patient(1_000), Limits::none());
    let (first, second) = (rig.info(), rig.info());
    rig.take();
    rig.fail(rate_limit(s(3_600)));
    assert_eq!(
        rig.waits(),
        s(600),
        "it does not wait for what comes too late"
    );
    rig.pass(s(600));
    assert!(rig.sleeps());
    assert_eq!(rig.ended(), [(first, Reason::Age), (second, Reason::Age)]);
}

#[test]
fn a_healthy_lane_that_is_behind_delivers_what_waited_long() {
    let mut rig = Rig::opened(patient(5), Limits::none());
    let (first, second) = (rig.info(), rig.info());
    rig.take();
    rig.pass(s(700));
    rig.ok();
    assert_eq!(rig.deliver(), [second]);
    assert_eq!(
        rig.ended(),
        [(first, Reason::Delivered), (second, Reason::Delivered)]
    );
}

#[test]
fn a_pause_after_success_longer_than_max_age_is_waited_out_in_one_sleep() {
    let mut rig = Rig::opened(patient(5), Limits::none());
    rig.info();
    rig.take();
    rig.settle(0, Ok(Delivered::new().not_before(s(3_600))));
    rig.ok();
    let second = rig.info();
    rig.pass(s(700));
    assert_eq!(rig.waits(), s(2_900));
    rig.pass(s(2_900));
    assert_eq!(rig.deliver(), [second]);
}

#[test]
fn an_alert_in_flight_past_max_age_is_given_up_when_it_fails() {
    let mut policy = patient(5);
    policy.retry.max_age = s(5);
    let mut rig = Rig::opened(policy, Limits::none());
    let id = rig.info();
    rig.take();
    rig.pass(s(6));
    rig.fail(transient());
    assert_eq!(rig.ended(), [(id, Reason::Age)]);
}

#[test]
fn a_rejected_alert_ends_and_the_next_goes_at_once() {
    let mut rig = Rig::opened(patient(5), Limits::none());
    let (poison, next) = (rig.info(), rig.info());
    assert_eq!(rig.take(), [poison]);
    rig.fail(rejected());
    assert_eq!(rig.ended(), [(poison, Reason::Refused)]);
    assert_eq!(rig.state(), "healthy");
    assert_eq!(rig.deliver(), [next]);
}

#[test]
fn a_refused_batch_is_asked_one_by_one() {
    let mut rig = batches(5);
    let ids = [rig.info(), rig.info(), rig.info()];
    assert_eq!(rig.take(), ids);
    rig.fail(rejected());
    let later = rig.info();
    assert_eq!(rig.deliver(), [ids[0]]);
    assert_eq!(rig.take(), [ids[1]]);
    rig.fail(rejected());
    assert_eq!(rig.deliver(), [ids[2]]);
    assert_eq!(rig.deliver(), [later]);
    assert_eq!(rig.count(Reason::Refused), 1);
    assert_eq!(rig.count(Reason::Delivered), 3);
}

#[test]
fn settled_members_have_their_own_end_and_the_rest_shares_one() {
    let mut rig = batches(5);
    let ids = [rig.info(), rig.info(), rig.info(), rig.info()];
    rig.take();
    rig.settle(2, Err(rejected()));
    rig.settle(0, Ok(Delivered::new()));
    rig.settle(0, Err(rejected()));
    rig.settle(9, Ok(Delivered::new()));
    assert_eq!(
        rig.ended(),
        [(ids[2], Reason::Refused), (ids[0], Reason::Delivered)]
    );
    rig.fail(transient());
    assert_eq!(rig.ended(), []);
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [ids[1], ids[3]]);
}

#[test]
fn retried_members_go_first_and_in_order() {
    let mut rig = batches(5);
    let ids = [rig.info(), rig.info(), rig.info()];
    rig.take();
    rig.settle(2, Err(transient()));
    rig.settle(0, Err(transient()));
    let later = rig.info();
    rig.ok();
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [ids[0], ids[2], later]);
}

#[test]
fn after_a_panic_what_was_settled_stays_settled_and_the_rest_is_tried_again() {
    let mut rig = batches(5);
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.settle(0, Ok(Delivered::new()));
    rig.panic();
    assert_eq!(rig.ended(), [(ids[0], Reason::Delivered)]);
    assert_eq!(rig.state(), "unusable");
    rig.wait();
    rig.open();
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [ids[1]]);
}

#[test]
fn an_unanswered_batch_is_sent_again_with_the_same_members_once() {
    let mut rig = batches(5);
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.fail(ambiguous());
    rig.info();
    rig.wait_if_told();
    assert_eq!(rig.take(), ids, "no other member joins");
    rig.fail(ambiguous());
    assert_eq!(
        rig.ended(),
        [(ids[0], Reason::Ambiguous), (ids[1], Reason::Ambiguous)]
    );
}

#[test]
fn an_unanswered_batch_stays_composed_through_failures_of_other_kinds() {
    let mut rig = batches(9);
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.fail(ambiguous());
    rig.info();
    for failure in [not_sent(), transient(), rate_limit(s(1)), unusable()] {
        rig.wait_if_told();
        assert_eq!(rig.take(), ids);
        rig.fail(failure);
    }
    rig.wait();
    rig.open();
    rig.wait_if_told();
    assert_eq!(rig.take(), ids);
    rig.panic();
    rig.wait();
    rig.open();
    rig.wait_if_told();
    assert_eq!(rig.deliver(), ids);
}

#[test]
fn an_unanswered_batch_is_given_up_whole() {
    let mut rig = batches(3);
    let tried = rig.info();
    rig.take();
    rig.fail(transient());
    rig.wait_if_told();
    let fresh = rig.info();
    assert_eq!(rig.take(), [tried, fresh]);
    rig.fail(ambiguous());
    rig.wait_if_told();
    assert_eq!(rig.take(), [tried, fresh]);
    rig.fail(transient());
    assert_eq!(
        rig.ended(),
        [(tried, Reason::Attempts), (fresh, Reason::Attempts)]
    );
}

#[test]
fn an_unanswered_batch_grows_too_old_whole() {
    let mut rig = batches(5);
    let first = rig.info();
    rig.pass(s(100));
    let second = rig.info();
    rig.take();
    rig.fail(ambiguous());
    rig.tick_after(s(500));
    rig.next();
    assert_eq!(rig.ended(), [(first, Reason::Age), (second, Reason::Age)]);
}
