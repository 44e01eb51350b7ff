//! Repeats and ends that edit the message of the beginning.

use std::time::Duration;

use alert_core::{Alert, Attempt, Handle, Severity, SinkConfig};
use serde_json::json;

use super::discord::Said;
use super::{WITHIN, World, batch, one};
use crate::{DiscordSink, Id, OnRepeat, Target};

fn down() -> Alert {
    Alert::critical("Down").dedup_key("d1").build()
}

fn up() -> Alert {
    Alert::critical("Down").dedup_key("d1").resolved().build()
}

fn after(sink: &mut DiscordSink, handle: &Handle, alert: &Alert) -> Option<Handle> {
    use alert_core::Sink;
    let attempt = Attempt::first(WITHIN).with_previous(handle);
    sink.deliver(alert, &attempt).unwrap().handle().cloned()
}

#[test]
fn the_end_edits_the_message_of_the_beginning_into_its_resolved_form() {
    let world = World::new();
    let config = world
        .config()
        .on_repeat(OnRepeat::Edit)
        .mention(Severity::Critical, [Target::Role(Id::new(42))]);
    assert!(config.limits().edits);
    let mut sink = world.sink(&config);
    let handle = one(&mut sink, &down()).unwrap().handle().cloned().unwrap();
    assert_eq!(after(&mut sink, &handle, &down()).as_ref(), Some(&handle));
    assert_eq!(after(&mut sink, &handle, &up()).as_ref(), Some(&handle));
    let asked = world.asked();
    assert_eq!(asked[2].0, "PATCH");
    assert!(
        asked[2].1.ends_with(&format!("/messages/{handle}")),
        "{}",
        asked[2].1
    );
    for (_, _, body) in &asked[1..] {
        // Nobody is notified by an edit, and the embeds are all that changes.
        assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        assert_eq!(body.as_object().unwrap().len(), 2);
    }
    let discord = world.discord();
    assert_eq!((discord.messages.len(), discord.messages[0].edits), (1, 2));
    let embed = &discord.messages[0].body["embeds"][0];
    assert_eq!(
        (embed["title"].as_str(), embed["color"].as_u64()),
        (Some("Resolved: Down"), Some(3_066_993))
    );
}

#[test]
fn a_message_that_is_gone_or_too_old_is_posted_anew_in_the_same_call() {
    for code in [10008, 30046] {
        let world = World::new();
        let mut sink = world.sink(&world.config().on_repeat(OnRepeat::Edit));
        let handle = Handle::new("77");
        world.discord().scripted.push_back(Said::code(404, code));
        let new = after(&mut sink, &handle, &up()).unwrap();
        let asked = world.asked();
        let calls: Vec<&str> = asked.iter().map(|asked| asked.0.as_str()).collect();
        assert_eq!(calls, ["PATCH", "POST"], "{code}");
        assert_eq!(asked[0].2, asked[1].2);
        assert_eq!(after(&mut sink, &new, &up()).as_ref(), Some(&new));
        // It is known to be gone, and not asked for again.
        after(&mut sink, &handle, &up()).unwrap();
        assert_eq!(world.asked().last().unwrap().0, "POST");
    }
}

#[test]
fn the_window_is_waited_out_between_an_edit_and_the_message_in_its_place() {
    use alert_core::Sink;
    let world = World::new();
    let mut sink = world.sink(&world.config().on_repeat(OnRepeat::Edit));
    let gone = Said::code(404, 10008)
        .header("x-ratelimit-remaining", 0)
        .header("x-ratelimit-reset-after", "1.5");
    world.discord().scripted.push_back(gone);
    let handle = Handle::new("77");
    let attempt = Attempt::first(WITHIN).with_previous(&handle);
    let error = sink.deliver(&up(), &attempt).unwrap_err();
    assert_eq!(error.pause(), Some(Duration::from_millis(1_500)));
    world.clock.advance(Duration::from_millis(1_500));
    assert!(sink.deliver(&up(), &attempt).is_ok());
    let calls: Vec<String> = world.asked().into_iter().map(|asked| asked.0).collect();
    assert_eq!(calls, ["PATCH", "POST"]);
}

#[test]
fn messages_of_a_thread_are_edited_in_it() {
    let world = World::new();
    let mut sink = world.sink(
        &world
            .config()
            .on_repeat(OnRepeat::Edit)
            .thread_id(Id::new(5)),
    );
    let handle = one(&mut sink, &down()).unwrap().handle().cloned().unwrap();
    after(&mut sink, &handle, &up()).unwrap();
    let asked = world.asked();
    assert!(
        asked[0].1.ends_with("?wait=true&thread_id=5"),
        "{}",
        asked[0].1
    );
    assert!(asked[1].1.ends_with("?thread_id=5"), "{}", asked[1].1);
    assert_eq!(world.discord().messages.len(), 1);
}

