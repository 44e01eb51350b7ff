//! A resolved alert follows its firing one: named cases.

use super::lives::Post;
use super::thing::{ambiguous, rejected, s, transient, until_changed};
use crate::alert::Severity;
use crate::pipeline::Reason;
use crate::pipeline::lane::opens;
use crate::policy::{Dedup, Delivery, Filter, Queue, Same, Throttle};
use crate::sink::{Delivered, Limits};

fn policy() -> Delivery {
    let mut policy = Delivery::default();
    policy.batch.max = 10;
    policy.retry.max_attempts = 2;
    policy
}

fn gated(dedup: Option<u64>, throttle: Option<u32>) -> Delivery {
    Delivery {
        dedup: dedup.map(|within| Dedup { within: s(within) }),
        throttle: throttle.map(|at_most| Throttle {
            at_most,
            every: s(3_600),
            same: Same::Sink,
        }),
        ..policy()
    }
}

#[test]
fn a_resolved_alert_whose_firing_was_delivered_is_sent_as_it_is() {
    let mut post = Post::opened(policy());
    post.firing("k").unwrap();
    assert_eq!(post.delivers(), [(0, None)]);
    post.resolved("k").unwrap();
    assert_eq!(post.delivers(), [(1, None)]);
    assert_eq!(post.lane.opens.len(), (0, 0), "the key is closed");
}

#[test]
fn where_the_firing_was_lost_one_message_tells_both_until_one_gets_through() {
    let mut post = Post::opened(policy());
    post.firing("k").unwrap();
    post.takes();
    post.fails(rejected());
    post.resolved("k").unwrap();
    assert_eq!(post.takes(), [(1, Some(0))]);
    post.fails(transient());
    assert_eq!(post.takes(), [(1, Some(0))], "told again by the next try");
    post.fails(transient());
    post.resolved("k").unwrap();
    assert_eq!(post.takes(), [(2, Some(0))], "told by the next one too");
    assert_eq!(post.lane.lost().rejected, 1, "the count is another matter");
    post.ends(crate::pipeline::lane::End::Ok(()));
    post.resolved("k").unwrap();
    assert_eq!(post.delivers(), [(3, None)], "an ordinary alert now");
}

#[test]
fn what_is_told_of_a_lost_firing_is_its_time_title_severity_and_reason() {
    let mut post = Post::opened(policy());
    post.emit(Some("k"), false, Severity::Critical).unwrap();
    post.takes();
    post.fails(rejected());
    post.resolved("k").unwrap();
    let firing = post.work().members.remove(0).firing.unwrap();
    assert_eq!(
        firing.to_string(),
        "also tells of its firing at 1970-01-01T00:00:00.000Z, which was not delivered: \
         rejected: refused (critical: 0)"
    );
}

#[test]
fn a_firing_and_its_resolved_never_share_a_batch() {
    let mut post = Post::opened(policy());
    post.firing("other").unwrap();
    post.firing("k").unwrap();
    post.firing("k").unwrap();
    post.resolved("k").unwrap();
    post.resolved("other").unwrap();
    post.firing("k").unwrap();
    assert_eq!(post.takes(), [(0, None), (1, None), (2, None)]);
    post.settle(0, Ok(Delivered::new()));
    post.settle(1, Err(rejected()));
    post.fails(rejected());
    let next = post.delivers();
    assert_eq!(next, [(3, Some(1)), (4, None)]);
    assert_eq!(post.delivers(), [(5, None)], "nor does what fires again");
}

#[test]
fn of_repeats_one_delivered_is_enough() {
    let mut post = Post::opened(policy());
    for _ in 0..3 {
        post.firing("k").unwrap();
    }
    post.takes();
    post.settle(0, Err(rejected()));
    post.settle(1, Ok(Delivered::new()));
    post.settle(2, Err(rejected()));
    post.ends(crate::pipeline::lane::End::Ok(()));
    post.resolved("k").unwrap();
    assert_eq!(post.delivers(), [(3, None)]);
}

#[test]
fn what_fires_again_behind_a_waiting_resolved_belongs_to_the_next_one() {
    let mut post = Post::opened(Delivery {
        queue: Queue {
            alerts: 3,
            ..Queue::default()
        },
        ..policy()
    });
    post.firing("k").unwrap();
    post.delivers();
    post.emit(Some("k"), true, Severity::Critical).unwrap();
    // Shed by the third critical one, while the first still waits.
    post.emit(Some("k"), false, Severity::Info).unwrap();
    post.emit(Some("k"), true, Severity::Critical).unwrap();
    post.emit(None, false, Severity::Critical).unwrap();
    assert_eq!(post.lane.lost().shed, 1);
    assert_eq!(post.delivers(), [(1, None)]);
    assert_eq!(post.delivers(), [(3, Some(2)), (4, None)]);
}

