//! What a sink puts back, and how much it is handed when it has several
//! requests in flight.

use super::rig::Rig;
use super::thing::{ambiguous, ms, transient};
use crate::pipeline::Reason;
use crate::pipeline::lane::{End, Next};
use crate::policy::{BatchPolicy, Delivery};
use crate::sink::{Delivered, Limits};

fn several(limit: usize) -> Rig {
    Rig::opened(Delivery::default(), Limits::none().batch(limit))
}

impl Rig {
    fn leave(&mut self, index: usize) {
        let (generation, now) = (self.lane.generation(), self.now);
        self.lane.leave(generation, index, false, now);
    }

    fn leave_alone(&mut self, index: usize) {
        let (generation, now) = (self.lane.generation(), self.now);
        self.lane.leave(generation, index, true, now);
    }
}

#[test]
fn what_is_put_back_comes_first_again_in_order_and_no_attempt_was_made() {
    let mut rig = several(10);
    let ids: Vec<u64> = (0..4).map(|_| rig.info()).collect();
    assert_eq!(rig.take(), ids);
    rig.leave(3);
    rig.leave(1);
    let late = rig.info();
    rig.ok();
    assert_eq!(
        rig.ended(),
        [(ids[0], Reason::Delivered), (ids[2], Reason::Delivered)]
    );
    let work = rig.work();
    let members: Vec<_> = work.members.iter().map(|m| (m.item.id, m.number)).collect();
    assert_eq!(members, [(ids[1], 1), (ids[3], 1), (late, 1)]);
    assert_eq!(rig.state(), "healthy");
}

#[test]
fn a_sink_that_puts_back_all_it_was_given_has_failed() {
    let mut rig = several(10);
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.leave(0);
    rig.leave(1);
    rig.ok();
    assert_eq!(rig.state(), "failing");
    assert!(rig.waits() > ms(0), "it would spin");
    rig.wait_if_told();
    assert_eq!(rig.take(), ids);
}

#[test]
fn putting_all_back_leaves_the_word_to_the_error() {
    let mut rig = several(10);
    rig.info();
    rig.take();
    rig.leave(0);
    rig.fail(crate::sink::Failure {
        text: "closed today".to_owned(),
        ..super::thing::unusable()
    });
    assert_eq!(rig.lane.state().why(), Some("closed today"));
}

#[test]
fn what_was_refused_together_with_others_is_asked_for_alone() {
    let mut rig = several(10);
    let ids = [rig.info(), rig.info(), rig.info()];
    rig.take();
    rig.leave_alone(0);
    rig.leave_alone(1);
    rig.settle(2, Ok(Delivered::new()));
    rig.ok();
    assert_eq!(rig.ended(), [(ids[2], Reason::Delivered)]);
    assert_eq!(rig.take(), [ids[0]]);
    // Alone there is nobody else to blame.
    rig.leave_alone(0);
    rig.ok();
    assert_eq!(rig.ended(), [(ids[0], Reason::Refused)]);
    assert_eq!(rig.deliver(), [ids[1]]);
}

#[test]
fn the_first_word_about_a_member_wins() {
    let mut rig = several(10);
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.settle(0, Ok(Delivered::new()));
    rig.leave(0);
    rig.leave(1);
    rig.settle(1, Ok(Delivered::new()));
    rig.ok();
    assert_eq!(rig.ended(), [(ids[0], Reason::Delivered)]);
    assert_eq!(rig.deliver(), [ids[1]]);
}

#[test]
fn what_was_put_back_outlives_a_worker_that_hangs_after_it() {
    let mut rig = several(10);
    let ids = [rig.info(), rig.info()];
    rig.take();
    rig.leave(0);
    rig.hang();
    assert_eq!(rig.ended(), [(ids[1], Reason::Deadline)]);
    rig.wait_if_told();
    let pause = rig.waits();
    rig.pass(pause);
    rig.open();
    assert_eq!(rig.deliver(), [ids[0]]);
}

#[test]
fn what_went_unanswered_stays_together_where_it_was_put_back() {
    let mut rig = several(2);
    let ids = [rig.info(), rig.info(), rig.info()];
    assert_eq!(rig.take(), ids[..2]);
    rig.fail(ambiguous());
    rig.wait_if_told();
    assert_eq!(rig.take(), ids[..2]);
    rig.settle(0, Err(transient()));
    rig.leave(1);
    rig.ok();
    rig.wait_if_told();
    assert_eq!(rig.take(), ids[..2], "it is not recomposed");
}

#[test]
fn a_service_that_takes_a_few_at_a_time_is_asked_again_as_soon_as_it_says() {
    let policy = Delivery {
        notice_after: ms(60_000),
        ..Delivery::default()
    };
    let mut rig = Rig::opened(policy, Limits::none().batch(2));
    let later = crate::sink::Failure {
        retry_after: Some(ms(1_000)),
        ..transient()
    };
    for _ in 0..200 {
        rig.info();
        rig.info();
        rig.take();
        rig.settle(0, Ok(Delivered::new()));
        rig.settle(1, Err(later.clone()));
        rig.ok();
        // Its own pause would have grown to half a minute.
        assert_eq!(rig.lane.not_before, rig.now + ms(1_000));
        rig.wait_if_told();
        rig.next();
    }
    assert!(rig.notices().is_empty(), "it is as alive as any");
}

#[test]
fn several_in_flight_are_handed_out_for_four_rounds() {
    let policy = Delivery {
        batch: BatchPolicy {
            max: 2,
            ..BatchPolicy::default()
        },
        in_flight: 5,
        ..Delivery::default()
    };
    let mut rig = Rig::opened(policy, Limits::none().batch(10).in_flight(3));
    for _ in 0..30 {
        rig.info();
    }
    let work = rig.work();
    assert_eq!((work.request_size, work.in_flight), (2, 3));
    assert_eq!(work.members.len(), 2 * 3 * 4);
    rig.finish(End::Ok(()));
    assert!(matches!(rig.next(), Next::Deliver(work) if work.members.len() == 6));
}

#[test]
fn one_in_flight_is_handed_one_request() {
    let policy = Delivery {
        in_flight: 0,
        ..Delivery::default()
    };
    let mut rig = Rig::opened(policy, Limits::none().batch(3).in_flight(8));
    for _ in 0..9 {
        rig.info();
    }
    let work = rig.work();
    assert_eq!((work.request_size, work.in_flight), (3, 1));
    assert_eq!(work.members.len(), 3);
}
