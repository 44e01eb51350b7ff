//! Each row of the table of answers.

use alert_core::ErrorClass;
use serde_json::{Value, json};

use crate::errors::*;
use crate::reply::Reply;

fn reply(status: u16, body: Value) -> Reply {
    Reply {
        status,
        text: body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned),
        json: if body.is_string() { Value::Null } else { body },
        shown: "its own words".to_owned(),
        word: Some("http-x"),
        ..Reply::default()
    }
}

fn coded(status: u16, code: i64) -> Reply {
    reply(status, json!({ "code": code, "message": "Its own words" }))
}

#[track_caller]
fn failed(reply: &Reply, class: ErrorClass, until_changed: bool, part: &str) {
    match judge(reply, Call::Post) {
        Judged::Failed(error) => {
            assert_eq!(error.class(), class, "{reply:?}");
            let text = error.to_string();
            assert!(text.contains(part), "{text}");
            assert!(
                !text.ends_with('.') && !text.starts_with(char::is_uppercase),
                "{text}"
            );
            let halts = format!("{error:?}").contains("until_changed: true");
            assert_eq!(halts, until_changed, "{reply:?}");
        }
        other => panic!("{reply:?} is judged {other:?}"),
    }
}

#[test]
fn every_success_is_a_success() {
    for status in [200, 201, 204, 299] {
        let judged = judge(&reply(status, json!("")), Call::Post);
        assert!(matches!(judged, Judged::Taken), "{status}");
    }
}

#[test]
fn limits_are_waited_for_by_whom_they_reach() {
    let told =
        json!({ "message": "You are being rate limited.", "retry_after": 1.5, "global": false });
    let everywhere = json!({ "message": "x", "retry_after": 1.5, "global": true });
    let cases = [
        (reply(429, told), Reach::Webhook),
        (reply(429, json!("")), Reach::Webhook),
        (reply(429, everywhere), Reach::Everywhere),
        (reply(429, json!("error code: 1015")), Reach::Ban),
        (reply(403, json!("error code: 1015")), Reach::Ban),
        (reply(403, json!("<html>Error 1015</html>")), Reach::Ban),
        (reply(429, json!("<html>slow</html>")), Reach::Ban),
        (
            reply(
                429,
                json!({ "code": 0, "message": "You are being blocked from accessing our API" }),
            ),
            Reach::Ban,
        ),
        (coded(400, 20016), Reach::Webhook),
        (coded(400, 20028), Reach::Webhook),
        (coded(403, 20029), Reach::Webhook),
        (coded(400, 40062), Reach::Webhook),
    ];
    for (reply, reach) in cases {
        match judge(&reply, Call::Post) {
            Judged::Wait(found) => assert_eq!(found, reach, "{reply:?}"),
            other => panic!("{reply:?} is judged {other:?}"),
        }
    }
    let mut header = reply(429, json!({ "retry_after": 1 }));
    header.global = true;
    assert!(matches!(
        judge(&header, Call::Post),
        Judged::Wait(Reach::Everywhere)
    ));
}

#[test]
fn trouble_of_discord_is_transient() {
    for status in [500, 502, 503, 504, 520, 521, 524, 530, 599] {
        failed(
            &reply(status, json!("<html>")),
            ErrorClass::Transient,
            false,
            "trouble",
        );
    }
    for code in [130_000, 40004, 40006] {
        failed(&coded(400, code), ErrorClass::Transient, false, "trouble");
    }
    failed(&coded(400, 30046), ErrorClass::Transient, false, "too old");
    failed(
        &reply(408, json!("")),
        ErrorClass::Transient,
        false,
        "trouble",
    );
}

#[test]
fn a_deleted_webhook_a_wrong_token_and_a_wrong_address_halt_until_the_entry_changes() {
    let unusable = ErrorClass::Unusable;
    failed(
        &coded(404, 10015),
        unusable,
        true,
        "was deleted: make a new one",
    );
    for code in [50027, 40001, 50014] {
        failed(
            &coded(401, code),
            unusable,
            true,
            "token is wrong or was renewed: copy its URL again",
        );
    }
    failed(&reply(401, json!("")), unusable, true, "token is wrong");
    failed(&coded(404, 10003), unusable, true, "check `thread_id`");
    for reply in [
        reply(404, json!("")),
        reply(405, json!("<html>")),
        reply(302, json!("")),
    ] {
        failed(&reply, unusable, true, "not the address of a webhook");
    }
    for code in [10016, 50041] {
        failed(
            &coded(400, code),
            unusable,
            true,
            "not the address of a webhook",
        );
    }
}

#[test]
fn what_a_setting_of_discord_can_heal_is_unusable_and_says_which() {
    for (status, code, part) in [
        (403, 50001, "discord forbids it"),
        (403, 50013, "discord forbids it"),
        (403, 99999, "discord forbids it"),
        (403, 40333, "User-Agent"),
        (400, 220_001, "set `thread_id`"),
        (400, 40058, "set `thread_id`"),
        (400, 220_002, "not both"),
        (400, 220_003, "remove `thread_name`"),
        (400, 220_004, "use the plain one"),
        (400, 40067, "applied_tags"),
        (400, 40066, "applied_tags"),
        (400, 160_005, "locked"),
        (400, 160_006, "too many active threads"),
        (400, 50083, "archived"),
    ] {
        failed(&coded(status, code), ErrorClass::Unusable, false, part);
    }
    failed(
        &reply(403, json!("error code: 1010")),
        ErrorClass::Unusable,
        false,
        "User-Agent",
    );
    for setting in [
        "username",
        "avatar_url",
        "thread_name",
        "applied_tags",
        "thread_id",
    ] {
        let body =
            json!({ "code": 50035, "errors": { setting: { "_errors": [{ "message": "No" }] } } });
        failed(
            &reply(400, body),
            ErrorClass::Unusable,
            false,
            &format!("`{setting}`: No"),
        );
    }
}

#[test]
fn what_is_in_the_message_is_refused() {
    for (status, code) in [
        (400, 50035),
        (400, 50006),
        (400, 50109),
        (400, 200_000),
        (400, 200_001),
        (400, 240_000),
        (400, 20009),
        (422, 99999),
    ] {
        match judge(&coded(status, code), Call::Post) {
            Judged::Refused(refusal) => assert!(!refusal.too_long, "{code}"),
            other => panic!("{code} is judged {other:?}"),
        }
    }
    for reply in [coded(400, 40005), reply(413, json!("<html>"))] {
        match judge(&reply, Call::Post) {
            Judged::Refused(refusal) => assert!(refusal.too_long),
            other => panic!("{reply:?} is judged {other:?}"),
        }
    }
}

#[test]
fn an_edit_of_a_message_that_is_gone_is_posted_anew() {
    for (status, code) in [(404, 10008), (400, 30046), (400, 50083)] {
        assert!(
            matches!(judge(&coded(status, code), Call::Edit), Judged::Anew),
            "{code}"
        );
    }
    assert!(matches!(
        judge(&coded(404, 10015), Call::Edit),
        Judged::Failed(_)
    ));
}

#[test]
fn each_code_has_its_word_and_each_other_answer_that_of_its_status() {
    for code in CODES {
        let expected = format!("discord-{code}");
        assert_eq!(word(&coded(400, *code)), Some(expected.as_str()));
    }
    assert_eq!(word(&coded(400, 1)), Some("http-x"));
    assert_eq!(
        word(&reply(403, json!("error code: 1015"))),
        Some("discord-1015")
    );
}
