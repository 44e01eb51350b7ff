//! The command with the sinks that speak HTTP, and a service on this machine.
#![cfg(all(feature = "discord", feature = "generic-webhook"))]

mod common;

use std::time::Duration;

use alert_testkit::http::{HttpServer, Reply};
use common::{Home, Ran, run};
use serde_json::{Value, json};

const TOKEN: &str = "s3cret-token";

/// Runs it without a config, but with this address.
fn told_too(home: &Home, address: &str, arguments: &[&str]) -> Ran {
    let mut command = home.command();
    command
        .env("XDG_CONFIG_DIRS", home.path())
        .env("ALERT_WEBHOOK", address);
    run(command.args(arguments))
}

fn config(discord: &HttpServer, hook: &HttpServer) -> Home {
    let home = Home::new();
    let discord = discord.url(&format!("/api/webhooks/1/{TOKEN}"));
    let hook = hook.url(&format!("/{TOKEN}"));
    let discord = format!("[sinks.chat]\ntype = \"discord\"\nurl = \"{discord}\"\n");
    let hook = format!("[sinks.hook]\ntype = \"generic-webhook\"\nurl = \"{hook}\"\n");
    home.write("alert.toml", discord + &hook);
    home
}

fn taken() -> Reply {
    Reply::status(200)
        .header("x-ratelimit-remaining", "4")
        .header("x-ratelimit-reset-after", "1")
        .json(json!({ "id": "1099511627776" }))
}

#[test]
fn alert_webhook_is_told_beside_the_log() {
    let server = HttpServer::start([Reply::status(204)]);
    let home = Home::new();
    let address = server.url("/hook");
    let ran = told_too(
        &home,
        &address,
        &["emit", "warning", "disk full", "-c", "count=5"],
    );
    assert!(ran.is_quiet(), "{ran:?}");
    assert_eq!(home.log().len(), 1);
    let received = server.received();
    let body: Value = serde_json::from_slice(received[0].body()).unwrap();
    assert_eq!((received.len(), received[0].target()), (1, "/hook"));
    assert_eq!(
        (&body["title"], &body["context"]["count"]),
        (&json!("disk full"), &json!(5))
    );
}

