//! A thousand alerts in a second.

use std::time::{Duration, Instant};

use alert_core::delivery::Delivery;
use alert_core::{Alert, Clock, Receipt, Severity, SinkEntry, Verdict};
use alert_testkit::{SAFETY, TestPipeline};

use super::discord::alerts_of;
use super::{InWorld, World, batch, is_back, numbered};

/// Passes time as the sink's pace asks for it, until all came to their end.
fn until_all_ended(world: &World, receipts: &[Receipt]) {
    let pace = world.process.pace("discord.com:443/12", 25);
    let by = Instant::now() + SAFETY;
    while !receipts
        .iter()
        .all(|receipt| receipt.peek().get("ops").is_some())
    {
        assert!(Instant::now() < by, "{:?}", world.discord().asked.len());
        let before = world.discord().asked.len();
        let pause = pace.pause(world.clock.now());
        if !pause.is_zero() {
            world.clock.advance(pause);
        }
        // The lane sees its chance on a thread of its own.
        let look = Instant::now() + Duration::from_millis(100);
        while world.discord().asked.len() == before && Instant::now() < look {
            let left = receipts
                .iter()
                .find(|receipt| receipt.peek().get("ops").is_none());
            left.map(|receipt| receipt.wait(Duration::from_millis(2)));
        }
        if world.discord().asked.len() == before {
            world.clock.advance(Duration::from_millis(100));
        }
    }
}

fn storm(alerts: Vec<Alert>) -> (World, Duration) {
    let world = World::new();
    let config = InWorld::new(world.config(), &world);
    let mut delivery = Delivery::default();
    delivery.attempt_timeout = Duration::from_secs(365 * 24 * 3600);
    let entry = SinkEntry::config("ops", config).delivery(delivery);
    let pipeline = TestPipeline::on(&world.clock, alert_core::Pipeline::builder().entry(entry));
    let began = world.clock.passed();
    let mut receipts: Vec<Receipt> = Vec::new();
    for tenth in alerts.chunks(alerts.len() / 10) {
        receipts.extend(
            tenth
                .iter()
                .cloned()
                .map(|alert| pipeline.emit_tracked(alert)),
        );
        // What the sink does meanwhile belongs to this tenth of the second.
        let (mut before, mut quiet) = (usize::MAX, 0);
        while quiet < 3 {
            // Nobody unparks this thread: it is a pause that ends by itself.
            std::thread::park_timeout(Duration::from_millis(5));
            let asked = world.discord().asked.len();
            quiet = if asked == before { quiet + 1 } else { 0 };
            before = asked;
        }
        world.clock.advance(Duration::from_millis(100));
    }
    until_all_ended(&world, &receipts);
    let took = world.clock.passed() - began;
    for receipt in &receipts {
        let outcome = receipt.peek().get("ops").cloned().unwrap();
        assert_eq!(outcome.verdict(), Verdict::Delivered, "{outcome}");
    }
    assert!(pipeline.close(Duration::from_secs(5)));
    (world, took)
}

#[test]
fn a_thousand_alerts_become_few_messages_in_which_each_is_shown_or_counted() {
    let alerts = (0..1_000).map(|n| Alert::warning(format!("disk {} full", n % 40)).build());
    let (world, took) = storm(alerts.collect());
    let discord = world.discord();
    assert_eq!(discord.told(), 1_000);
    assert_eq!(discord.answered(429), 0);
    assert_eq!(discord.answered(200), discord.asked.len());
    // Five at once, the rest when the window begins anew, if nothing of it comes too late.
    let requests = discord.asked.len();
    assert!(
        (2..=25).contains(&requests) && took <= Duration::from_secs(20),
        "{requests} {took:?}"
    );
}

#[test]
fn in_a_storm_of_all_sorts_every_critical_alert_is_shown_by_itself() {
    let alerts = (0..1_000).map(|n| {
        let severity = if n % 50 == 0 {
            Severity::Critical
        } else {
            Severity::ALL[n % 2]
        };
        Alert::builder(severity, format!("{severity} number {n}")).build()
    });
    let (world, took) = storm(alerts.collect());
    let discord = world.discord();
    assert_eq!(discord.told(), 1_000);
    assert_eq!(discord.answered(429), 0);
    let embeds = discord.embeds();
    for n in (0..1_000).step_by(50) {
        let title = format!("critical number {n}");
        let shown = embeds
            .iter()
            .filter(|e| alerts_of(e) == 1 && e["title"] == *title)
            .count();
        assert_eq!(shown, 1, "{title}");
    }
    let requests = discord.asked.len();
    assert!(
        requests <= 25 && took <= Duration::from_secs(20),
        "{requests} {took:?}"
    );
}

#[test]
fn a_thousand_critical_alerts_are_counted_rather_than_lost() {
    let alerts = (0..1_000).map(|n| Alert::critical(format!("down {n}")).build());
    let (world, took) = storm(alerts.collect());
    let discord = world.discord();
    assert_eq!((discord.told(), discord.answered(429)), (1_000, 0));
    let requests = discord.asked.len();
    assert!(
        requests <= 25 && took <= Duration::from_secs(20),
        "{requests} {took:?}"
    );
}

#[test]
fn critical_alerts_that_find_no_room_beside_the_digest_wait_for_the_next_message() {
    let world = World::new();
    let mut sink = world.sink(&world.config().per_minute(5));
    let mut alerts = numbered(80);
    for alert in &mut alerts[..20] {
        *alert = Alert::critical("down").build();
    }
    let answers = batch(&mut sink, &alerts);
    assert_eq!(
        answers[..20]
            .iter()
            .filter(|answer| is_back(answer))
            .count(),
        11
    );
    assert!(answers[20..].iter().all(Result::is_ok));
    let (shown, told) = {
        let discord = world.discord();
        (discord.embeds().len(), discord.told())
    };
    assert_eq!((shown, told), (10, 69));
    let rest = batch(&mut sink, &alerts[9..20]);
    assert_eq!(rest.iter().filter(|answer| answer.is_ok()).count(), 10);
}

#[test]
fn no_end_is_told_before_its_beginning() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    let mut alerts: Vec<Alert> = (0..20)
        .map(|n| Alert::critical("down").dedup_key(format!("k{n}")).build())
        .collect();
    alerts.extend(numbered(300));
    // The last of these waits for the next message, and so does its end.
    for n in [0, 19] {
        let up = Alert::info("down").dedup_key(format!("k{n}")).resolved();
        alerts.push(up.build());
    }
    let answers = batch(&mut sink, &alerts);
    assert!(answers[0].is_ok() && answers[320].is_ok());
    assert!(is_back(&answers[19]) && is_back(&answers[321]));
    assert_eq!(world.discord().told(), 9 + 300 + 1);
}
