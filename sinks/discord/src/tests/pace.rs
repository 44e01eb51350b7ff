//! Limits, and what wants a person.

use std::time::Duration;

use alert_core::{Alert, ErrorClass};
use serde_json::json;

use super::discord::{Discord, Said};
use super::{World, batch, numbered, one, sent};
use crate::DiscordConfig;

fn alert() -> Alert {
    Alert::warning("x").build()
}

#[test]
fn after_the_last_of_a_window_nothing_is_sent_until_it_begins_anew() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    for _ in 0..5 {
        sent(&mut sink, &alert());
    }
    let error = one(&mut sink, &alert()).unwrap_err();
    assert_eq!(
        (error.class(), error.pause()),
        (ErrorClass::Transient, Some(Duration::from_secs(2)))
    );
    assert_eq!(world.asked().len(), 5);
    world.clock.advance(Duration::from_secs(2));
    sent(&mut sink, &alert());
    assert_eq!(world.discord().answered(429), 0);
}

#[test]
fn the_hidden_limit_of_a_channel_is_not_run_into() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    let mut sent = 0;
    for _ in 0..600 {
        sent += usize::from(one(&mut sink, &alert()).is_ok());
        world.clock.advance(Duration::from_millis(200));
    }
    assert_eq!((sent, world.discord().answered(429)), (50, 0));
}

#[test]
fn a_limit_is_waited_out_as_told_and_by_every_sink_on_the_webhook() {
    let world = World::new();
    let (mut one_sink, mut other) = (world.sink(&world.config()), world.sink(&world.config()));
    let told = json!({ "message": "slow", "retry_after": 64.57, "global": false });
    world
        .discord()
        .scripted
        .push_back(Said::new(429, told).header("retry-after", 65));
    let error = one(&mut one_sink, &alert()).unwrap_err();
    let pause = error.pause().unwrap();
    assert!(
        pause >= Duration::from_secs(65) && pause < Duration::from_secs(70),
        "{pause:?}"
    );
    assert!(error.to_string().contains("goes on by itself"), "{error}");
    let error = one(&mut other, &alert()).unwrap_err();
    assert_eq!(
        (error.pause(), error.code_word()),
        (Some(pause), Some("discord-pace"))
    );
    world.clock.advance(pause - Duration::from_millis(1));
    assert!(one(&mut other, &alert()).is_err());
    world.clock.advance(Duration::from_millis(1));
    assert!(one(&mut other, &alert()).is_ok());
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn a_global_limit_and_a_ban_hold_the_sinks_of_other_webhooks_too() {
    let global = json!({ "message": "slow", "retry_after": 3, "global": true });
    for (said, least) in [
        (Said::new(429, global), 3),
        (Said::new(403, json!("error code: 1015")), 60),
    ] {
        let world = World::new();
        let elsewhere = World {
            discord: std::sync::Arc::new(std::sync::Mutex::new(Discord::new(13))),
            ..world.clone()
        };
        world.discord().scripted.push_back(said);
        one(&mut world.sink(&world.config()), &alert()).unwrap_err();
        let error = one(&mut elsewhere.sink(&elsewhere.config()), &alert()).unwrap_err();
        assert!(
            error.pause().unwrap() >= Duration::from_secs(least),
            "{error:?}"
        );
        assert!(elsewhere.asked().is_empty());
    }
}

#[test]
fn limits_without_a_time_are_waited_out_longer_and_longer() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    for minutes in [1, 2, 4] {
        world
            .discord()
            .scripted
            .push_back(Said::new(429, json!({ "message": "slow" })));
        let pause = one(&mut sink, &alert()).unwrap_err().pause().unwrap();
        assert!(
            pause >= Duration::from_secs(60 * minutes) && pause < Duration::from_secs(64 * minutes),
            "{pause:?}"
        );
        world.clock.advance(pause);
    }
    assert!(one(&mut sink, &alert()).is_ok());
}