#[test]
fn an_alert_webhook_that_cannot_be_one_costs_the_log_nothing_and_is_not_shown() {
    let home = Home::new();
    for (lines, address) in [(1, TOKEN), (2, "https://example.org:s3cret/")] {
        let ran = told_too(&home, address, &["emit", "info", "t"]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        assert!(ran.err.contains("ALERT_WEBHOOK"), "{ran:?}");
        assert!(!ran.err.contains("s3cret"), "{ran:?}");
        assert_eq!(home.log().len(), lines);
    }
}

#[test]
fn a_test_tells_what_was_answered_and_never_the_address() {
    let sound = HttpServer::start([taken()]);
    for (reply, code, told) in [
        (Reply::status(204), 0, "hook: delivered in "),
        (
            Reply::echo().with_status(400),
            1,
            "hook: rejected: refused: answered 400 bad request",
        ),
        (
            Reply::status(404),
            1,
            "hook: abandoned: answered 404 not found",
        ),
        (
            Reply::status(503).body("later"),
            1,
            "hook: abandoned after ",
        ),
    ] {
        let server = HttpServer::start([reply]);
        let home = config(&sound, &server);
        let test = ["test", "--config", "alert.toml", "--timeout", "1s"];
        let ran = home.run(test);
        assert_eq!(ran.code, code, "{ran:?}");
        let chat = ran.out.lines().nth(1).unwrap();
        assert!(
            chat.starts_with("  the service answered 200 in "),
            "{ran:?}"
        );
        assert!(chat.ends_with(" ms, 4 left in this window"), "{ran:?}");
        assert!(ran.out.contains(&format!("\n{told}")), "{ran:?}");
        let hook = ran.out.lines().nth(3).unwrap();
        assert!(hook.starts_with("  the service answered "), "{ran:?}");
        assert!(!format!("{ran:?}").contains(TOKEN), "{ran:?}");
    }
}

#[test]
fn a_test_of_a_service_that_hangs_ends_in_time_with_a_sentence() {
    let server = HttpServer::start([Reply::hang_before_headers()]);
    let home = Home::new();
    let address = server.url("/hook");
    let ran = told_too(&home, &address, &["test", "webhook", "--timeout", "1s"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with("webhook: abandoned"), "{ran:?}");
    // What of the seven tenths was left when it was asked.
    let within = [": no answer within 7", ": no answer within 6"];
    assert!(within.iter().any(|told| ran.out.contains(told)), "{ran:?}");
    assert!(ran.took < Duration::from_secs(5), "{ran:?}");
}

/// Without what differs from alert to alert.
fn message(body: &[u8]) -> Value {
    let mut body: Value = serde_json::from_slice(body).unwrap();
    for pointer in ["/id", "/time", "/embeds/0/footer", "/embeds/0/timestamp"] {
        if let Some(value) = body.pointer_mut(pointer) {
            *value = Value::Null;
        }
    }
    body
}

#[test]
fn what_explain_shows_is_what_emit_sends() {
    let (chat, hook) = (
        HttpServer::start([taken()]),
        HttpServer::start([Reply::status(204)]),
    );
    let home = config(&chat, &hook);
    let alert = [
        "critical",
        "disk full",
        "on `db-1`",
        "-c",
        "free=0",
        "--config",
        "alert.toml",
    ];
    let explained = home.run([&["explain", "--json"], &alert[..]].concat());
    assert!(chat.received().is_empty() && hook.received().is_empty());
    assert!(!format!("{explained:?}").contains(TOKEN), "{explained:?}");
    let emitted = home.run([&["emit", "--strict"], &alert[..]].concat());
    assert_eq!(emitted.code, 0, "{emitted:?}");
    for (name, server) in [("chat", &chat), ("hook", &hook)] {
        let preview = &explained.json()["sinks"][name]["preview"];
        let body = preview["body"].as_str().unwrap();
        assert_eq!(
            message(body.as_bytes()),
            message(server.received()[0].body())
        );
        let headline = preview["headline"].as_str().unwrap();
        assert!(headline.starts_with("POST application/json"), "{headline}");
    }
}

#[test]
fn a_body_is_spread_over_lines_for_a_person_and_compact_in_json() {
    let server = HttpServer::start([taken()]);
    let home = config(&server, &server);
    let explain = ["explain", "critical", "down", "--config", "alert.toml"];
    let ran = home.run([&explain[..], &["--body"]].concat());
    assert!(ran.out.contains("\"embeds\": [\n"), "{ran:?}");
    let json = home.run([&explain[..], &["--json"]].concat()).json();
    let body = json["sinks"]["chat"]["preview"]["body"].as_str().unwrap();
    assert!(
        body.starts_with("{\"embeds\":[{\"title\":\"down\""),
        "{body}"
    );
}

#[test]
fn every_mistake_with_a_webhook_is_shown_at_its_key_without_the_address() {
    let home = Home::new();
    home.write(
        "alert.toml",
        r#"[sinks.a]
type = "discord"
url = "https://discord.com/channels/s3cret"

[sinks.b]
type = "generic-webhook"
url = "ftp://s3cret"

[sinks.c]
type = "generic-webhook"
url = "http://hooks.example.org/s3cret"
bearer = "s3cret"

[sinks.d]
type = "generic-webhook"
url = "https://hooks.example.org/s3cret"
http = { conect_timeout = "5s" }
delivery = { in_flight = 0 }

[sinks.e]
type = "discord"
url = "https://discord.com/api/webhooks/1/s3cret"
delivery = { in_flight = 2 }
"#,
    );
    let ran = home.run(["validate", "--config", "alert.toml", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let json = ran.json();
    let problems = json["problems"].as_array().unwrap();
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| problem["line"].as_u64())
        .collect();
    // Of `c` it is its table that lacks a key.
    assert_eq!(lines, [3, 7, 9, 17, 18, 23].map(Some), "{json:#}");
    assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
}

#[test]
fn a_mistake_in_a_template_is_shown_at_its_line_of_the_file() {
    let home = Home::new();
    let sink = "[sinks.hook]\ntype = \"generic-webhook\"\nurl = \"https://hooks.example.org/\"\n";
    for (wrong, told) in [
        ("\"b\": {{ titel }}", "there is no `titel`"),
        ("\"b\": {{ context.host }}", "`context.host` is undefined"),
        ("\"b\": \"{{ title }}\"", "what it makes is not JSON there"),
    ] {
        let template = format!("template = \"\"\"\n{{\n  \"a\": 1,\n  {wrong}\n}}\n\"\"\"\n");
        home.write("alert.toml", format!("{sink}{template}"));
        let mut command = home.command();
        let path = home.path().join("alert.toml");
        let ran = run(command.arg("validate").arg("--config").arg(path));
        assert_eq!(ran.code, 1, "{ran:?}");
        let text = format!("{}{}", ran.out, ran.err);
        let start = format!("error: line 3 of the template: {told}");
        assert!(text.contains(&start), "{text}");
        assert!(
            text.contains(&format!(".toml:7:3\n  |\n7 |   {wrong}\n")),
            "{text}"
        );
    }
}

#[test]
fn what_the_service_of_an_alert_webhook_needs_is_named() {
    let home = Home::new();
    let address = "https://events.pagerduty.com/v2/enqueue";
    let ran = told_too(&home, address, &["emit", "info", "t"]);
    let told = "ALERT_WEBHOOK: the preset needs `routing_key`: the integration key";
    assert!(ran.err.contains(told), "{ran:?}");
    assert_eq!(home.log().len(), 1);
}
