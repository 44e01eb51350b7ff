use std::collections::BTreeMap;
use std::time::Duration;

use alert_core::{Alert, Attempt, ConfigDuration, Secret, Text};
use alert_template_support::{Escape, Template, Values};
use alert_testkit::strategy::any_alert;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;

/// What a preset makes of alerts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    name: String,
    alerts: Vec<Alert>,
    late: Option<ConfigDuration>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    body: String,
}

/// What an answer of the service means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    status: u16,
    body: String,
    means: String,
}

fn template(preset: &Preset) -> Template {
    Template::new(&*preset.template, Escape::Json)
        .unwrap_or_else(|error| panic!("{}: {error}", preset.name))
}

fn values(params: impl IntoIterator<Item = (String, String)>) -> Values {
    let secrets = params.into_iter();
    secrets
        .map(|(name, value)| (name, Secret::new(value)))
        .collect()
}

/// A value for everything that the preset needs.
fn filled(preset: &Preset) -> Values {
    values(
        preset
            .params
            .keys()
            .map(|name| (name.clone(), "p".repeat(32))),
    )
}

/// The body of these alerts, which keeps to the limit of the preset.
fn body(preset: &Preset, alerts: &[Alert]) -> Value {
    let attempt = Attempt::first(Duration::from_secs(10));
    let items: Vec<_> = alerts.iter().map(|alert| (alert, &attempt)).collect();
    let rendered = template(preset).render(&items, &filled(preset), preset.limits.bytes);
    let text = rendered.unwrap_or_else(|error| panic!("{}: {error}", preset.name));
    serde_json::from_str(&text).unwrap()
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

#[test]
fn every_file_is_a_preset_with_words_for_people() {
    let known: Vec<&str> = names().collect();
    for name in ["alertmanager", "ntfy", "pagerduty", "slack"] {
        assert!(known.contains(&name), "{name}");
    }
    assert!(known.is_sorted());
    assert!(preset("nothing").is_none());
    let readme = include_str!("../../presets/README.md");
    for preset in all() {
        assert!(!preset.about.is_empty() && !preset.resolved.is_empty());
        assert!(!preset.tests.is_empty() && !preset.replies.is_empty());
        assert!(preset.batch >= 1);
        assert!(
            readme.contains(&format!("| `{}` |", preset.name)),
            "{}",
            preset.name
        );
        for (name, param) in &preset.params {
            assert!(!param.about.is_empty(), "{name}");
        }
        if let Some(name) = &preset.last_segment {
            assert!(preset.params.contains_key(name), "{name}");
        }
    }
}

#[test]
fn every_preset_makes_the_bodies_that_its_file_says() {
    for preset in all() {
        for case in &preset.tests {
            let late = case.late.map_or(Duration::ZERO, Duration::from);
            let attempt = Attempt::first(Duration::from_secs(10)).with_late_by(late);
            let items: Vec<_> = case.alerts.iter().map(|alert| (alert, &attempt)).collect();
            let made = template(preset)
                .render(&items, &values(case.params.clone()), preset.limits.bytes)
                .unwrap_or_else(|error| panic!("{}, {}: {error}", preset.name, case.name));
            let made: Value = serde_json::from_str(&made).unwrap();
            let expected: Value = serde_json::from_str(&case.body)
                .unwrap_or_else(|error| panic!("{}, {}: {error}", preset.name, case.name));
            assert!(
                made == expected,
                "{}, {}:\n{made:#}\nand not\n{expected:#}",
                preset.name,
                case.name
            );
        }
    }
}

#[test]
fn every_preset_reads_the_answers_that_its_file_says() {
    for preset in all() {
        for reply in &preset.replies {
            let means = match preset.reading(reply.status, reply.body.as_bytes()) {
                Reading::Taken => "taken",
                Reading::Odd => "odd",
                Reading::Common => "common",
                Reading::Means(answer) => match (answer.class, answer.until_changed) {
                    (Class::Transient, _) => "transient",
                    (Class::Rejected, _) => "rejected",
                    (Class::Unusable, false) => "unusable",
                    (Class::Unusable, true) => "unusable until changed",
                },
            };
            let (name, status, body) = (preset.name, reply.status, &reply.body);
            assert_eq!(means, reply.means, "{name}, {status} {body}");
        }
    }
}

#[test]
fn no_answer_but_the_services_own_is_a_success() {
    for preset in all() {
        for status in 200..300 {
            let reading = preset.reading(status, b"<html>please log in</html>");
            let own = preset
                .success
                .status
                .iter()
                .any(|range| range.contains(status));
            // Where nothing is known of the body, the status is all that there is.
            let blind = preset.success.body_is.is_none() && preset.success.body_json.is_none();
            match reading {
                Reading::Odd => {}
                Reading::Taken => assert!(own && blind, "{}, {status}", preset.name),
                other => panic!("{}, {status}: {other:?}", preset.name),
            }
        }
    }
}

#[test]
fn every_preset_takes_a_sample_of_each_shape() {
    for preset in all() {
        let tried = template(preset).try_samples(&filled(preset));
        tried.unwrap_or_else(|error| panic!("{}: {error}", preset.name));
    }
}

#[test]
fn a_preset_is_known_by_its_host_and_door() {
    let name = |host, path| for_host(host, path).map(|preset| preset.name);
    assert_eq!(name("hooks.slack.com", "/services/T/B/x"), Some("slack"));
    assert_eq!(name("HOOKS.slack.com.", "/services/T/B/x"), Some("slack"));
    assert_eq!(name("hooks.slack.com", "/workflows/T/A/1/x"), None);
    assert_eq!(name("hooks.slack.com.example.org", "/services/T"), None);
    assert_eq!(name("xhooks.slack.com", "/services/T"), None);
    assert_eq!(name("ntfy.sh", "/disk"), Some("ntfy"));
    assert_eq!(
        name("events.eu.pagerduty.com", "/v2/enqueue"),
        Some("pagerduty")
    );
    assert_eq!(name("events.pagerduty.com", "/integration/x"), None);
    assert_eq!(name("", ""), None);
}

#[test]
fn a_star_stands_for_the_beginning_of_a_host() {
    let mut starred = read(
        "ntfy",
        FILES.iter().find(|(name, _)| *name == "ntfy").unwrap().1,
    );
    starred.hosts = vec!["*.example.com".to_owned()];
    assert!(starred.knows("a.example.com", "/") && starred.knows("a.b.EXAMPLE.com", "/"));
    assert!(!starred.knows("example.com", "/") && !starred.knows(".example.com", "/"));
    assert!(!starred.knows("a.example.org", "/") && !starred.knows("é", "/"));
}

#[test]
fn what_a_preset_needs_is_missed_and_what_it_does_not_know_is_named() {
    let given = |names: &[&str]| {
        let names = names.iter();
        names
            .map(|name| ((*name).to_owned(), Secret::new("hunter2")))
            .collect()
    };
    let mistakes = |name: &str, params: &[&str]| preset(name).unwrap().mistakes(&given(params));
    assert_eq!(
        mistakes("pagerduty", &[]),
        ["the preset needs `routing_key`: the integration key of the service, 32 characters"]
    );
    assert_eq!(
        mistakes("pagerduty", &["routing_key", "key"]),
        ["the preset knows no `key`; it takes routing_key"]
    );
    assert_eq!(
        mistakes("slack", &["channel"]),
        ["the preset takes no params, so `channel` is not used"]
    );
    // The end of the URL says it.
    assert!(mistakes("ntfy", &[]).is_empty());
}

/// Within the limits of Slack, and nothing in it that Slack would read as markup of its own.
fn check_slack(body: &Value) {
    let headline = text(&body["text"]);
    assert!(Text::utf16(40_000).holds(headline) && !headline.trim().is_empty());
    assert!(!headline.contains(['<', '>']), "{headline}");
    let blocks = body["attachments"][0]["blocks"].as_array().unwrap();
    assert!((1..=50).contains(&blocks.len()));
    let mut texts = Vec::new();
    for block in blocks {
        match text(&block["type"]) {
            "section" if block["text"].is_object() => texts.push((&block["text"]["text"], 3_000)),
            "section" => {
                let fields = block["fields"].as_array().unwrap();
                assert!((1..=10).contains(&fields.len()));
                texts.extend(fields.iter().map(|field| (&field["text"], 2_000)));
            }
            _ => {
                let elements = block["elements"].as_array().unwrap();
                assert!((1..=10).contains(&elements.len()));
                texts.extend(elements.iter().map(|element| (&element["text"], 2_000)));
            }
        }
    }
    for (place, most) in texts {
        let shown = text(place);
        assert!(
            Text::utf16(most).holds(shown) && !shown.trim().is_empty(),
            "{shown:?}"
        );
        let link = shown.starts_with("<http") && shown.ends_with('>');
        let inside = if link {
            &shown[1..shown.len() - 1]
        } else {
            shown
        };
        assert!(!inside.contains(['<', '>']), "{shown}");
        assert!(!link || inside.matches('|').count() == 1, "{shown}");
    }
}

fn check_ntfy(body: &Value) {
    let message = text(&body["message"]);
    assert!(
        message.len() <= 4_096 && !message.trim().is_empty(),
        "{message:?}"
    );
    assert!(text(&body["title"]).len() <= 250);
    assert!((1..=5).contains(&body["priority"].as_u64().unwrap()));
    assert!(body["tags"].as_array().unwrap().len() == 1);
}

fn check_pagerduty(body: &Value) {
    let summary = text(&body["payload"]["summary"]);
    assert!(
        Text::utf16(1_024).holds(summary) && !summary.trim().is_empty(),
        "{summary:?}"
    );
    assert!(!text(&body["payload"]["source"]).trim().is_empty());
    assert!(
        (1..=255).contains(&text(&body["dedup_key"]).len()),
        "{body:#}"
    );
    assert!(["info", "warning", "critical"].contains(&text(&body["payload"]["severity"])));
    assert!(["trigger", "resolve"].contains(&text(&body["event_action"])));
}

fn check_alertmanager(body: &Value) {
    for alert in body.as_array().unwrap() {
        for (_, value) in alert["labels"].as_object().unwrap() {
            assert!((1..=255).contains(&text(value).len()), "{alert:#}");
        }
        assert!(
            alert["annotations"]
                .as_object()
                .unwrap()
                .values()
                .all(Value::is_string)
        );
        assert!(alert["endsAt"].is_null() || alert["endsAt"] == alert["startsAt"]);
    }
}

/// As long and as full of what has to be escaped as an alert can be.
fn huge(what: &str) -> Alert {
    let long = what.repeat(Alert::MAX_MESSAGE / what.len());
    let mut alert = Alert::critical(long.clone())
        .message(long.clone())
        .source(long.clone())
        .dedup_key(long.clone());
    for _ in 0..Alert::MAX_LINKS {
        let path = &long[..long.floor_char_boundary(1_900)];
        alert = alert.link(long.clone(), format!("https://example.org/{path}"));
    }
    for number in 0..1_100 {
        let value = long[..long.floor_char_boundary(240)].to_owned();
        alert = alert.context(format!("{number} {value}"), value);
    }
    alert.build()
}

/// A body of one alert, checked against the limits of its service.
fn checked(preset: &Preset, alert: &Alert) -> Value {
    let body = body(preset, std::slice::from_ref(alert));
    match preset.name {
        "slack" => check_slack(&body),
        "ntfy" => check_ntfy(&body),
        "pagerduty" => check_pagerduty(&body),
        "alertmanager" => check_alertmanager(&body),
        // A new preset is held to its limit of bytes, and to its own tests.
        _ => {}
    }
    body
}

#[test]
fn the_largest_alert_is_within_the_limits_of_every_service() {
    for what in [
        "x",
        "&",
        "<",
        "\"",
        "\0",
        "\u{1}\n",
        "😀",
        "e\u{301}",
        "👩🏽‍🚒",
        "|",
        "%",
        "\u{2028}",
    ] {
        let alert = huge(what);
        for preset in all() {
            checked(preset, &alert);
            let several: Vec<Alert> = (0..preset.batch).map(|_| alert.clone()).collect();
            body(preset, &several);
        }
    }
}

#[test]
fn blank_texts_are_no_empty_places() {
    for blank in ["", " ", "\n", "\t\r\n", "\u{a0}"] {
        let alert = Alert::info(blank)
            .message(blank)
            .source(blank)
            .context(blank, blank)
            .link(blank, blank)
            .link(blank, "https://example.org/")
            .build();
        for preset in all() {
            checked(preset, &alert);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_alert_is_within_the_limits_of_every_service(alert in any_alert()) {
        for preset in all() {
            checked(preset, &alert);
        }
    }

    #[test]
    fn what_ends_is_known_by_what_it_began_with(alert in any_alert(), other in any_alert()) {
        let same = |status, texts: &Alert| {
            let mut made = Alert::builder(alert.severity(), texts.title().to_owned())
                .message(texts.message().to_owned())
                .source(alert.source().to_owned())
                .dedup_key(alert.title().to_owned() + "k")
                .status(status);
            for (key, value) in texts.context().iter() {
                made = made.context(key.to_owned(), value);
            }
            made.build()
        };
        let (fires, ends) = (same(alert_core::Status::Firing, &alert), same(alert_core::Status::Resolved, &other));
        let of = |name: &str, alert| checked(preset(name).unwrap(), alert);
        prop_assert_eq!(&of("pagerduty", &fires)["dedup_key"], &of("pagerduty", &ends)["dedup_key"]);
        prop_assert_eq!(&of("pagerduty", &ends)["event_action"], "resolve");
        prop_assert_eq!(&of("alertmanager", &fires)[0]["labels"], &of("alertmanager", &ends)[0]["labels"]);
        prop_assert!(of("alertmanager", &fires)[0]["endsAt"].is_null());
        prop_assert!(of("alertmanager", &ends)[0]["endsAt"].is_string());
        prop_assert!(text(&of("slack", &ends)["text"]).contains("RESOLVED"));
        prop_assert!(text(&of("ntfy", &ends)["title"]).contains("RESOLVED"));
    }
}
