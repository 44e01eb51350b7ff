//! What an attempt tells beside the alert, and notices.

use super::rig::Rig;
use super::thing::{ms, rejected, s, transient, until_changed, unusable};
use crate::alert::{Severity, Timestamp};
use crate::policy::{Delivery, Queue};
use crate::sink::{Delivered, Limits, Losses, Suppressed};

fn suppressed(alerts: u64) -> Suppressed {
    let mut suppressed = Suppressed::one(Severity::Info, Timestamp::from_micros(1));
    suppressed.by_severity[0] = alerts;
    suppressed
}

fn small() -> Delivery {
    Delivery {
        queue: Queue {
            alerts: 2,
            bytes: 1_000,
        },
        ..Delivery::default()
    }
}

#[test]
fn the_next_alert_that_gets_through_tells_what_was_lost() {
    let mut rig = Rig::new(small());
    for _ in 0..5 {
        rig.info();
    }
    rig.lane.intake_shed(7);
    rig.open();
    let told = Losses {
        shed: 3,
        shed_intake: 7,
        ..Losses::none()
    };
    assert_eq!(rig.work().lost, told);
    rig.fail(transient());
    rig.wait_if_told();
    assert_eq!(
        rig.work().lost,
        told,
        "told again, since it did not get through"
    );
    rig.info();
    rig.info();
    rig.ok();
    let since = Losses {
        shed: 2,
        ..Losses::none()
    };
    assert_eq!(
        *rig.lane.lost(),
        since,
        "what was lost meanwhile is still to be told"
    );
    assert_eq!(rig.work().lost, since);
    rig.ok();
    assert!(rig.lane.lost().is_empty());
}

#[test]
fn only_the_first_member_of_a_batch_tells() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(3));
    rig.lane.intake_shed(4);
    for _ in 0..3 {
        rig.info();
    }
    rig.take();
    rig.settle(1, Ok(Delivered::new()));
    rig.settle(2, Ok(Delivered::new()));
    assert_eq!(rig.lane.lost().shed_intake, 4);
    rig.settle(0, Err(rejected()));
    rig.ok();
    assert_eq!(
        rig.lane.lost().shed_intake,
        4,
        "the one that was to tell was refused"
    );
    assert_eq!(rig.lane.lost().rejected, 1);
}

#[test]
fn what_a_lost_alert_stood_for_is_told_as_a_number() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    rig.offer_standing_for(suppressed(5));
    let work = rig.work();
    let stands_for = work.members[0].stands_for.as_ref();
    assert_eq!(stands_for.map(|held| held.count()), Some(5));
    rig.fail(rejected());
    rig.info();
    let told = rig.work().lost;
    assert_eq!((told.rejected, told.suppressed), (1, 5));
}

#[test]
fn an_attempt_knows_its_number_and_its_lateness() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    rig.info();
    rig.pass(s(3));
    let member = rig.work().members.remove(0);
    assert_eq!((member.number, member.late_by), (1, s(3)));
    rig.pass(s(2));
    rig.fail(transient());
    rig.wait_if_told();
    let late_by = rig.now;
    let member = rig.work().members.remove(0);
    assert_eq!((member.number, member.late_by), (2, late_by));
}

#[test]
fn a_keyed_alert_finds_the_handle_of_the_last_message_of_its_key() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none().batch(5).edits());
    rig.offer_keyed("a");
    rig.offer_keyed("a");
    rig.offer_keyed("b");
    let mut previous = Vec::new();
    for handle in ["m1", "m2", "m3"] {
        let member = rig.work().members.remove(0);
        previous.push(member.previous.map(|handle| handle.as_str().to_owned()));
        rig.settle(0, Ok(Delivered::new().with_handle(handle)));
        rig.ok();
    }
    assert_eq!(previous, [None, Some("m1".to_owned()), None]);
}

#[test]
fn a_handle_longer_than_a_kibibyte_is_not_remembered() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    for (length, remembered) in [(1_024, true), (1_025, false)] {
        let key = length.to_string();
        rig.offer_keyed(&key);
        rig.take();
        rig.settle(0, Ok(Delivered::new().with_handle("h".repeat(length))));
        rig.ok();
        rig.offer_keyed(&key);
        assert_eq!(rig.work().members[0].previous.is_some(), remembered);
        rig.ok();
    }
}

fn failing_for(time: std::time::Duration) -> Rig {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    rig.info();
    rig.take();
    rig.fail(transient());
    assert_eq!(rig.lane.next_deadline(), Some(s(300)));
    rig.tick_after(time);
    rig
}

#[test]
fn a_lane_that_has_failed_for_notice_after_is_news_once() {
    let mut rig = failing_for(s(300) - ms(1));
    assert!(rig.notices().is_empty());
    rig.tick_after(ms(1));
    assert_eq!(rig.notices(), [true]);
    rig.tick_after(s(300));
    assert!(rig.notices().is_empty());
}

#[test]
fn a_recovery_is_news_if_the_failing_was() {
    let mut rig = failing_for(s(300));
    rig.wait_if_told();
    rig.deliver();
    assert_eq!(rig.notices(), [true, false]);
    let mut rig = failing_for(s(1));
    rig.wait_if_told();
    rig.deliver();
    assert!(rig.notices().is_empty());
}

#[test]
fn a_sink_that_cannot_be_opened_is_news_and_its_opening_too() {
    let mut rig = Rig::new(Delivery::default());
    rig.open_fails(unusable());
    rig.tick_after(s(300));
    assert_eq!(rig.notices(), [true]);
    rig.open();
    assert_eq!(rig.notices(), [false], "nothing but the opening had failed");
}

#[test]
fn an_opening_does_not_end_the_failing_of_deliveries() {
    let mut rig = Rig::opened(Delivery::default(), Limits::none());
    rig.info();
    rig.take();
    rig.fail(unusable());
    rig.wait();
    rig.open_fails(unusable());
    rig.tick_after(s(300));
    assert_eq!(rig.notices(), [true]);
    rig.open();
    assert!(rig.notices().is_empty());
    rig.deliver();
    assert_eq!(rig.notices(), [false]);
}

#[test]
fn halted_and_killed_lanes_are_news() {
    let mut halted = Rig::new(Delivery::default());
    halted.open_fails(until_changed());
    halted.tick_after(s(300));
    assert_eq!(halted.notices(), [true]);
    let mut killed = Rig::new(Delivery::default());
    killed.lane.kill("no thread", killed.now);
    killed.tick_after(s(300));
    assert_eq!(killed.notices(), [true]);
}
