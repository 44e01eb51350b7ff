//! Flushing on request.

use super::rig::Rig;
use super::thing::{ms, rejected, s, transient};
use crate::alert::Severity::Critical;
use crate::pipeline::lane::{End, Event};
use crate::policy::{Delivery, Queue};
use crate::sink::Limits;

fn one_by_one() -> Rig {
    Rig::opened(Delivery::default(), Limits::none())
}

#[test]
fn a_flush_waits_for_everything_offered_before_it_and_nothing_after() {
    let mut rig = one_by_one();
    rig.info();
    let goal = rig.flush();
    let later = rig.info();
    assert!(rig.lane.flushed() < goal);
    rig.deliver();
    assert!(rig.lane.flushed() < goal, "delivered, but not flushed");
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    assert!(rig.lane.flushed() >= goal);
    assert_eq!(rig.deliver(), [later]);
}

#[test]
fn a_flush_with_nothing_to_do_is_done_at_once() {
    let mut rig = Rig::new(Delivery::default());
    let goal = rig.flush();
    assert!(rig.lane.flushed() >= goal);
    rig.open();
    rig.info();
    rig.deliver();
    rig.flush();
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    let goal = rig.flush();
    assert!(rig.lane.flushed() >= goal, "nothing was delivered since");
}

#[test]
fn a_flush_waits_for_what_is_in_flight_and_in_backoff() {
    let mut rig = one_by_one();
    let id = rig.info();
    rig.take();
    let goal = rig.flush();
    rig.fail(transient());
    assert!(rig.lane.flushed() < goal);
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [id]);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    assert!(rig.lane.flushed() >= goal);
}

#[test]
fn a_flush_is_done_once_what_it_waits_for_was_lost() {
    let policy = Delivery {
        queue: Queue {
            alerts: 1,
            bytes: 100,
        },
        ..Delivery::default()
    };
    let mut rig = Rig::new(policy);
    rig.info();
    let goal = rig.flush();
    assert!(rig.lane.flushed() < goal);
    rig.offer(Critical);
    rig.opening();
    assert!(rig.lane.flushed() >= goal, "shed");

    let mut rig = one_by_one();
    rig.info();
    let goal = rig.flush();
    rig.take();
    rig.fail(rejected());
    assert!(rig.sleeps());
    assert!(rig.lane.flushed() >= goal, "refused");
}

#[test]
fn a_flush_that_fails_is_told_and_the_alerts_stay_delivered() {
    let mut rig = one_by_one();
    rig.info();
    rig.deliver();
    rig.events();
    let goal = rig.flush();
    rig.flush_begins();
    rig.flush_ends(End::Failed(transient()));
    assert!(rig.lane.flushed() >= goal);
    let events = rig.events();
    match &events[..] {
        [Event::FlushFailed(text)] => assert_eq!(&**text, "flush failed: transient"),
        events => panic!("{events:?}"),
    }
    assert_eq!(rig.lane.ledger().delivered(), 1);
}

#[test]
fn a_panic_in_flush_has_the_sink_opened_anew() {
    let mut rig = one_by_one();
    rig.info();
    rig.deliver();
    rig.flush();
    rig.flush_begins();
    rig.flush_ends(End::Panicked("boom".into()));
    assert_eq!(rig.state(), "unusable");
    let id = rig.info();
    assert_eq!(rig.waits(), s(1));
    rig.pass(s(1));
    rig.open();
    assert_eq!(rig.deliver(), [id]);
}

#[test]
fn a_sink_that_panics_in_each_flush_never_has_its_worker_spin() {
    let mut policy = Delivery::default();
    policy.retry.max_age = ms(500);
    let mut rig = Rig::opened(policy, Limits::none());
    rig.info();
    rig.deliver();
    rig.flush();
    rig.flush_begins();
    rig.flush_ends(End::Panicked("boom".into()));
    rig.info();
    rig.pass(ms(600));
    assert_eq!(
        rig.waits(),
        ms(400),
        "for the opening, not for an age that has passed"
    );
}
