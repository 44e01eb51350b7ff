//! Messages that are refused.

use alert_core::{Alert, ErrorClass};
use serde_json::json;

use super::discord::Said;
use super::{World, batch, is_back, numbered, one};

fn too_long(embed: &str) -> Said {
    let reason =
        json!({ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 4096 or fewer in length." });
    Said::new(
        400,
        json!({ "code": 50035, "message": "Invalid Form Body",
        "errors": { "embeds": { embed: { "description": { "_errors": [reason] } } } } }),
    )
}

#[test]
fn a_poison_embed_is_split_off_and_rejected_alone() {
    let world = World::new();
    world.discord().poison = Some("poison");
    let mut sink = world.sink(&world.config());
    let mut alerts = numbered(5);
    alerts[3] = Alert::warning("poison").build();
    let answers = batch(&mut sink, &alerts);
    let error = answers[3].as_ref().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Rejected);
    assert_eq!(
        error.to_string(),
        "discord refuses the alert: embeds.3.title: This embed is poison"
    );
    alerts.remove(3);
    assert_eq!(answers.iter().filter(|answer| is_back(answer)).count(), 4);
    assert!(batch(&mut sink, &alerts).iter().all(Result::is_ok));
    assert_eq!(world.discord().embeds().len(), 4);
}

#[test]
fn a_refusal_without_a_word_about_which_is_asked_one_by_one() {
    let world = World::new();
    world.discord().moderated = Some("forbidden");
    let mut sink = world.sink(&world.config());
    let mut alerts = numbered(12);
    alerts[3] = Alert::warning("forbidden").build();
    let answers = batch(&mut sink, &alerts);
    for answer in &answers[..10] {
        assert_eq!(answer.as_ref().unwrap_err().class(), ErrorClass::Rejected);
    }
    assert!(answers[10..].iter().all(is_back));
    assert!(one(&mut sink, &alerts[2]).is_ok());
    let error = one(&mut sink, &alerts[3]).unwrap_err();
    assert_eq!(
        (error.class(), error.code_word()),
        (ErrorClass::Rejected, Some("discord-200000"))
    );
}

#[test]
fn a_legal_text_that_is_refused_for_its_length_is_halved_and_sent_once_more() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    world.discord().scripted.push_back(too_long("0"));
    let alert = Alert::warning("t").message("x".repeat(4_000)).build();
    assert!(one(&mut sink, &alert).is_ok());
    let lengths = |world: &World| -> Vec<usize> {
        let asked = world.asked();
        let texts = asked.iter().map(|asked| {
            asked.2["embeds"][0]["description"]
                .as_str()
                .unwrap()
                .chars()
                .count()
        });
        texts.collect()
    };
    assert_eq!(lengths(&world), [4_000, 2_048]);
    world
        .discord()
        .scripted
        .extend([too_long("0"), too_long("0")]);
    let error = one(&mut sink, &alert).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Rejected);
    assert_eq!(lengths(&world), [4_000, 2_048, 4_000, 2_048]);
    assert!(
        error
            .to_string()
            .contains("embeds.0.description: Must be 4096"),
        "{error}"
    );
}

#[test]
fn a_message_that_is_too_large_is_halved_once() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    world
        .discord()
        .scripted
        .extend([Said::code(413, 40005), Said::code(413, 40005)]);
    let error = one(&mut sink, &Alert::warning("t").build()).unwrap_err();
    assert_eq!(
        (error.class(), world.asked().len()),
        (ErrorClass::Rejected, 2)
    );
}

#[test]
fn a_second_try_waits_for_the_window_and_is_not_forgotten() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    let spent = too_long("0")
        .header("x-ratelimit-remaining", 0)
        .header("x-ratelimit-reset-after", 1);
    world.discord().scripted.push_back(spent);
    let alert = Alert::warning("t").message("x".repeat(4_000)).build();
    let error = one(&mut sink, &alert).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    world.clock.advance(error.pause().unwrap());
    assert!(one(&mut sink, &alert).is_ok());
    let text = world.asked()[1].2["embeds"][0]["description"]
        .as_str()
        .unwrap()
        .chars()
        .count();
    assert_eq!(text, 2_048);
}

#[test]
fn a_mention_that_discord_refuses_costs_no_alert() {
    for part in ["allowed_mentions", "content"] {
        let world = World::new();
        let mut sink = world.sink(&world.config());
        let errors =
            json!({ part: { "_errors": [{ "code": "X", "message": "Not a snowflake." }] } });
        let body = json!({ "code": 50035, "message": "Invalid Form Body", "errors": errors });
        world.discord().scripted.push_back(Said::new(400, body));
        let error = one(&mut sink, &Alert::critical("down").build()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unusable);
        assert_eq!(
            error.to_string(),
            "discord refuses the setting `mention`: Not a snowflake; change it"
        );
    }
}

#[test]
fn what_was_refused_is_not_sent_whole_again_after_a_failure_between() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    let trouble = Said::new(503, json!({}));
    world.discord().scripted.extend([too_long("0"), trouble]);
    let alert = Alert::warning("t").message("x".repeat(4_000)).build();
    let error = one(&mut sink, &alert).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(one(&mut sink, &alert).is_ok());
    let asked = world.asked();
    assert_eq!((asked.len(), &asked[1].2), (3, &asked[2].2));
}

#[test]
fn a_digest_that_is_refused_for_a_title_is_sent_as_counts() {
    let world = World::new();
    world.discord().moderated = Some("forbidden");
    let mut sink = world.sink(&world.config().per_minute(3));
    let mut alerts = numbered(50);
    alerts[7] = Alert::warning("forbidden").build();
    alerts[9] = Alert::critical("down").build();
    let answers = batch(&mut sink, &alerts);
    for (n, answer) in answers.iter().enumerate() {
        assert!(
            if n == 9 {
                is_back(answer)
            } else {
                answer.is_ok()
            },
            "{n}: {answer:?}"
        );
    }
    let embeds = world.discord().embeds();
    assert_eq!(embeds.len(), 1);
    assert_eq!(embeds[0]["title"], "49 alerts");
    assert!(!embeds[0].to_string().contains("alert 1"));
}

#[test]
fn an_embed_beside_a_digest_is_rejected_alone_too() {
    let world = World::new();
    world.discord().poison = Some("poison");
    let mut sink = world.sink(&world.config().per_minute(2));
    let mut alerts = numbered(50);
    alerts[9] = Alert::critical("poison").build();
    let answers = batch(&mut sink, &alerts);
    assert_eq!(
        answers[9].as_ref().unwrap_err().class(),
        ErrorClass::Rejected
    );
    assert_eq!(answers.iter().filter(|answer| is_back(answer)).count(), 49);
}
