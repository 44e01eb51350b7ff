//! How much may wait, and what is shed when there is no room.

use super::rig::Rig;
use super::thing::{ambiguous, ms, rejected, s};
use crate::alert::Severity::{Critical, Info, Warning};
use crate::pipeline::Reason;
use crate::policy::{BatchPolicy, Delivery, Queue};
use crate::sink::{Delivered, Limits};

fn room(alerts: usize, bytes: usize) -> Delivery {
    Delivery {
        queue: Queue { alerts, bytes },
        ..Delivery::default()
    }
}

#[test]
fn without_room_the_oldest_of_the_lowest_severity_goes_first() {
    let mut rig = Rig::new(room(3, 1_000));
    let (critical, info, warning) = (rig.offer(Critical), rig.info(), rig.offer(Warning));
    let second = rig.offer(Critical);
    assert_eq!(rig.ended(), [(info, Reason::QueueAlerts)]);
    let third = rig.offer(Critical);
    assert_eq!(rig.ended(), [(warning, Reason::QueueAlerts)]);
    let late = rig.info();
    assert_eq!(
        rig.ended(),
        [(late, Reason::QueueAlerts)],
        "no higher one goes for it"
    );
    let fourth = rig.offer(Critical);
    assert_eq!(rig.ended(), [(critical, Reason::QueueAlerts)]);
    rig.open();
    assert_eq!(
        [rig.deliver(), rig.deliver(), rig.deliver()],
        [[second], [third], [fourth]]
    );
}

#[test]
fn what_is_being_delivered_counts_towards_the_room() {
    let mut rig = Rig::opened(room(2, 1_000), Limits::none());
    let (first, second) = (rig.info(), rig.info());
    assert_eq!(rig.take(), [first]);
    let third = rig.info();
    assert_eq!(rig.ended(), [(second, Reason::QueueAlerts)]);
    assert_eq!(rig.lane.held(), (2, 2));
    rig.ok();
    assert_eq!(rig.lane.held(), (1, 1));
    assert_eq!(rig.deliver(), [third]);
}

#[test]
fn what_was_settled_makes_room_at_once() {
    let mut rig = Rig::opened(room(2, 1_000), Limits::none().batch(2));
    let (first, second) = (rig.info(), rig.info());
    assert_eq!(rig.take(), [first, second]);
    assert_eq!(rig.lane.room(), (0, 998));
    rig.settle(0, Ok(Delivered::new()));
    assert_eq!(rig.lane.room(), (1, 999));
    rig.settle(1, Err(rejected()));
    assert_eq!(rig.lane.room(), (2, 1_000));
}

#[test]
fn bytes_are_room_too() {
    let mut rig = Rig::new(room(100, 10));
    let first = rig.offer_sized(Info, 6);
    let second = rig.offer_sized(Info, 5);
    assert_eq!(rig.ended(), [(first, Reason::QueueBytes)]);
    assert_eq!(rig.lane.held(), (1, 5));
    let heavy = rig.offer_sized(Critical, 10);
    assert_eq!(rig.ended(), [(second, Reason::QueueBytes)]);
    assert_eq!(rig.lane.held(), (1, 10));
    rig.open();
    assert_eq!(rig.deliver(), [heavy]);
}

#[test]
fn an_alert_that_can_find_no_room_displaces_none() {
    let mut rig = Rig::new(room(100, 10));
    let kept = [rig.offer_sized(Info, 5), rig.offer_sized(Critical, 5)];
    let too_heavy = rig.offer_sized(Critical, 11);
    assert_eq!(rig.ended(), [(too_heavy, Reason::QueueBytes)]);
    let no_room_below = rig.offer_sized(Warning, 6);
    assert_eq!(rig.ended(), [(no_room_below, Reason::QueueBytes)]);
    rig.open();
    assert_eq!([rig.deliver(), rig.deliver()], [[kept[0]], [kept[1]]]);
}

