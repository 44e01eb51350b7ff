//! What else a message shows.

use std::time::Duration;

use alert_core::{
    Alert, Attempt, Digest, Fallback, Losses, Severity, Sink, SinkConfig, Suppressed, Timestamp,
};
use serde_json::{Value, json};

use super::{WITHIN, World, batch, sent};
use crate::{DiscordConfig, Id, Target};

fn embed(config: &DiscordConfig, world: &World, alert: &Alert, attempt: &Attempt<'_>) -> Value {
    assert!(world.sink(config).deliver(alert, attempt).is_ok());
    world.discord().messages.last().unwrap().body["embeds"][0].clone()
}

#[test]
fn a_late_alert_says_when_it_happened_and_all_that_the_lane_tells_is_shown() {
    let world = World::new();
    let alert = Alert::warning("t")
        .message("m")
        .time(Timestamp::from_micros(1_700_000_000_123_456))
        .build();
    let suppressed = Suppressed::one(Severity::Info, Timestamp::MIN);
    let mut lost = Losses::none();
    lost.shed = 2;
    let why = Fallback::new("ops", "gave_up: too_old *x*");
    let attempt = Attempt::first(WITHIN)
        .with_late_by(Duration::from_millis(720_500))
        .with_stands_for(&suppressed)
        .with_lost(&lost)
        .with_instead_of(&why);
    let embed = embed(&world.config(), &world, &alert, &attempt);
    assert_eq!(
        embed["description"],
        "m\n\n-# happened 12m ago, at <t:1700000000:F>\n\
         -# stands for 1 more since 1970-01-01T00:00:00.000Z (1 info)\n\
         -# 2 lost here before this: 2 shed\n\
         -# instead of ops: gave\\_up: too\\_old \\*x\\*"
    );
    assert_eq!(embed["timestamp"], "2023-11-14T22:13:20.123Z");
}

#[test]
fn links_are_lines_that_lead_there_and_others_are_text() {
    let world = World::new();
    let alert = Alert::warning("t")
        .link("run_book", "https://wiki.example/a_b?x=<1>")
        .link("", "http://grafana.example/d/1")
        .link("odd", "javascript:alert(*1*)")
        .build();
    let embed = embed(&world.config(), &world, &alert, &Attempt::first(WITHIN));
    assert_eq!(
        embed["description"],
        "run\\_book: https://wiki.example/a_b?x=%3C1%3E\nhttp://grafana.example/d/1\n\
         odd: javascript:alert(\\*1\\*)"
    );
}

#[test]
fn a_digest_of_the_lane_is_shown_as_one() {
    let world = World::new();
    let mut digest = Digest::new(&Alert::warning("disk *full*").source("a").build());
    digest.add(&Alert::critical("down").source("a").build());
    let alert = digest.to_alert();
    let embed = embed(
        &world.config(),
        &world,
        &alert,
        &Attempt::first(WITHIN).with_digest(&digest),
    );
    let text = embed["description"].as_str().unwrap();
    assert!(
        text.starts_with("**1 critical**, **1 warning**\nfrom <t:"),
        "{text}"
    );
    assert!(text.contains("1 × warning: disk \\*full\\* (a)"), "{text}");
    assert_eq!(embed["footer"]["text"], format!("a · {}", alert.id()));
    assert_eq!(embed["color"], 15_158_332);
}

#[test]
fn a_digest_of_ends_notifies_nobody_and_one_with_a_beginning_does() {
    let up = Alert::critical("down").resolved().build();
    let mut digest = Digest::new(&up);
    digest.add(&up);
    for resolved in [true, false] {
        if !resolved {
            digest.add(&Alert::critical("down").build());
        }
        let world = World::new();
        let config = world
            .config()
            .mention(Severity::Critical, [Target::Role(Id::new(42))]);
        let attempt = Attempt::first(WITHIN).with_digest(&digest);
        let answer = world.sink(&config).deliver(&digest.to_alert(), &attempt);
        assert!(answer.is_ok());
        assert_eq!(world.asked()[0].2["content"].is_null(), resolved);
    }
}

#[test]
fn templates_write_markdown_and_what_they_print_is_escaped() {
    let world = World::new();
    let config = world
        .config()
        .title("[{{ severity|upper }}] {{ title }}")
        .body("**{{ message }}** on {{ context.host|default('?') }}");
    assert!(!found(&config).0);
    let alert = Alert::warning("a*b")
        .message("_m_\n# x")
        .context("host", "~h~")
        .build();
    let embed = embed(&config, &world, &alert, &Attempt::first(WITHIN));
    assert_eq!(embed["title"], "[WARNING] a\\*b");
    assert_eq!(embed["description"], "**\\_m\\_\n\\# x** on \\~h\\~");
}

