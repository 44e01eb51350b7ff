//! What of a flood goes at once, what is gathered, and that every alert is in
//! exactly one count, whatever the sink does.

use std::collections::HashSet;

use proptest::prelude::*;

use super::rig::Rig;
use super::thing::{DIGEST, Thing, ms, rejected, s, transient};
use super::tries::{a_finish, a_time};
use crate::alert::Severity::{self, Critical, Info};
use crate::pipeline::lane::gather::MEMBERS;
use crate::pipeline::lane::{End, Event, Lane, Next, Tick};
use crate::pipeline::{Outcome, Reason};
use crate::policy::{Delivery, DigestPolicy};
use crate::sink::{Limits, Suppressed};

use super::model::Finish;

fn policy(after: u32, every: Tick) -> Delivery {
    Delivery {
        digest: Some(DigestPolicy { after, every }),
        ..Delivery::default()
    }
}

fn settled(rig: &mut Rig) -> Vec<(u64, Outcome)> {
    let outcomes = |event| match event {
        Event::Settled(entry, outcome) => Some(entry.into_outcomes(outcome)),
        _ => None,
    };
    let all = rig.events().into_iter().filter_map(outcomes).flatten();
    all.map(|(thing, outcome)| (thing.id, outcome)).collect()
}

#[test]
fn after_so_many_the_rest_of_a_window_is_one_digest() {
    let mut rig = Rig::opened(policy(2, s(60)), Limits::none());
    let ids: Vec<u64> = (0..5).map(|_| rig.info()).collect();
    assert_eq!([rig.deliver(), rig.deliver()], [[ids[0]], [ids[1]]]);
    assert_eq!(rig.waits(), s(60));
    let critical = rig.offer(Critical);
    assert_eq!(rig.deliver(), [critical]);
    settled(&mut rig);
    rig.wait();
    let work = rig.work();
    let digest = work.members[0].digest.clone().expect("it is a digest");
    assert_eq!((work.members.len(), digest.count()), (1, 3));
    assert_eq!(work.members[0].late_by, Tick::ZERO);
    rig.ok();
    let told = settled(&mut rig);
    let told: Vec<u64> = told.iter().map(|(id, _)| *id).collect();
    assert_eq!(told, [ids[2], ids[3], ids[4], DIGEST + ids[2]]);
    assert_eq!((rig.count(Reason::Delivered), rig.pending()), (6, 0));
}

#[test]
fn an_hours_flood_is_one_message_a_window() {
    let mut rig = Rig::opened(policy(5, s(60)), Limits::none());
    let mut messages = 0;
    for _ in 0..28_000 {
        rig.info();
        while let Next::Deliver(_) = rig.next() {
            messages += 1;
            rig.ok();
        }
        rig.pass(Tick::from_secs(3_600) / 28_000);
    }
    rig.pass(s(60));
    rig.deliver();
    assert_eq!(messages + 1, 65);
    assert_eq!(rig.count(Reason::Delivered), 28_000);
}

#[test]
fn one_gathered_alert_goes_as_itself_and_a_flood_that_calms_is_over() {
    let mut rig = Rig::opened(policy(1, s(10)), Limits::none());
    let (first, second) = (rig.info(), rig.info());
    assert_eq!(rig.deliver(), [first]);
    rig.wait();
    assert_eq!(rig.deliver(), [second]);
    let third = rig.info();
    rig.wait();
    assert_eq!(rig.deliver(), [third], "of the flood, so it was gathered");
    let fourth = rig.info();
    assert_eq!(rig.deliver(), [fourth], "at once again");
}

#[test]
fn a_flush_and_a_close_end_a_window_and_a_halt_ends_its_members() {
    let mut rig = Rig::opened(policy(0, s(60)), Limits::none());
    let ids = [rig.info(), rig.info()];
    let goal = rig.flush();
    assert_eq!(rig.deliver(), [DIGEST + ids[0]]);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    assert!(rig.lane.flushed() >= goal);
    let ids = [rig.info(), rig.info(), rig.info()];
    rig.close_within(s(1));
    assert_eq!(rig.deliver(), [DIGEST + ids[0]]);

    let mut rig = Rig::opened(policy(0, s(60)), Limits::none());
    rig.info();
    rig.info();
    rig.lane.kill("gone", rig.now);
    assert_eq!((rig.count(Reason::Halted), rig.pending()), (2, 0));
    assert_eq!(rig.lane.lost().gave_up, 2);
}

#[test]
fn a_digest_that_failed_is_tried_again_as_it_was_and_a_refused_one_loses_all() {
    let mut rig = Rig::opened(policy(0, s(1)), Limits::none());
    let first = rig.info();
    rig.offer_standing_for(Suppressed::one(Info, crate::alert::Timestamp::MIN));
    rig.wait();
    assert_eq!(rig.take(), [DIGEST + first]);
    rig.fail(transient());
    rig.info();
    rig.wait_if_told();
    let work = rig.work();
    assert_eq!(work.members[0].item.id, DIGEST + first);
    let digest = work.members[0].digest.clone().expect("it is a digest");
    assert_eq!(digest.count(), 2);
    rig.fail(rejected());
    assert_eq!(rig.count(Reason::Refused), 2);
    assert_eq!(
        (rig.lane.lost().rejected, rig.lane.lost().suppressed),
        (2, 1)
    );
}