#[test]
fn an_open_key_passes_filter_dedup_and_throttle() {
    let filter = Filter::all().min_severity(Severity::Critical);
    let mut post = Post::new(gated(Some(60), Some(1)), filter, Limits::none());
    post.emit(Some("k"), false, Severity::Critical).unwrap();
    assert_eq!(
        post.emit(Some("k"), true, Severity::Info),
        Ok(()),
        "it waits"
    );
    assert_eq!(
        post.emit(Some("k"), true, Severity::Critical),
        Err(Reason::Duplicate),
        "its resolution is on its way"
    );
    assert_eq!(
        post.emit(Some("other"), true, Severity::Info),
        Err(Reason::MinSeverity),
        "unknown: an ordinary alert"
    );
}

#[test]
fn a_repeat_of_a_resolved_alert_is_a_duplicate_once_its_key_is_closed() {
    let mut post = Post::opened(gated(Some(60), None));
    post.firing("k").unwrap();
    post.delivers();
    post.resolved("k").unwrap();
    post.delivers();
    assert_eq!(post.resolved("k"), Err(Reason::Duplicate));
}

#[test]
fn a_firing_that_was_filtered_here_leaves_its_resolved_an_ordinary_alert() {
    let filter = Filter::all().min_severity(Severity::Warning);
    let mut post = Post::new(policy(), filter, Limits::none());
    let info = Severity::Info;
    assert_eq!(post.emit(Some("k"), false, info), Err(Reason::MinSeverity));
    assert_eq!(post.emit(Some("k"), true, info), Err(Reason::MinSeverity));
    assert_eq!(post.lane.opens.len(), (0, 0));
}

#[test]
fn a_firing_that_the_throttle_held_back_is_told_by_its_resolved() {
    let mut post = Post::opened(gated(None, Some(1)));
    post.firing("a").unwrap();
    assert_eq!(post.firing("k"), Err(Reason::Throttled));
    assert_eq!(
        post.resolved("k"),
        Err(Reason::Throttled),
        "a storm held back does not come in as resolved ones"
    );
    post.now += s(3_600);
    post.resolved("k").unwrap();
    assert_eq!(post.delivers(), [(0, None), (3, Some(1))]);
    assert_eq!(post.lane.opens.len(), (1, 0));
}

#[test]
fn a_repeat_after_its_resolution_that_dedup_held_back_is_told_by_the_next_resolved() {
    let mut post = Post::opened(gated(Some(60), None));
    post.firing("k").unwrap();
    post.delivers();
    post.resolved("k").unwrap();
    assert_eq!(post.firing("k"), Err(Reason::Duplicate));
    assert_eq!(post.delivers(), [(1, None)]);
    post.resolved("k").unwrap();
    assert_eq!(post.delivers(), [(3, Some(2))]);
}

#[test]
fn an_answer_that_stayed_out_is_a_loss_of_the_firing() {
    let mut post = Post::opened(policy());
    post.firing("k").unwrap();
    for _ in 0..2 {
        post.takes();
        post.fails(ambiguous());
    }
    post.resolved("k").unwrap();
    assert_eq!(post.takes(), [(1, Some(0))]);
}

#[test]
fn what_a_halted_lane_gave_up_is_told_once_it_works_again() {
    let mut post = Post::opened(policy());
    post.firing("k").unwrap();
    post.takes();
    post.fails(until_changed());
    post.resolved("k").unwrap();
    post.lane.rechecked(true, post.now);
    post.lane.next(post.lane.generation(), post.now);
    post.sink_opens(true);
    post.resolved("k").unwrap();
    assert_eq!(post.delivers(), [(2, Some(0))]);
}

#[test]
fn a_key_that_had_to_make_room_is_unknown() {
    let mut post = Post::opened(policy());
    post.firing("first").unwrap();
    post.takes();
    post.fails(rejected());
    for n in 0..opens::KEYS {
        post.firing(&n.to_string()).unwrap();
        post.delivers();
        assert!(post.lane.opens.len().0 <= opens::KEYS);
    }
    post.resolved("first").unwrap();
    let last = post.resolved("0");
    assert_eq!(last, Ok(()));
    let told = post.delivers();
    assert_eq!(
        told.iter().map(|told| told.1).collect::<Vec<_>>(),
        [None, None]
    );
    let left = opens::KEYS - 1;
    assert_eq!(
        post.lane.opens.len().0,
        left,
        "the one that was known closed"
    );
}

#[test]
fn a_storm_that_is_held_back_displaces_no_key_that_was_told_and_stays_held_back() {
    let mut post = Post::opened(gated(None, Some(1)));
    post.firing("told").unwrap();
    post.delivers();
    for n in 0..10_000 {
        assert_eq!(post.firing(&n.to_string()), Err(Reason::Throttled));
    }
    assert_eq!(post.lane.opens.len(), (1, opens::HELD_BACK));
    let passed = (0..10_000).filter(|n| post.resolved(&n.to_string()).is_ok());
    assert_eq!(passed.count(), 0);
    post.resolved("told").unwrap();
    let told: Vec<_> = post.delivers().iter().map(|told| told.1).collect();
    assert_eq!(told, [None]);
    assert_eq!(post.lane.opens.len(), (0, opens::HELD_BACK));
}
