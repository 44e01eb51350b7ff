//! Emptying a lane, in bounded time.

use super::rig::Rig;
use super::thing::{ms, rate_limit, s, transient, unusable};
use crate::pipeline::Reason;
use crate::pipeline::lane::{End, Next};
use crate::policy::Delivery;
use crate::sink::Limits;

fn one_by_one() -> Rig {
    Rig::opened(Delivery::default(), Limits::none())
}

#[test]
fn a_closing_lane_delivers_what_waits_flushes_and_ends() {
    let mut rig = one_by_one();
    let ids = [rig.info(), rig.info()];
    rig.close_within(s(5));
    assert_eq!([rig.deliver(), rig.deliver()], [[ids[0]], [ids[1]]]);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    assert!(rig.is_done());
    assert_eq!(rig.state(), "closed");
}

#[test]
fn an_unopened_lane_without_alerts_ends_without_opening() {
    let mut rig = Rig::new(Delivery::default());
    rig.close_within(s(5));
    assert!(rig.is_done());
}

#[test]
fn an_unopened_lane_with_alerts_opens_to_deliver_them() {
    let mut rig = Rig::new(Delivery::default());
    let id = rig.info();
    rig.close_within(s(5));
    rig.open();
    assert_eq!(rig.deliver(), [id]);
}

#[test]
fn a_closing_lane_does_not_wait_for_a_sink_that_wants_a_person() {
    let mut before = one_by_one();
    let id = before.info();
    before.take();
    before.fail(unusable());
    before.close_within(s(60));
    assert_eq!(before.ended(), [(id, Reason::Close)]);
    assert!(before.is_done());

    let mut after = Rig::new(Delivery::default());
    let id = after.info();
    after.close_within(s(60));
    after.open_fails(transient());
    assert_eq!(after.ended(), [(id, Reason::Close)]);
    assert!(after.is_done());
}

#[test]
fn a_closing_lane_gives_a_sink_that_panicked_another_chance() {
    let mut rig = one_by_one();
    let id = rig.info();
    rig.close_within(s(60));
    rig.take();
    rig.panic();
    rig.wait();
    rig.open();
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [id]);
}

#[test]
fn a_closing_lane_does_not_wait_for_a_pause_that_ends_too_late() {
    let mut before = one_by_one();
    let (first, second) = (before.info(), before.info());
    before.take();
    before.fail(rate_limit(s(10)));
    before.close_within(s(5));
    assert_eq!(
        before.ended(),
        [(first, Reason::Close), (second, Reason::Close)]
    );
    assert!(before.is_done());

    let mut after = one_by_one();
    let id = after.info();
    after.close_within(s(5));
    after.take();
    after.fail(rate_limit(s(10)));
    assert_eq!(after.ended(), [(id, Reason::Close)]);
    assert!(after.is_done());
}

#[test]
fn a_closing_lane_waits_for_a_pause_that_ends_in_time() {
    let mut rig = one_by_one();
    let id = rig.info();
    rig.take();
    rig.fail(rate_limit(s(2)));
    rig.close_within(s(5));
    rig.wait();
    assert_eq!(rig.deliver(), [id]);
}

#[test]
fn at_its_bound_a_close_leaves_the_worker_and_nothing_is_pending() {
    for hang in [Rig::opening as fn(&mut Rig), |rig| {
        rig.open();
        rig.take();
    }] {
        let mut rig = Rig::new(Delivery::default());
        let ids = [rig.info(), rig.info()];
        hang(&mut rig);
        rig.close_within(s(5));
        assert_eq!(rig.lane.next_deadline(), Some(s(5)));
        assert!(!rig.tick_after(s(5) - ms(1)));
        assert_eq!(rig.pending(), 2);
        assert!(!rig.tick_after(ms(1)), "no new worker is started");
        assert_eq!(rig.ended(), ids.map(|id| (id, Reason::Close)));
        assert_eq!((rig.pending(), rig.lane.next_deadline()), (0, None));
        assert!(rig.lane.is_done() && rig.is_done());
    }
}

#[test]
fn a_success_after_the_bound_is_late() {
    let mut rig = one_by_one();
    rig.info();
    rig.take();
    rig.close_within(s(5));
    rig.tick_after(s(5));
    rig.lane.finished(1, End::Ok(()), rig.now);
    rig.lane.came_back(1, rig.now);
    assert_eq!(rig.lane.ledger().late(), 1);
    assert_eq!(rig.count(Reason::Close), 1);
    assert!(rig.lane.ledger().is_balanced());
}

#[test]
fn what_comes_after_the_end_is_counted() {
    let mut rig = one_by_one();
    rig.close_within(s(5));
    assert!(rig.is_done());
    let id = rig.info();
    assert_eq!(rig.ended(), [(id, Reason::Close)]);
}

#[test]
fn the_first_close_decides() {
    let mut rig = one_by_one();
    rig.info();
    rig.take();
    rig.close_within(s(5));
    rig.close_within(s(50));
    rig.tick_after(s(5));
    assert!(rig.lane.is_done());
}

#[test]
fn a_halted_and_a_stuck_lane_close_at_once() {
    let mut rig = Rig::new(Delivery::default());
    rig.open_fails(super::thing::until_changed());
    rig.close_within(s(60));
    assert!(rig.is_done());

    let mut rig = one_by_one();
    for _ in 0..3 {
        rig.info();
        rig.take();
        rig.hang();
        rig.wait();
        rig.open();
    }
    rig.info();
    rig.take();
    rig.hang();
    rig.close_within(s(60));
    assert!(rig.is_done());
}

#[test]
fn a_flush_that_fails_at_close_is_told_and_the_lane_ends() {
    for end in [End::Failed(transient()), End::Panicked("boom".into())] {
        let mut rig = one_by_one();
        rig.info();
        rig.deliver();
        rig.close_within(s(5));
        rig.flush_begins();
        rig.flush_ends(end);
        let events = rig.events();
        let failed = |event: &_| matches!(event, crate::pipeline::lane::Event::FlushFailed(_));
        assert!(events.iter().any(failed), "{events:?}");
        assert!(matches!(rig.next(), Next::Done));
    }
}
