//! Opening, reopening, halting.

use super::rig::Rig;
use super::thing::{rate_limit, s, transient, until_changed, unusable};
use crate::pipeline::Reason;
use crate::pipeline::lane::Next;
use crate::policy::Delivery;
use crate::sink::Limits;

#[test]
fn a_sink_is_opened_before_anything_is_offered() {
    let mut rig = Rig::new(Delivery::default());
    assert_eq!(rig.state(), "opening");
    rig.open();
    assert_eq!(rig.state(), "healthy");
    assert!(rig.sleeps());
}

#[test]
fn alerts_wait_for_a_sink_that_does_not_open_and_the_pause_doubles() {
    let mut rig = Rig::new(Delivery::default());
    let id = rig.info();
    for pause in [1, 2, 4, 8] {
        rig.open_fails(transient());
        assert_eq!(rig.state(), "unusable");
        assert_eq!(rig.waits(), s(pause));
        rig.pass(s(pause));
    }
    rig.open();
    assert_eq!(rig.state(), "healthy");
    assert_eq!(rig.deliver(), [id]);
}

#[test]
fn a_panic_in_open_is_a_failure_to_open() {
    let mut rig = Rig::new(Delivery::default());
    rig.open_panics();
    assert_eq!(rig.waits(), s(1));
    assert_eq!(
        rig.lane.last_error().map(|text| &**text),
        Some("panicked: boom")
    );
}

#[test]
fn a_sink_that_does_not_open_may_name_a_longer_pause() {
    let mut rig = Rig::new(Delivery::default());
    rig.open_fails(rate_limit(s(100)));
    assert_eq!(rig.waits(), s(100));
    rig.pass(s(100));
    rig.open_fails(rate_limit(s(1)));
    assert_eq!(rig.waits(), s(2), "and no shorter one");
}

#[test]
fn alerts_that_wait_for_a_sink_grow_too_old() {
    let mut rig = Rig::new(Delivery::default());
    let id = rig.info();
    for pause in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
        rig.open_fails(transient());
        rig.pass(s(pause));
    }
    assert_eq!(rig.now, s(511));
    rig.open_fails(transient());
    assert_eq!(
        rig.waits(),
        s(89),
        "it does not sleep past what is given up"
    );
    rig.pass(s(89));
    assert_eq!(rig.waits(), s(423));
    assert_eq!(rig.ended(), [(id, Reason::Age)]);
}

#[test]
fn an_unusable_sink_is_opened_anew_and_costs_the_alert_no_attempt() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    let id = rig.info();
    for pause in [1, 2, 4, 8, 16, 32, 64, 128] {
        rig.take();
        rig.fail(unusable());
        assert_eq!(rig.state(), "unusable");
        assert_eq!(rig.waits(), s(pause));
        rig.pass(s(pause));
        rig.open();
    }
    assert_eq!(rig.deliver(), [id]);
    rig.info();
    rig.take();
    rig.fail(unusable());
    assert_eq!(rig.waits(), s(1), "a delivery begins the count anew");
}

#[test]
fn a_sink_that_was_opened_anew_is_well_only_once_an_attempt_passes() {
    for fail in [|rig: &mut Rig| rig.fail(unusable()), Rig::panic] {
        let mut rig = Rig::opened(Delivery::default(), Limits::none());
        rig.info();
        rig.take();
        fail(&mut rig);
        assert_eq!(rig.state(), "unusable");
        rig.wait();
        rig.open();
        assert_eq!(rig.state(), "failing");
        rig.wait_if_told();
        rig.deliver();
        assert_eq!(rig.state(), "healthy");
        assert_eq!(rig.lane.last_error(), None);
    }
}

#[test]
fn a_poison_alert_that_makes_the_sink_panic_comes_to_its_end() {
    let mut policy = Delivery::default();
    policy.circuit.after = u32::MAX;
    let mut rig = Rig::opened(policy, Limits::none());
    let (poison, next) = (rig.info(), rig.info());
    for _ in 0..5 {
        assert_eq!(rig.take(), [poison]);
        rig.panic();
        rig.wait();
        rig.open();
        rig.wait_if_told();
    }
    assert_eq!(rig.ended(), [(poison, Reason::Attempts)]);
    assert_eq!(rig.deliver(), [next]);
}

#[test]
fn until_changed_halts_the_lane() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(2));
    let waiting = [rig.info(), rig.info(), rig.info()];
    rig.take();
    rig.fail(until_changed());
    assert_eq!(rig.state(), "halted");
    assert_eq!(rig.ended(), waiting.map(|id| (id, Reason::Halted)));
    let later = rig.info();
    assert_eq!(rig.ended(), [(later, Reason::Halted)]);
}

#[test]
fn a_halted_lane_opens_only_once_its_configuration_differs() {
    let mut rig = Rig::new(Delivery::default());
    rig.open_fails(until_changed());
    for _ in 0..3 {
        assert_eq!(rig.waits(), s(30));
        rig.pass(s(30));
        assert!(matches!(rig.next(), Next::Recheck));
        rig.lane.rechecked(false, rig.now);
        assert_eq!(rig.state(), "halted");
    }
    rig.pass(s(30));
    assert!(matches!(rig.next(), Next::Recheck));
    rig.lane.rechecked(true, rig.now);
    assert_eq!(rig.state(), "opening");
    rig.open();
    assert_eq!(rig.state(), "healthy");
    let id = rig.info();
    assert_eq!(rig.deliver(), [id]);
}

#[test]
fn a_killed_lane_refuses_everything_and_is_flushed_at_once() {
    let mut rig = Rig::new(Delivery::default());
    let waiting = rig.info();
    rig.lane.kill("no thread", rig.now);
    assert_eq!(rig.ended(), [(waiting, Reason::Halted)]);
    let later = rig.info();
    let outcomes = rig.outcomes();
    assert_eq!(
        (outcomes[0].0, outcomes[0].1.reason()),
        (later, Reason::Halted)
    );
    assert_eq!(outcomes[0].1.error(), Some("no thread"));
    let goal = rig.flush();
    assert!(rig.lane.flushed() >= goal);
    assert!(rig.sleeps());
    rig.close_within(s(5));
    assert!(rig.is_done());
}