#[test]
fn an_alert_whose_template_fails_or_writes_nothing_is_shown_without_it() {
    let world = World::new();
    let config = world
        .config()
        .title("{{ context.only }}")
        .body("{% if false %}x{% endif %}");
    let alert = Alert::warning("title").message("message").build();
    let embed = embed(&config, &world, &alert, &Attempt::first(WITHIN));
    assert_eq!(embed["title"], "title");
    let text = embed["description"].as_str().unwrap();
    assert!(
        text.starts_with("message\n\n-# could not be rendered by its template"),
        "{text}"
    );
}

#[test]
fn name_picture_and_silence_are_in_the_message() {
    let world = World::new();
    let config = world
        .config()
        .username("Watch *dog*")
        .avatar_url("https://a.example/p.png")
        .silent([Severity::Info]);
    let mut sink = world.sink(&config);
    sent(&mut sink, &Alert::info("a").build());
    batch(
        &mut sink,
        &[Alert::info("a").build(), Alert::warning("b").build()],
    );
    let asked = world.asked();
    assert_eq!(asked[0].2["username"], "Watch *dog*");
    assert_eq!(asked[0].2["avatar_url"], "https://a.example/p.png");
    assert_eq!(
        (&asked[0].2["flags"], &asked[1].2["flags"]),
        (&json!(4_096), &Value::Null)
    );
}

#[test]
fn a_preview_is_the_exact_message() {
    let world = World::new();
    let config = world.config();
    let alert = Alert::critical("Down").context("a", 1).build();
    let preview = config.preview(&alert, &Attempt::first(WITHIN)).unwrap();
    assert_eq!(preview.headline(), "POST application/json");
    sent(&mut world.sink(&config), &alert);
    let sent = &world.asked()[0].2;
    assert_eq!(
        &serde_json::from_str::<Value>(preview.body()).unwrap(),
        sent
    );
}

fn found(config: &DiscordConfig) -> (bool, Vec<String>) {
    let mut found = alert_core::Findings::new();
    config.check(&mut found);
    let errors = found.has_errors();
    let (problems, _) = found.into_parts();
    (
        errors,
        problems.iter().map(|problem| problem.to_string()).collect(),
    )
}

#[test]
fn mistakes_in_the_config_are_found_without_showing_the_url() {
    let world = World::new();
    let good = world.config();
    assert_eq!(found(&good), (false, Vec::new()));
    for (config, part) in [
        (
            DiscordConfig::new("https://discord.com/s3cret"),
            "not a Discord webhook's URL",
        ),
        (
            DiscordConfig::new("http://relay.example/api/webhooks/1/s3cret"),
            "is not encrypted",
        ),
        (
            good.clone().username("My Discord"),
            "discord refuses names with `discord`",
        ),
        (good.clone().username("CLYDE"), "`clyde`"),
        (good.clone().username("Here"), "the name `here`"),
        (good.clone().username(" "), "1 to 80"),
        (good.clone().username("x".repeat(81)), "1 to 80"),
        (good.clone().avatar_url("ftp://x"), "http or https"),
        (
            good.clone().thread_id(crate::Id::new(1)).thread_name("x"),
            "goes into a thread or makes one",
        ),
        (
            good.clone().applied_tags([crate::Id::new(1)]),
            "set `thread_name` too",
        ),
        (good.clone().title("{{ nonsense }}"), "nonsense"),
        (good.clone().body("{{ context.x }}"), "line 1"),
        (good.clone().per_minute(2_000), "at most 1000"),
        (
            DiscordConfig::new("https://discord.com/api/webhooks/1/t?thread_id=3")
                .thread_id(crate::Id::new(4)),
            "the URL names another thread",
        ),
    ] {
        let (errors, problems) = found(&config);
        assert!(errors, "{part}");
        assert!(
            problems.iter().any(|text| text.contains(part)),
            "{part}: {problems:?}"
        );
        assert!(!problems.concat().contains("s3cret"));
        let cx = alert_core::OpenContext::new("t", WITHIN);
        let error = config.open(&cx).unwrap_err();
        assert!(
            format!("{error:?}").contains("until_changed: true"),
            "{error:?}"
        );
    }
    for (config, part) in [
        (
            DiscordConfig::new("https://relay.example/x/api/webhooks/1/s3cret"),
            "`relay.example` is not a host of Discord",
        ),
        (good.per_minute(31), "a channel takes 30"),
    ] {
        let (errors, problems) = found(&config);
        assert!(
            !errors && problems.len() == 1 && problems[0].contains(part),
            "{problems:?}"
        );
        assert!(!problems[0].contains("s3cret"), "{problems:?}");
    }
}
