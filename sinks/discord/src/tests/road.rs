//! The sink in a pipeline, as its users have it.

use std::time::{Duration, Instant};

use alert_core::delivery::Delivery;
use alert_core::{Alert, LaneState, Outcome, Pipeline, Receipt, SinkEntry, Verdict};
use alert_testkit::{SAFETY, TestPipeline};

use super::{InWorld, World};
use crate::{DiscordConfig, OnRepeat};

fn pipeline(world: &World, config: DiscordConfig) -> TestPipeline {
    let mut delivery = Delivery::default();
    delivery.attempt_timeout = Duration::from_secs(365 * 24 * 3600);
    let entry = SinkEntry::config("ops", InWorld::new(config, world)).delivery(delivery);
    TestPipeline::on(&world.clock, Pipeline::builder().entry(entry))
}

#[track_caller]
fn end_of(receipt: &Receipt) -> Outcome {
    let receipt = receipt.wait(SAFETY);
    receipt
        .get("ops")
        .cloned()
        .expect("an alert comes to its end")
}

#[test]
fn a_repeat_and_the_end_edit_the_message_of_the_beginning() {
    let world = World::new();
    let pipeline = pipeline(&world, world.config().on_repeat(OnRepeat::Edit));
    let keyed = |title: &'static str| Alert::critical(title).dedup_key("d1");
    for alert in [keyed("Down"), keyed("Still down"), keyed("Down").resolved()] {
        let outcome = end_of(&pipeline.emit_tracked(alert.build()));
        assert_eq!(outcome.verdict(), Verdict::Delivered, "{outcome}");
    }
    assert!(pipeline.close(Duration::from_secs(5)));
    let discord = world.discord();
    assert_eq!((discord.messages.len(), discord.messages[0].edits), (1, 2));
    assert_eq!(discord.embeds()[0]["title"], "Resolved: Down");
}

#[test]
fn a_deleted_webhook_halts_the_lane_after_one_request() {
    let world = World::new();
    world.discord().deleted = true;
    let pipeline = pipeline(&world, world.config());
    pipeline.emit(Alert::warning("a").build());
    let lane = || pipeline.stats().sink("ops").unwrap().clone();
    let by = Instant::now() + SAFETY;
    while !matches!(lane().state, LaneState::Halted(_)) {
        assert!(Instant::now() < by, "{:?}", lane().state);
        std::thread::park_timeout(Duration::from_millis(2));
    }
    for _ in 0..10 {
        pipeline.emit(Alert::warning("b").build());
        world.clock.advance(Duration::from_secs(3600));
        std::thread::park_timeout(Duration::from_millis(2));
    }
    let LaneState::Halted(why) = lane().state else {
        panic!("{:?}", lane().state);
    };
    assert!(
        why.contains("the webhook was deleted: make a new one"),
        "{why}"
    );
    assert_eq!(world.asked().len(), 1);
    pipeline.close(Duration::from_secs(1));
}

#[test]
fn of_a_backlog_only_the_poison_is_rejected() {
    for refusal in ["poison", "moderated"] {
        let world = World::new();
        match refusal {
            "poison" => world.discord().poison = Some("bad"),
            _ => world.discord().moderated = Some("bad"),
        }
        let pipeline = pipeline(&world, world.config().per_minute(0));
        world.discord().limits = false;
        let receipts: Vec<Receipt> = (0..40)
            .map(|n| {
                let title = if n == 17 {
                    "bad".to_owned()
                } else {
                    format!("good {n}")
                };
                pipeline.emit_tracked(Alert::warning(title).build())
            })
            .collect();
        for (n, receipt) in receipts.iter().enumerate() {
            let expected = if n == 17 {
                Verdict::Rejected
            } else {
                Verdict::Delivered
            };
            assert_eq!(end_of(receipt).verdict(), expected, "{refusal} {n}");
        }
        assert_eq!(world.discord().told(), 39);
        assert!(pipeline.close(Duration::from_secs(5)));
    }
}

#[test]
fn a_try_tells_what_discord_answered() {
    let world = World::new();
    let pipeline = pipeline(&world, world.config());
    let outcome = end_of(&pipeline.emit_tracked(Alert::warning("a").build()));
    assert_eq!(outcome.answer(), Some("200 in 0 ms, 4 left in this window"));
    assert!(pipeline.close(Duration::from_secs(5)));
}
