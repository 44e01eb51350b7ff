//! Workers that do not come back from the sink.

use super::rig::Rig;
use super::thing::{ms, s, transient};
use crate::pipeline::Reason;
use crate::pipeline::lane::{End, Next};
use crate::policy::Delivery;
use crate::sink::{Delivered, Limits};

fn hung() -> (Rig, u64, [u64; 2]) {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(2));
    let ids = [rig.info(), rig.info()];
    rig.take();
    let left = rig.hang();
    (rig, left, ids)
}

#[test]
fn past_its_deadline_and_a_moment_a_worker_is_left_behind_with_its_batch() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    let (held, next) = (rig.info(), rig.info());
    rig.take();
    assert!(!rig.tick_after(s(10)));
    assert!(!rig.tick_after(ms(249)));
    assert_eq!(rig.ended(), []);
    assert!(rig.tick_after(ms(1)));
    assert_eq!(rig.ended(), [(held, Reason::Deadline)]);
    rig.wait();
    rig.open();
    assert_eq!(rig.deliver(), [next], "its replacement goes on");
}

#[test]
fn a_worker_that_returns_within_the_moment_is_not_left_behind() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    let id = rig.info();
    rig.take();
    assert!(!rig.tick_after(s(10) + ms(200)));
    rig.ok();
    assert_eq!(rig.ended(), [(id, Reason::Delivered)]);
    assert!(!rig.tick_after(s(10)));
}

#[test]
fn a_worker_that_was_left_behind_is_told_to_end() {
    let (mut rig, left, _) = hung();
    assert!(matches!(rig.lane.next(left, rig.now), Next::Done));
}

#[test]
fn a_late_success_moves_only_late() {
    let (mut rig, left, ids) = hung();
    assert_eq!(rig.ended(), ids.map(|id| (id, Reason::Deadline)));
    let before = rig.lane.ledger().clone();
    rig.lane.settle(left, 0, Ok(Delivered::new()), rig.now);
    rig.lane.finished(left, End::Ok(()), rig.now);
    rig.lane.came_back(left, rig.now);
    assert_eq!(rig.ended(), []);
    let after = rig.lane.ledger();
    assert_eq!(after.late(), 2);
    assert_eq!(
        (after.offered(), after.pending()),
        (before.offered(), before.pending())
    );
    assert_eq!(after.by_reason(Reason::Deadline), 2);
    assert_eq!(after.delivered(), 0);
}

#[test]
fn a_late_failure_moves_nothing() {
    let (mut rig, left, _) = hung();
    let before = rig.lane.ledger().clone();
    rig.lane.settle(left, 0, Err(transient()), rig.now);
    rig.lane.finished(left, End::Ok(()), rig.now);
    assert_eq!(
        rig.lane.ledger().late(),
        1,
        "the member that was not settled"
    );
    let (mut rig, left, _) = hung();
    rig.lane.finished(left, End::Failed(transient()), rig.now);
    rig.lane.finished(left, End::Ok(()), rig.now);
    assert_eq!(rig.lane.ledger(), &before);
}

#[test]
fn nothing_is_late_twice() {
    let (mut rig, left, _) = hung();
    for _ in 0..3 {
        rig.lane.settle(left, 1, Ok(Delivered::new()), rig.now);
    }
    assert_eq!(rig.lane.ledger().late(), 1);
    rig.lane.settle(left, 7, Ok(Delivered::new()), rig.now);
    assert_eq!(rig.lane.ledger().late(), 1);
    rig.lane.finished(left, End::Ok(()), rig.now);
    rig.lane.finished(left, End::Ok(()), rig.now);
    assert_eq!(rig.lane.ledger().late(), 2);
}

#[test]
fn what_was_settled_in_time_is_not_late() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(2));
    rig.info();
    rig.info();
    rig.take();
    rig.settle(0, Ok(Delivered::new()));
    let left = rig.hang();
    rig.lane.settle(left, 0, Ok(Delivered::new()), rig.now);
    assert_eq!(rig.lane.ledger().late(), 0);
    assert_eq!(
        (rig.count(Reason::Delivered), rig.count(Reason::Deadline)),
        (1, 1)
    );
}

#[test]
fn a_member_that_is_to_be_retried_is_not_abandoned_with_its_batch() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(2));
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.settle(0, Err(transient()));
    let left = rig.hang();
    assert_eq!(rig.ended(), [(ids[1], Reason::Deadline)]);
    rig.lane.settle(left, 0, Ok(Delivered::new()), rig.now);
    assert_eq!(rig.lane.ledger().late(), 0, "its fate was told before");
    rig.wait();
    rig.open();
    rig.wait_if_told();
    assert_eq!(rig.deliver(), [ids[0]]);
}

#[test]
fn stuck_workers_are_bounded_and_one_that_comes_back_ends_the_halt() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    let mut left = Vec::new();
    for _ in 0..4 {
        rig.info();
        assert_eq!(rig.lane.refuses(), None);
        rig.take();
        left.push(rig.hang());
        if left.len() < 4 {
            rig.wait();
            rig.open();
        }
    }
    assert_eq!(rig.state(), "halted");
    assert!(rig.sleeps());
    rig.ended();
    let refused = rig.info();
    assert_eq!(rig.ended(), [(refused, Reason::Halted)]);

    rig.lane
        .finished(left[1], End::Failed(transient()), rig.now);
    assert_eq!(
        rig.state(),
        "halted",
        "its thread may still hang in the sink's Drop"
    );
    rig.lane.came_back(left[1], rig.now);
    assert_eq!(rig.state(), "opening");
    rig.open();
    let id = rig.info();
    assert_eq!(rig.deliver(), [id]);
    assert_eq!(rig.state(), "healthy");
}

#[test]
fn a_sink_that_hangs_while_it_is_opened_or_flushed_is_left_behind_too() {
    let mut rig = Rig::new(Delivery::default());
    let id = rig.info();
    rig.opening();
    let first = rig.hang();
    assert_eq!(rig.state(), "unusable");
    rig.wait();
    rig.open();
    rig.lane
        .opened(first, End::Ok(Limits::none().batch(99)), rig.now);
    assert_eq!(rig.deliver(), [id]);

    let goal = rig.flush();
    rig.flush_begins();
    let second = rig.hang();
    rig.lane
        .flush_ended(second, End::Panicked("late".into()), rig.now);
    rig.next();
    assert!(rig.lane.flushed() >= goal, "what hangs is not waited for");
    assert_eq!(rig.pending(), 0);
}

#[test]
fn a_slow_opening_is_over_once_the_sink_is_open() {
    let mut rig = Rig::new(Delivery::default());
    rig.opening();
    rig.hang();
    rig.wait();
    rig.open();
    assert_eq!(rig.state(), "healthy");
    rig.tick_after(s(3_600));
    assert!(rig.notices().is_empty(), "nothing fails any more");
}

#[test]
fn a_flush_that_hung_is_over_once_the_sink_is_open_again() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    rig.info();
    rig.deliver();
    rig.flush();
    rig.flush_begins();
    rig.hang();
    rig.wait();
    rig.open();
    assert_eq!(rig.state(), "healthy");
    rig.tick_after(s(3_600));
    assert!(rig.notices().is_empty());
}
