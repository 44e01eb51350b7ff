//! Another policy or another sink, while alerts wait.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::rig::Rig;
use super::run::Call;
use super::thing::{rate_limit, s, transient, until_changed, unusable};
use crate::pipeline::Reason;
use crate::pipeline::lane::{End, Event, Next, Renewal};
use crate::policy::{Delivery, DigestPolicy};
use crate::sink::{Failure, Limits};

fn another_sink(rig: &mut Rig) {
    let renewal = Renewal::Sink(Limits::none());
    rig.lane.renew(Delivery::default(), renewal, rig.now);
}

fn opened() -> Rig {
    Rig::opened(Delivery::default(), Limits::none())
}

#[test]
fn another_sink_is_opened_once_the_old_one_has_flushed_what_it_took() {
    let mut rig = opened();
    rig.info();
    rig.deliver();
    let waits = rig.info();
    another_sink(&mut rig);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    rig.open();
    assert_eq!(rig.deliver(), [waits]);
    assert!(rig.sleeps());
}

#[test]
fn the_attempt_under_way_ends_before_another_sink_is_opened() {
    let mut rig = opened();
    let (first, second) = (rig.info(), rig.info());
    assert_eq!(rig.take(), [first]);
    another_sink(&mut rig);
    rig.ok();
    assert_eq!(rig.ended(), [(first, Reason::Delivered)]);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    rig.open();
    assert_eq!(rig.deliver(), [second]);
}

#[test]
fn a_failure_of_the_old_sink_says_nothing_about_the_new_one() {
    for failure in [transient(), unusable(), until_changed(), rate_limit(s(900))] {
        let mut rig = opened();
        let id = rig.info();
        rig.take();
        another_sink(&mut rig);
        rig.fail(failure);
        assert_eq!(rig.ended(), [], "it waits for the new sink");
        rig.open();
        assert_eq!(rig.deliver(), [id], "at once");
        assert_eq!(rig.state(), "healthy");
    }
}

#[test]
fn a_halted_lane_takes_alerts_again_as_soon_as_its_sink_is_another() {
    let mut rig = Rig::new(Delivery::default());
    rig.open_fails(until_changed());
    let lost = rig.info();
    assert_eq!(rig.ended(), [(lost, Reason::Halted)]);
    another_sink(&mut rig);
    let id = rig.info();
    rig.open();
    assert_eq!(rig.deliver(), [id]);
}

#[test]
fn a_new_sink_is_not_kept_waiting_by_the_old_ones_backoff() {
    let mut rig = Rig::new(Delivery::default());
    rig.info();
    for _ in 0..5 {
        rig.open_fails(unusable());
        rig.wait();
    }
    rig.open_fails(unusable());
    another_sink(&mut rig);
    rig.open();
}

#[test]
fn a_handle_of_the_old_sink_means_nothing_to_the_new_one() {
    let mut rig = opened();
    rig.offer_keyed("disk");
    rig.take();
    let delivered = crate::sink::Delivered::new().with_handle("message-1");
    rig.settle(0, Ok(delivered));
    rig.ok();
    another_sink(&mut rig);
    rig.flush_begins();
    rig.flush_ends(End::Ok(()));
    rig.open();
    rig.offer_keyed("disk");
    let work = rig.work();
    assert!(work.members[0].previous.is_none());
}

#[test]
fn another_policy_alone_keeps_the_sink_and_ends_the_digest_of_the_old_one() {
    let policy = Delivery {
        digest: Some(DigestPolicy {
            after: 0,
            every: s(60),
        }),
        ..Delivery::default()
    };
    let mut rig = Rig::opened(policy, Limits::none());
    let id = rig.info();
    rig.next();
    assert_eq!(rig.pending(), 1);
    rig.lane
        .renew(Delivery::default(), Renewal::Policy, rig.now);
    assert_eq!(rig.deliver(), [id]);
    let next = rig.info();
    assert_eq!(rig.deliver(), [next], "nothing is gathered any more");
}

