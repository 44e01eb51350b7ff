//! What is aside waits like any other: it takes room, is shed, holds back a
//! flush, and ends with the lane.

use super::aside::{one_by_one, steps_aside};
use super::rig::Rig;
use super::thing::ms;
use crate::alert::Severity;
use crate::pipeline::Reason;
use crate::pipeline::lane::End;
use crate::policy::Delivery;
use crate::sink::Limits;

#[test]
fn what_is_aside_takes_room_and_is_shed_by_severity() {
    let mut policy = Delivery::default();
    policy.queue.alerts = 3;
    let mut rig = Rig::opened(policy, Limits::none());
    let (stuck, _) = (rig.offer_keyed("k"), rig.info());
    let behind = rig.offer_keyed("k");
    steps_aside(&mut rig);
    assert_eq!(rig.lane.held(), (2, 2));
    rig.ended();
    let urgent = rig.offer(Severity::Critical);
    assert_eq!(rig.ended(), []);
    let next = rig.offer(Severity::Critical);
    assert_eq!(
        rig.ended(),
        [(stuck, Reason::QueueAlerts)],
        "the oldest info"
    );
    assert_eq!(rig.deliver(), [behind], "it waits for nobody any more");
    assert_eq!(rig.deliver(), [urgent]);
    assert_eq!(rig.deliver(), [next]);
}

#[test]
fn a_flush_waits_for_what_is_aside() {
    let mut rig = one_by_one();
    let (stuck, _) = (rig.info(), rig.info());
    steps_aside(&mut rig);
    let goal = rig.flush();
    let pause = rig.waits();
    assert!(rig.lane.flushed() < goal);
    rig.pass(pause);
    assert_eq!(rig.deliver(), [stuck]);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    assert_eq!(rig.lane.flushed(), goal);
}

#[test]
fn a_close_waits_for_what_is_aside_if_its_turn_comes_in_time() {
    let mut rig = one_by_one();
    let (stuck, _) = (rig.info(), rig.info());
    steps_aside(&mut rig);
    let pause = rig.waits();
    rig.close_within(pause);
    assert_eq!(rig.waits(), pause);
    rig.pass(pause);
    assert_eq!(rig.deliver(), [stuck]);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    assert!(rig.is_done());
}

#[test]
fn a_close_abandons_what_is_aside_if_its_turn_comes_too_late() {
    let mut rig = one_by_one();
    let (stuck, _) = (rig.offer_keyed("k"), rig.info());
    let behind = rig.offer_keyed("k");
    steps_aside(&mut rig);
    let pause = rig.waits();
    rig.outcomes();
    rig.close_within(pause - ms(1));
    let outcomes = rig.outcomes();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].0, stuck);
    assert_eq!(outcomes[0].1.reason(), Reason::Close);
    assert_eq!(outcomes[0].1.error(), Some("its own"));
    assert_eq!(rig.deliver(), [behind], "it may still be in time");
}

#[test]
fn a_halt_ends_what_is_aside_and_behind() {
    let mut rig = one_by_one();
    let (stuck, _) = (rig.offer_keyed("k"), rig.info());
    let behind = rig.offer_keyed("k");
    steps_aside(&mut rig);
    rig.ended();
    rig.lane.kill("gone", rig.now);
    assert_eq!(
        rig.ended(),
        [(stuck, Reason::Halted), (behind, Reason::Halted)]
    );
    assert_eq!(rig.lane.held(), (0, 0));
}