#[test]
fn beyond_the_cap_alerts_are_counted_and_tracked_ones_go_at_once() {
    let mut rig = Rig::opened(policy(0, s(60)), Limits::none());
    for _ in 0..MEMBERS + 500 {
        rig.info();
    }
    let tracked = Thing {
        id: 9_999,
        severity: Info,
        size: 1,
        key: None,
        tracked: true,
    };
    rig.lane.offer(tracked, None, rig.now);
    assert_eq!(rig.deliver(), [9_999]);
    rig.pass(s(60));
    rig.deliver();
    assert_eq!(settled(&mut rig).len(), 1 + MEMBERS + 1);
    assert_eq!((rig.count(Reason::Delivered), rig.pending()), (1_501, 0));
}

proptest! {
    #[test]
    fn every_alert_is_in_exactly_one_count_whatever_the_sink_does(
        after in 0..4_u32, every in a_time(), bytes in 40..400_usize, seed: u64,
        ops in prop::collection::vec(
            (0..12_u8, 0..3_usize, 0..40_usize, a_finish(), a_time()), 0..150),
    ) {
        let mut policy = policy(after, every);
        policy.queue.bytes = bytes;
        policy.attempt_timeout = s(10);
        let digests = !every.is_zero();
        let mut lane: Lane<Thing> = Lane::new(policy, Limits::none().batch(3), seed);
        let (mut now, mut call, mut offered, mut members) = (ms(0), 0_u8, 0_u64, 0_u64);
        let (mut own, mut seen, mut told) = (0_u64, HashSet::new(), 0_u64);
        // Each end is checked as it comes, and the books after every step.
        for (op, severity, size, finish, time) in ops {
            let generation = lane.generation();
            match op {
                0..=4 => {
                    let severity = Severity::ALL[severity];
                    let thing = Thing { id: offered, severity, size, key: None, tracked: size == 7 };
                    offered += 1;
                    let before = lane.held().0;
                    lane.offer(thing, None, now);
                    let waits = lane.held().0 > before || !lane.events.is_empty();
                    prop_assert!(waits || severity != Critical, "a critical alert was gathered");
                    prop_assert!(waits || digests, "gathered without a policy");
                }
                5..=8 => {
                    let end = match finish {
                        Finish::Ok => End::Ok(()),
                        Finish::Failed(failure) => End::Failed(failure),
                        Finish::Panicked => End::Panicked("boom".to_owned()),
                    };
                    match std::mem::take(&mut call) {
                        1 => lane.opened(generation, match end {
                            End::Ok(()) => End::Ok(Limits::none().batch(3)),
                            End::Failed(failure) => End::Failed(failure),
                            End::Panicked(text) => End::Panicked(text),
                        }, now),
                        2 => lane.finished(generation, end, now),
                        3 => lane.flush_ended(generation, end, now),
                        4 => lane.rechecked(true, now),
                        _ => match lane.next(generation, now) {
                            Next::Open { .. } => call = 1,
                            Next::Deliver(work) => {
                                call = 2;
                                for member in &work.members {
                                    let many = member.digest.as_ref().map_or(1, |d| d.count());
                                    prop_assert!(many >= 1);
                                    prop_assert_eq!(member.digest.is_some(), member.item.id >= DIGEST);
                                }
                            }
                            Next::Flush { .. } => call = 3,
                            Next::Recheck => call = 4,
                            Next::Wait(until) => now = until.unwrap_or(now).max(now),
                            Next::Done => {}
                        },
                    }
                }
                9 => { lane.request_flush(now); }
                10 => now = now.saturating_add(time),
                _ => if lane.tick(now) { call = 0; },
            }
            for event in lane.take_events() {
                let Event::Settled(entry, outcome) = event else { continue };
                let weight = entry.weight();
                own += weight;
                if outcome.verdict().is_loss() { told += weight; }
                let kept = entry.alerts().count() as u64;
                prop_assert!(kept <= weight && kept <= MEMBERS as u64);
                members += kept;
                for thing in entry.alerts() {
                    prop_assert!(seen.insert(thing.id) && thing.id < offered, "ended twice");
                }
            }
            prop_assert!(lane.ledger().is_balanced());
            prop_assert_eq!(lane.ledger().offered(), offered);
            prop_assert_eq!(lane.ledger().pending() + own, offered);
            prop_assert_eq!(lane.ledger().lost(), told);
        }
        lane.close(now, now);
        lane.tick(now);
        for event in lane.take_events() {
            if let Event::Settled(entry, _) = event {
                own += entry.weight();
                members += entry.alerts().count() as u64;
            }
        }
        prop_assert_eq!(own, offered, "each is in a count");
        prop_assert!(members <= own);
        prop_assert_eq!(lane.ledger().pending(), 0);
    }
}