#[test]
fn a_deleted_webhook_and_a_wrong_token_are_asked_once_and_say_what_to_do() {
    let world = World::new();
    world.discord().deleted = true;
    let error = one(&mut world.sink(&world.config()), &alert()).unwrap_err();
    assert_eq!(
        (error.class(), error.code_word()),
        (ErrorClass::Unusable, Some("discord-10015"))
    );
    assert!(
        error
            .to_string()
            .contains("make a new one in the channel's settings"),
        "{error}"
    );
    assert!(format!("{error:?}").contains("until_changed: true"));
    let world = World::new();
    let config = DiscordConfig::new("https://discord.com/api/webhooks/12/wrong-token");
    let answers = batch(&mut world.sink(&config), &numbered(3));
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(error.to_string().contains("copy its URL again"), "{error}");
    }
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn a_backlog_that_fits_what_can_be_sent_at_once_is_shown_whole() {
    let world = World::new();
    let mut sink = world.sink(&world.config().per_minute(5));
    let alerts = numbered(30);
    for round in alerts.chunks(10) {
        batch(&mut sink, round)
            .into_iter()
            .for_each(|answer| drop(answer.unwrap()));
    }
    assert_eq!(world.discord().embeds().len(), 30);
    let error = batch(&mut sink, &alerts).remove(0).unwrap_err();
    assert_eq!(error.pause(), Some(Duration::from_secs(20)));
}

#[test]
fn without_an_own_limit_every_alert_is_shown() {
    let world = World::new();
    world.discord().limits = false;
    let mut sink = world.sink(&world.config().per_minute(0));
    let answers = batch(&mut sink, &numbered(1_000));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 10);
    assert_eq!(world.discord().embeds().len(), 10);
}

#[test]
fn one_a_second_for_minutes_none_waits_longer_than_a_few_seconds() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    let mut waiting: Vec<(u64, Alert)> = Vec::new();
    let mut longest = 0;
    for tenth in 0..3_000 {
        if tenth % 10 == 0 {
            waiting.push((tenth, Alert::info("tick").build()));
        }
        let alerts: Vec<Alert> = waiting.iter().map(|(_, alert)| alert.clone()).collect();
        if !alerts.is_empty() && batch(&mut sink, &alerts)[0].is_ok() {
            longest = longest.max(tenth - waiting[0].0);
            // All that waits has room in one message.
            waiting.clear();
        }
        world.clock.advance(Duration::from_millis(100));
    }
    assert!((20..=50).contains(&longest), "{longest}");
    assert_eq!(world.discord().answered(429), 0);
    assert_eq!(world.discord().told() + waiting.len(), 300);
}

#[test]
fn a_sink_that_waits_is_not_starved_by_a_busy_one_on_its_webhook() {
    let world = World::new();
    let (mut busy, mut calm) = (world.sink(&world.config()), world.sink(&world.config()));
    while one(&mut busy, &alert()).is_ok() {}
    let mut since = 0;
    for _ in 0..1_000 {
        world.clock.advance(Duration::from_millis(100));
        // The busy one always comes first, and always has something to tell.
        let _ = one(&mut busy, &alert());
        since += 1;
        // The lane of the other comes back a little later than it was told.
        if since % 4 == 0 && one(&mut calm, &alert()).is_ok() {
            assert!(since < 100, "{since}");
            since = 0;
        }
    }
    assert!(since < 100, "{since}");
}

#[test]
fn after_a_burst_a_backlog_of_more_than_one_message_is_counted() {
    let world = World::new();
    world.discord().limits = false;
    let mut sink = world.sink(&world.config());
    while one(&mut sink, &alert()).is_ok() {}
    let before = world.discord().told();
    world.clock.advance(Duration::from_secs(5));
    let answers = batch(&mut sink, &numbered(25));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.discord().told() - before, 25);
    assert_eq!(
        world.asked().last().unwrap().2["embeds"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_lane_is_told_the_pause_with_the_last_message_of_a_window() {
    let world = World::new();
    let mut sink = world.sink(&world.config().per_minute(3));
    let pause = one(&mut sink, &alert()).unwrap().pause();
    assert_eq!(pause, None);
    let pause = one(&mut sink, &alert()).unwrap().pause();
    assert_eq!(pause, Some(Duration::from_secs(30)));
}

#[test]
fn after_a_burst_critical_alerts_wait_seconds_to_be_shown_and_more_of_them_are_counted() {
    for (criticals, counted) in [(50, false), (100, true)] {
        let world = World::new();
        world.discord().limits = false;
        let mut sink = world.sink(&world.config());
        while one(&mut sink, &alert()).is_ok() {}
        world.clock.advance(Duration::from_secs(5));
        let mut alerts = numbered(200);
        for alert in &mut alerts[..criticals] {
            *alert = Alert::critical("down").build();
        }
        let answers = batch(&mut sink, &alerts);
        let back = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(back, if counted { 0 } else { criticals - 9 });
    }
}