#[test]
fn in_a_forum_each_message_has_a_thread_and_its_edits_go_there() {
    let world = World::new();
    world.discord().forum = true;
    world.discord().limits = false;
    let config = world
        .config()
        .on_repeat(OnRepeat::Edit)
        .thread_name("{{ severity }}: {{ title }}")
        .applied_tags([Id::new(3)]);
    let mut sink = world.sink(&config);
    let handle = one(&mut sink, &down()).unwrap().handle().cloned().unwrap();
    assert_eq!(after(&mut sink, &handle, &up()).as_ref(), Some(&handle));
    let asked = world.asked();
    assert_eq!(asked[0].2["thread_name"], "critical: Down");
    assert_eq!(asked[0].2["applied_tags"], json!(["3"]));
    let thread = world.discord().messages[0].channel.clone();
    assert!(
        asked[1].1.ends_with(&format!("?thread_id={thread}")),
        "{}",
        asked[1].1
    );

    // Closed: a message in it opens it again.
    world.discord().archived.push(thread.clone());
    let second = after(&mut sink, &handle, &up()).unwrap();
    assert_eq!(world.discord().messages[1].channel, thread);
    let body = world.asked().last().unwrap().2.clone();
    assert!(body["thread_name"].is_null() && body["applied_tags"].is_null());

    // Removed: the next message makes a new one.
    world.discord().gone_threads.push(thread.clone());
    let third = after(&mut sink, &second, &up()).unwrap();
    assert_ne!(world.discord().messages[2].channel, thread);
    assert_eq!(after(&mut sink, &third, &up()).as_ref(), Some(&third));
}

#[test]
fn a_thread_that_is_locked_costs_its_own_message_and_not_the_sink() {
    for codes in [vec![160_005], vec![50083, 160_005], vec![50083, 10003]] {
        let world = World::new();
        world.discord().forum = true;
        let config = world.config().on_repeat(OnRepeat::Edit);
        let mut sink = world.sink(&config.thread_name("{{ title }}"));
        let handle = one(&mut sink, &down()).unwrap().handle().cloned().unwrap();
        let requests = codes.len() + 2;
        for code in codes {
            world.discord().scripted.push_back(Said::code(400, code));
        }
        let next = after(&mut sink, &handle, &up()).unwrap();
        assert_ne!(next, handle);
        let asked = world.asked();
        assert_eq!(asked.len(), requests);
        assert_eq!(asked[requests - 1].2["thread_name"], "Down");
        // What is known is not asked for again.
        after(&mut sink, &handle, &up()).unwrap();
        let asked = world.asked();
        assert_eq!(asked.len(), requests + 1);
        assert_eq!(asked[requests].2["thread_name"], "Down");
    }
}

#[test]
fn the_thread_of_the_config_is_not_left_when_it_is_locked() {
    use alert_core::Sink;
    let world = World::new();
    let config = world.config().on_repeat(OnRepeat::Edit);
    let mut sink = world.sink(&config.thread_id(Id::new(5)));
    let handle = one(&mut sink, &down()).unwrap().handle().cloned().unwrap();
    world.discord().scripted.push_back(Said::code(400, 160_005));
    let attempt = Attempt::first(WITHIN).with_previous(&handle);
    let error = sink.deliver(&up(), &attempt).unwrap_err();
    assert!(error.to_string().contains("thread is locked"), "{error}");
    assert_eq!(world.asked().len(), 2);
}

#[test]
fn with_little_time_left_a_second_request_is_left_to_the_next_call() {
    use alert_core::Sink;
    let world = World::new();
    let mut sink = world.sink(&world.config().on_repeat(OnRepeat::Edit));
    let handle = Handle::new("77");
    let attempt = Attempt::first(Duration::from_secs(1)).with_previous(&handle);
    let scripts = [
        vec![Said::code(404, 10008)],
        vec![Said::code(400, 50083)],
        vec![Said::code(413, 40005)],
    ];
    for (script, handle) in scripts.into_iter().zip(["71", "72", "73"]) {
        let handle = Handle::new(handle);
        let attempt = attempt.clone().with_previous(&handle);
        let before = world.asked().len();
        world.discord().scripted.extend(script);
        let error = sink.deliver(&up(), &attempt).unwrap_err();
        assert_eq!(error.code_word(), Some("discord-pace"));
        assert_eq!(world.asked().len(), before + 1);
    }
    // The refusal is remembered: what it was about is halved.
    let long = Alert::critical("t").message("x".repeat(4_000)).build();
    for _ in 0..2 {
        world.discord().scripted.push_back(Said::code(413, 40005));
        let error = sink.deliver(&long, &attempt).unwrap_err();
        let is_last = error.class() == alert_core::ErrorClass::Rejected;
        let body = world.asked().last().unwrap().2.clone();
        let text = body["embeds"][0]["description"].as_str().unwrap();
        let text = text.chars().count();
        assert_eq!(text, if is_last { 2_048 } else { 4_000 });
    }
    let last = world.asked().last().unwrap().2.to_string();
    assert!(last.contains("left out"), "{last}");
}

#[test]
fn without_editing_everything_is_posted_and_nothing_has_a_handle() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    assert!(!world.config().limits().edits);
    assert_eq!(one(&mut sink, &down()).unwrap().handle(), None);
    assert_eq!(after(&mut sink, &Handle::new("77"), &up()), None);
    assert_eq!(world.discord().messages.len(), 2);
}

#[test]
fn a_handle_of_another_sink_is_not_asked_for_and_several_alerts_have_none() {
    let world = World::new();
    let mut sink = world.sink(&world.config().on_repeat(OnRepeat::Edit));
    assert!(after(&mut sink, &Handle::new("../../1"), &up()).is_some());
    assert_eq!(world.asked()[0].0, "POST");
    let answers = batch(&mut sink, &[down(), up()]);
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().handle().is_none())
    );
}