#[test]
fn a_lane_that_never_had_a_worker_gets_one_of_a_new_generation() {
    let mut rig = Rig::new(Delivery::default());
    rig.lane.kill("its thread could not be started", rig.now);
    assert_eq!(rig.lane.revive(rig.now), Some(2));
    assert!(matches!(rig.lane.next(1, rig.now), Next::Done));
    assert!(matches!(rig.lane.next(2, rig.now), Next::Open { .. }));
    assert_eq!(rig.lane.revive(rig.now), None, "only once");
}

#[derive(Debug, Clone)]
enum Op {
    Offer,
    Drive(Option<Failure>),
    Hang,
    Pass(u64),
    Renew { sink: bool, digest: bool },
    Flush,
}

fn op() -> impl Strategy<Value = Op> {
    let failure = prop::sample::select(vec![
        None,
        None,
        None,
        Some(transient()),
        Some(unusable()),
        Some(rate_limit(s(3))),
    ]);
    prop_oneof![
        4 => Just(Op::Offer),
        6 => failure.prop_map(Op::Drive),
        1 => Just(Op::Hang),
        2 => (0_u64..40).prop_map(Op::Pass),
        2 => any::<(bool, bool)>().prop_map(|(sink, digest)| Op::Renew { sink, digest }),
        1 => Just(Op::Flush),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// However often it is renewed: every alert ends once, none is given up
    /// for what an old sink did, and all that healthy sinks hold is delivered.
    #[test]
    fn a_lane_that_is_renewed_at_any_moment_keeps_its_laws(
        ops in prop::collection::vec(op(), 1..80),
    ) {
        let mut rig = opened();
        let mut call = Call::None;
        let mut offered = 0_u64;
        let mut ended = BTreeSet::new();
        // The end: another sink that works, driven until it sleeps.
        let epilogue = [Op::Renew { sink: true, digest: false }]
            .into_iter()
            .chain(std::iter::repeat_n([Op::Drive(None), Op::Pass(30)], 300).flatten());
        for op in ops.into_iter().chain(epilogue) {
            match op {
                Op::Offer => {
                    rig.info();
                    offered += 1;
                }
                Op::Pass(seconds) => rig.pass(s(seconds)),
                Op::Flush => drop(rig.flush()),
                Op::Renew { sink, digest } => {
                    let mut policy = Delivery::default();
                    policy.retry.max_attempts = u32::MAX;
                    policy.retry.max_age = s(u64::from(u32::MAX));
                    policy.digest = digest.then_some(DigestPolicy { after: 1, every: s(20) });
                    let renewal = if sink { Renewal::Sink(Limits::none()) } else { Renewal::Policy };
                    rig.lane.renew(policy, renewal, rig.now);
                }
                Op::Hang if call != Call::None => {
                    rig.hang();
                    call = Call::None;
                }
                Op::Hang => {}
                Op::Drive(failure) => {
                    let end = failure.map_or(End::Ok(()), End::Failed);
                    let generation = rig.lane.generation();
                    match call {
                        Call::Open => {
                            let end = match end {
                                End::Failed(failure) => End::Failed(failure),
                                _ => End::Ok(Limits::none()),
                            };
                            rig.lane.opened(generation, end, rig.now);
                        }
                        Call::Deliver => rig.finish(end),
                        Call::Flush => rig.flush_ends(end),
                        Call::None | Call::Recheck => {}
                    }
                    call = match rig.next() {
                        Next::Open { .. } => Call::Open,
                        Next::Deliver(_) => Call::Deliver,
                        Next::Flush { .. } => Call::Flush,
                        Next::Recheck | Next::Wait(_) => Call::None,
                        Next::Done => return Err(TestCaseError::fail("it ended by itself")),
                    };
                }
            }
            for event in rig.events() {
                if let Event::Settled(entry, outcome) = event {
                    let fine = matches!(outcome.reason(), Reason::Delivered | Reason::Deadline | Reason::Attempts | Reason::Halted);
                    prop_assert!(fine, "{outcome}");
                    for (thing, _) in entry.into_outcomes(outcome) {
                        if thing.id < super::thing::DIGEST {
                            prop_assert!(ended.insert(thing.id), "{} ended twice", thing.id);
                        }
                    }
                }
            }
        }
        prop_assert_eq!(rig.pending(), 0);
        prop_assert_eq!(ended.len() as u64, offered);
    }
}