#[test]
fn no_alerts_at_all_is_read_as_one() {
    let mut rig = Rig::new(room(0, 1_000));
    let only = rig.info();
    assert_eq!(rig.ended(), []);
    rig.open();
    assert_eq!(rig.deliver(), [only]);
}

#[test]
fn a_batch_kept_as_it_was_keeps_its_room() {
    let mut rig = Rig::opened(room(2, 1_000), Limits::none().batch(2));
    let (first, second) = (rig.info(), rig.info());
    assert_eq!(rig.take(), [first, second]);
    rig.fail(ambiguous());
    let critical = rig.offer(Critical);
    assert_eq!(rig.ended(), [(critical, Reason::QueueAlerts)]);
    assert_eq!(rig.lane.held(), (2, 2));
}

#[test]
fn a_quiet_lanes_first_alert_goes_at_once() {
    let linger = s(5);
    let policy = Delivery {
        batch: BatchPolicy { max: 3, linger },
        ..Delivery::default()
    };
    let mut rig = Rig::opened(policy, Limits::none().batch(10));
    let first = rig.info();
    assert_eq!(rig.deliver(), [first]);
    let (second, third) = (rig.info(), rig.info());
    assert_eq!(rig.waits(), linger);
    rig.pass(s(4));
    assert_eq!(rig.waits(), s(1));
    rig.pass(s(1));
    assert_eq!(rig.deliver(), [second, third]);
}

#[test]
fn a_full_batch_a_critical_alert_a_flush_and_a_close_end_a_linger() {
    let policy = Delivery {
        batch: BatchPolicy {
            max: 2,
            linger: s(60),
        },
        ..Delivery::default()
    };
    let mut rig = Rig::opened(policy, Limits::none().batch(10));
    rig.info();
    rig.deliver();

    let full = [rig.info(), rig.info()];
    assert_eq!(rig.deliver(), full);

    let info = rig.info();
    assert_eq!(rig.waits(), s(60));
    let critical = rig.offer(Critical);
    assert_eq!(rig.deliver(), [info, critical]);

    let flushed = rig.info();
    assert_eq!(rig.waits(), s(60));
    rig.flush();
    assert_eq!(rig.deliver(), [flushed]);
    rig.flush_begins();
    rig.flush_ends(crate::pipeline::lane::End::Ok(()));

    let last = rig.info();
    assert_eq!(rig.waits(), s(60));
    rig.close_within(ms(1));
    assert_eq!(rig.deliver(), [last]);
}

#[test]
fn a_batch_holds_what_both_the_sink_and_the_policy_allow() {
    for (max, limit, expected) in [(0, 9, 1), (2, 9, 2), (9, 2, 2), (9, 9, 4)] {
        let policy = Delivery {
            batch: BatchPolicy {
                max,
                ..BatchPolicy::default()
            },
            ..Delivery::default()
        };
        let mut rig = Rig::opened(policy, Limits::none().batch(limit));
        for _ in 0..4 {
            rig.info();
        }
        assert_eq!(rig.deliver().len(), expected);
    }
}

#[test]
fn a_batch_gathers_no_more_bytes_than_four_mebibytes() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(100));
    let mebibyte = 1024 * 1024;
    let ids: Vec<u64> = (0..3)
        .map(|_| rig.offer_sized(Info, 2 * mebibyte))
        .collect();
    assert_eq!(rig.deliver(), &ids[..2]);
    let heavy = rig.offer_sized(Info, 5 * mebibyte);
    assert_eq!(rig.deliver(), [ids[2]]);
    assert_eq!(rig.deliver(), [heavy], "alone, however heavy");
}

#[test]
fn an_editing_sink_gets_keyed_alerts_alone() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(10).edits());
    let ids = [
        rig.info(),
        rig.info(),
        rig.offer_keyed("a"),
        rig.offer_keyed("b"),
        rig.info(),
    ];
    let batches: Vec<_> = (0..4).map(|_| rig.deliver()).collect();
    assert_eq!(
        batches,
        [
            vec![ids[0], ids[1]],
            vec![ids[2]],
            vec![ids[3]],
            vec![ids[4]]
        ]
    );
}
