//! What `ALERT_WEBHOOK` gives is a sink of the type that its URL calls for, as the sinks see it.
#![cfg(all(feature = "discord", feature = "generic-webhook"))]

use std::path::Path;

use alert::config::{Config, Environment, Host};
use alert::sinks::discord::is_webhook_url;
use alert::{Problems, Registry};
use proptest::prelude::*;

/// The type of the sink, `None` if the value is refused, and what was said. `Err`: this machine has
/// a config of its own.
fn asked_for(value: &str) -> Result<(Option<String>, Problems), ()> {
    if Path::new("/etc/alert/alert.toml").exists() {
        return Err(());
    }
    let environment = Environment::empty()
        .with("ALERT_DATA_DIR", "/nonexistent/data")
        .with("XDG_CONFIG_DIRS", "/nonexistent")
        .with("ALERT_WEBHOOK", value);
    let config = Config::open(None, &environment, Host::Command).expect("nothing is read");
    let (builder, problems) = config.pipeline(&Registry::linked());
    let mut entries = builder.entries().iter();
    let webhook = entries.rfind(|entry| entry.name() == "webhook");
    let kind = webhook.expect("it is asked for").plan().kind().to_owned();
    Ok((Some(kind).filter(|kind| !kind.is_empty()), problems))
}

#[test]
fn a_discord_webhook_is_known_by_the_same_urls_here_and_there() {
    for (url, is_discord) in [
        ("https://discord.com/api/webhooks/12/to-K_e.n", true),
        (" https://discord.com/api/webhooks/12/to-K_e.n\n", true),
        ("https://discord.com/api/webhooks/12/t/", true),
        ("https://discord.com:443/api/webhooks/12/t", true),
        ("HTTPS://Discord.COM/api/v10/webhooks/12/t", true),
        ("https://discordapp.com/api/webhooks/12/t/slack", true),
        ("https://ptb.discord.com/api/webhooks/12/t/github/", true),
        ("https://canary.discordapp.com/api/v9/webhooks/12/t", true),
        (
            "https://www.discord.com/api/webhooks/12/t?thread_id=7",
            true,
        ),
        ("http://discord.com/api/webhooks/12/t", false),
        ("https://discord.gg/abc", false),
        ("https://discord.com/channels/1/2", false),
        ("https://discord.com/api/channels/1/webhooks", false),
        ("https://discord.com/api/webhooks/12", false),
        ("https://discord.com/api/webhooks/12/", false),
        ("https://discord.com/api/webhooks/twelve/t", false),
        ("https://discord.com/api/webhooks/12/t/messages", false),
        ("https://discord.com/api/v/webhooks/12/t", false),
        ("https://discord.com/proxy/api/webhooks/12/t", false),
        ("https://discord.com:8443/api/webhooks/12/t", false),
        ("https://a:b@discord.com/api/webhooks/12/t", false),
        ("https://discord.com@evil.example/api/webhooks/12/t", false),
        ("https://discord.com.evil.example/api/webhooks/12/t", false),
        ("https://beta.discord.com/api/webhooks/12/t", false),
        ("https://ｄiscord.com/api/webhooks/12/t", false),
        (r"https://discord.com\api\webhooks\12\t", false),
        (
            "https://e.example/?u=https://discord.com/api/webhooks/12/t",
            false,
        ),
        ("https://e.example/discord.com/api/webhooks/12/t", false),
    ] {
        assert_eq!(is_webhook_url(url), is_discord, "{url}");
        let Ok((kind, problems)) = asked_for(url) else {
            return;
        };
        let wanted = if is_discord {
            "discord"
        } else {
            "generic-webhook"
        };
        assert_eq!(kind.as_deref(), Some(wanted), "{url}");
        if is_discord {
            assert!(problems.is_empty(), "{url}: {problems}");
        }
    }
}

#[test]
fn any_other_url_is_a_generic_webhook_without_a_mistake() {
    for url in [
        "https://hooks.example.org/alerts?key=a",
        "http://127.0.0.1:8080/",
        "https://[::1]/hook",
        "https://hooks.slack.com/services/T0/B0/x",
    ] {
        let Ok((kind, problems)) = asked_for(url) else {
            return;
        };
        assert_eq!(kind.as_deref(), Some("generic-webhook"), "{url}");
        assert!(problems.is_empty(), "{url}: {problems}");
    }
}

#[test]
fn what_a_sink_finds_wrong_with_the_value_is_said_of_the_variable() {
    let Ok((kind, problems)) = asked_for("https://hooks.example.org:port/s3cret") else {
        return;
    };
    assert_eq!(kind.as_deref(), Some("generic-webhook"));
    let told = problems.to_string();
    assert!(told.starts_with("ALERT_WEBHOOK: "), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
}

/// URLs near those of Discord's webhooks: each part right more often than not.
fn nearly_discord() -> impl Strategy<Value = String> {
    (
        "(https|https|https|https|HTTPS|http)://(a@|a:b@)?",
        "(|www.|ptb.|canary.|x.|www.ptb.)(discord|Discord|discordapp|disc%6Frd).com(.|.org)?",
        "(||||:443|:0443|:|:8443|:44300)",
        "(/api|/api|/api|/api|//api|/x/../api|/./api|/x/api|/API)(|/v10|/v9|/v|/vx|/v10/v9|/v999999999999999999999)",
        "/(webhooks|webhooks|webhooks|webhook|webhooks/)",
        "(/[0-9]{17,20}|/[0-9]{17,20}|/1844674407370955161[56]|/[0-9]{21}|/[0-9]{1,3}|/[0-9]x|/)",
        "(/[A-Za-z0-9._-]{1,68}|/[A-Za-z0-9._-]{1,68}|/[.]{1,3}|/a%2Fb|/|)",
        "(||||/slack|/github|/slack/github|/messages)(|||/|//)([?]thread_id=7|[?]a=/|#x|\\\\)?",
    )
        .prop_map(|parts| {
            let (a, b, c, d, e, f, g, h) = parts;
            [a, b, c, d, e, f, g, h].concat()
        })
}

proptest! {
    #[test]
    fn generated_urls_are_known_as_discords_by_both_or_by_none(url in nearly_discord()) {
        if let Ok((kind, _)) = asked_for(&url) {
            let here = kind.as_deref() == Some("discord");
            prop_assert_eq!(here, is_webhook_url(&url), "{}", url);
        }
    }
}

#[test]
fn an_id_beyond_64_bits_is_no_id_here_or_there() {
    for (id, is_discord) in [
        ("18446744073709551615", true),
        ("18446744073709551616", false),
        ("00000000000000000000001", true),
        ("99999999999999999999999999999999999999999", false),
    ] {
        let url = format!("https://discord.com/api/webhooks/{id}/t");
        assert_eq!(is_webhook_url(&url), is_discord, "{url}");
        if let Ok((kind, _)) = asked_for(&url) {
            assert_eq!(kind.as_deref() == Some("discord"), is_discord, "{url}");
        }
    }
}
