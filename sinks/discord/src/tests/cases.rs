//! Alerts and the exact messages they make.

use alert_core::{Alert, AlertBuilder, Severity, Timestamp};
use serde_json::{Value, json};

use super::{World, batch, body, sent};
use crate::{Id, Target};

const TS: &str = "2026-01-02T03:04:05.678Z";
const NOBODY: &str = "allowed_mentions";

fn at(alert: AlertBuilder) -> Alert {
    let time: Timestamp = TS.parse().unwrap();
    alert.time(time).build()
}

/// The message without the ids in its footers, which are asserted to be there.
fn shown(alerts: &[Alert]) -> Value {
    let world = World::new();
    without_ids(body(&world.config(), &world, alerts), alerts)
}

fn without_ids(mut body: Value, alerts: &[Alert]) -> Value {
    for (embed, alert) in body["embeds"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .zip(alerts)
    {
        let text = embed["footer"]["text"].as_str().unwrap().to_owned();
        let rest = text.strip_suffix(&alert.id().to_string()).unwrap();
        match rest.strip_suffix(" · ") {
            Some(rest) => embed["footer"]["text"] = rest.into(),
            None => drop(embed.as_object_mut().unwrap().remove("footer")),
        }
    }
    body
}

#[test]
fn a_title_alone() {
    assert_eq!(
        shown(&[at(Alert::warning("Disk 91% full"))]),
        json!({
            "embeds": [{ "title": "Disk 91% full", "color": 15_844_367, "timestamp": TS }],
            NOBODY: { "parse": [] },
        })
    );
}

#[test]
fn message_context_source_and_key() {
    let alert = at(Alert::critical("Down")
        .message("no reply")
        .context("count", 5)
        .source("db")
        .dedup_key("d1"));
    assert_eq!(
        shown(&[alert]),
        json!({
            "embeds": [{
                "title": "Down", "description": "no reply", "color": 15_158_332,
                "fields": [{ "name": "count", "value": "5", "inline": true }],
                "footer": { "text": "db · d1" }, "timestamp": TS,
            }],
            NOBODY: { "parse": [] },
        })
    );
}

#[test]
fn markdown_is_escaped_and_nobody_is_notified() {
    let alert = at(Alert::info("t").message("*a* @everyone <@1> [x](y)\n# b\nC:\\t"));
    let body = shown(&[alert]);
    assert_eq!(
        body["embeds"][0]["description"],
        "\\*a\\* @everyone \\<@1> \\[x](y)\n\\# b\nC:\\\\t"
    );
    assert_eq!(body["embeds"][0]["color"], 3_447_003);
    assert_eq!(body[NOBODY], json!({ "parse": [] }));
    assert!(body["content"].is_null());
}

#[test]
fn blank_values_and_names_get_a_word() {
    let body = shown(&[at(Alert::info("t").context("a", "  ").context("", "x"))]);
    assert_eq!(
        body["embeds"][0]["fields"],
        json!([
            { "name": "a", "value": "(empty)", "inline": true },
            { "name": "(no name)", "value": "x", "inline": true },
        ])
    );
}

#[test]
fn more_entries_than_fields_end_in_one_field() {
    let mut alert = Alert::info("t");
    for n in 1..=30 {
        alert = alert.context(format!("k{n}"), n);
    }
    let body = shown(&[at(alert)]);
    let fields = body["embeds"][0]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 25);
    assert_eq!(
        fields[23],
        json!({ "name": "k24", "value": "24", "inline": true })
    );
    assert_eq!(
        fields[24],
        json!({
            "name": "6 more", "inline": false,
            "value": "k25: 25\nk26: 26\nk27: 27\nk28: 28\nk29: 29\nk30: 30",
        })
    );
}

#[test]
fn a_message_that_is_too_long_is_cut_in_the_middle() {
    let body = shown(&[at(Alert::info("t").message("a".repeat(5_000)))]);
    let text = [
        &"a".repeat(2_034),
        "\n… 933 characters left out …\n",
        &"a".repeat(2_033),
    ];
    assert_eq!(body["embeds"][0]["description"], text.concat());
}

#[test]
fn ten_alerts_a_message_and_the_rest_in_the_next() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    let alerts: Vec<Alert> = (1..=12).map(|n| at(Alert::info(format!("e{n}")))).collect();
    let answers = batch(&mut sink, &alerts);
    assert!(answers[..10].iter().all(Result::is_ok) && answers[10..].iter().all(super::is_back));
    batch(&mut sink, &alerts[10..])
        .into_iter()
        .for_each(|answer| drop(answer.unwrap()));
    let titles = |body: &Value| -> Vec<String> {
        let embeds = body["embeds"].as_array().unwrap().iter();
        embeds
            .map(|embed| embed["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let asked = world.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        titles(&asked[0].2),
        (1..=10).map(|n| format!("e{n}")).collect::<Vec<_>>()
    );
    assert_eq!(titles(&asked[1].2), ["e11", "e12"]);
    for embed in world.discord().embeds() {
        assert!(embed["url"].is_null());
    }
}

#[test]
fn what_is_over_the_sum_goes_into_the_next_message() {
    let world = World::new();
    let mut sink = world.sink(&world.config());
    // With the title and the id below it, each embed has 2,500.
    let alerts: Vec<Alert> = (0..3)
        .map(|_| at(Alert::info("t".repeat(4)).message("m".repeat(2_460))))
        .collect();
    let answers = batch(&mut sink, &alerts);
    assert!(answers[0].is_ok() && answers[1].is_ok() && super::is_back(&answers[2]));
    assert!(batch(&mut sink, &alerts[2..])[0].is_ok());
    let sizes: Vec<usize> = world
        .asked()
        .iter()
        .map(|asked| asked.2["embeds"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [2, 1]);
}

#[test]
fn a_role_is_mentioned_for_its_severity_in_a_content_of_its_own() {
    let world = World::new();
    let config = world
        .config()
        .mention(Severity::Critical, [Target::Role(Id::new(42))]);
    let mut sink = world.sink(&config);
    sent(&mut sink, &at(Alert::critical("a")));
    sent(&mut sink, &at(Alert::warning("b")));
    sent(
        &mut sink,
        &at(Alert::critical("c").dedup_key("k").resolved()),
    );
    let asked = world.asked();
    assert_eq!(asked[0].2["content"], "<@&42>");
    assert_eq!(asked[0].2[NOBODY], json!({ "roles": ["42"] }));
    for (_, _, body) in &asked[1..] {
        assert!(body["content"].is_null(), "{body}");
        assert_eq!(body[NOBODY], json!({ "parse": [] }));
    }
}

#[test]
fn a_resolved_alert_is_shown_as_resolved() {
    let body = shown(&[at(Alert::critical("Down").resolved())]);
    assert_eq!(
        body["embeds"],
        json!([{ "title": "Resolved: Down", "color": 3_066_993, "timestamp": TS }])
    );
}
