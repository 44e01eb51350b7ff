//! What a config may say, and what is found wrong with it before anything is sent.

mod common;

use std::fs;

use alert_core::{Alert, Attempt, Findings, OpenContext, Preview, Secret, SinkConfig};
use alert_sink_generic_webhook::{ALERT_SCHEMA, Basic, Format, Method, WebhookConfig};
use common::{LONG, SIGNING, SIGNING_TOO};
use serde_json::{Value, json};

const URL: &str = "https://hooks.example.org/alerts";

/// The keys at which mistakes are found, and their texts.
fn mistakes(config: &WebhookConfig) -> Vec<(String, String)> {
    let mut found = Findings::new();
    config.check(&mut found);
    let (problems, claims) = found.into_parts();
    assert!(claims.is_empty());
    problems
        .iter()
        .map(|problem| (problem.keys().join("."), problem.text().to_owned()))
        .collect()
}

fn changed(change: impl FnOnce(&mut WebhookConfig)) -> WebhookConfig {
    let mut config = WebhookConfig::new(URL);
    change(&mut config);
    config
}

/// The first mistake of this config is at this key and says this; opening it tells the same.
#[track_caller]
fn refused(key: &str, words: &str, change: impl FnOnce(&mut WebhookConfig)) {
    let config = changed(change);
    let mistakes = mistakes(&config);
    let found = mistakes
        .iter()
        .any(|(at, text)| at == key && text.contains(words));
    assert!(found, "nothing at `{key}` says {words:?}: {mistakes:?}");
    for (_, text) in &mistakes {
        assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
        assert!(!text.contains("hooks.example.org"), "{text}");
    }
    let opened = config.open(&OpenContext::new("hook", LONG));
    assert!(opened.is_err(), "it opens all the same");
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

#[test]
fn every_key_can_be_read_and_a_url_is_enough() {
    let read = |value: Value| serde_json::from_value::<WebhookConfig>(value);
    assert_eq!(
        read(json!({ "url": URL })).unwrap(),
        WebhookConfig::new(URL)
    );
    let all = json!({
        "url": URL,
        "method": "PATCH",
        "headers": { "X-Api-Key": "k" },
        "bearer": "b",
        "basic": { "user": "u", "password": "p" },
        "signing_secrets": [SIGNING],
        "format": "cloudevents-batch",
        "batch": 7,
        "gzip": true,
        "success": ["2xx", 409],
        "template": "{}",
        "content_type": "application/json",
        "params": { "a": "b" },
        "idempotency_header": "X-Id",
        "event_source": "urn:x",
        "event_type": "org.example",
        "preset": "slack",
        "http": { "connect_timeout": "2s" },
    });
    let config = read(all.clone()).unwrap();
    assert_eq!(config.method, Method::Patch);
    assert_eq!(config.format, Some(Format::CloudEventsBatch));
    let schema = WebhookConfig::schema();
    let described = schema["properties"].as_object().unwrap();
    assert_eq!(
        described.keys().collect::<Vec<_>>(),
        all.as_object().unwrap().keys().collect::<Vec<_>>()
    );
    for wrong in [
        json!({}),
        json!({ "url": URL, "method": "GET" }),
        json!({ "url": URL, "method": "post" }),
        json!({ "url": URL, "format": "xml" }),
        json!({ "url": URL, "batch": 0 }),
        json!({ "url": URL, "success": [99] }),
        json!({ "url": URL, "timeout": 1 }),
        json!({ "url": URL, "basic": { "user": "u" } }),
    ] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_sound_is_found_sound() {
    for config in [
        WebhookConfig::new(URL),
        WebhookConfig::new(URL)
            .bearer("token")
            .format(Format::Ndjson),
        WebhookConfig::new(URL)
            .signing_secret(SIGNING)
            .signing_secret(SIGNING_TOO),
        WebhookConfig::new(URL).format(Format::CloudEvents),
        WebhookConfig::new(URL).template("{\"text\": {{ title }}}"),
        changed(|config| config.basic = Some(Basic::new("u", ""))),
        changed(|config| config.idempotency_header = String::new()),
        WebhookConfig::new("http://127.0.0.1:9/x").bearer("token"),
        WebhookConfig::new("http://alerts.internal/x"),
    ] {
        assert_eq!(mistakes(&config), [], "{config:?}");
    }
}

#[test]
fn what_is_no_url_is_refused() {
    for wrong in [
        "",
        "hooks.example.org",
        "ftp://hooks.example.org/",
        "https://u:p@hooks.example.org/",
    ] {
        refused("url", "URL", |config| config.url = secret(wrong));
    }
}

#[test]
fn credentials_go_over_plain_http_to_another_host_if_that_is_allowed() {
    let plain = |config: &mut WebhookConfig| {
        config.url = secret("http://alerts.internal/x");
        config.bearer = Some(secret("token"));
    };
    refused("http.allow_insecure", "plain http", plain);
    let mut allowed = changed(plain);
    allowed.http.allow_insecure = true;
    assert_eq!(mistakes(&allowed), []);
}

#[test]
fn a_header_cannot_be_forged_nor_set_twice() {
    let header = |name: &'static str, value: &'static str| {
        move |config: &mut WebhookConfig| {
            config.headers.insert(name.to_owned(), Secret::new(value));
        }
    };
    refused("headers", "Host: ", header("Host", "x"));
    refused("headers", "Content-Length: ", header("Content-Length", "1"));
    refused(
        "headers",
        "`content_type`",
        header("content-type", "text/plain"),
    );
    refused("headers", "a header: ", header("X-Bad Name", "x"));
    refused(
        "headers",
        "X-A: its value holds a line break",
        header("X-A", "x\r\nX-B: y"),
    );
    refused("headers", "idempotency", header("idempotency-key", "x"));
    refused("headers", "X-Id: it holds the idempotency key", |config| {
        header("X-Id", "x")(config);
        config.idempotency_header = "x-id".into();
    });
    refused("headers", "authorization", |config| {
        header("authorization", "x")(config);
        config.bearer = Some(secret("token"));
    });
    refused("headers", "Webhook-Id: the signature", |config| {
        header("Webhook-Id", "x")(config);
        config.signing_secrets = vec![secret(SIGNING)];
    });
    refused("headers", "there twice", |config| {
        header("X-A", "x")(config);
        header("x-a", "y")(config);
    });
    refused("idempotency_header", "frames", |config| {
        config.idempotency_header = "Host".into()
    });
    refused("idempotency_header", "another part", |config| {
        config.idempotency_header = "Webhook-Id".into();
    });
}

#[test]
fn credentials_are_looked_at_before_they_are_sent() {
    refused("bearer", "is empty", |config| {
        config.bearer = Some(secret(""))
    });
    refused("bearer", "without the word", |config| {
        config.bearer = Some(secret("Bearer x"))
    });
    refused("bearer", "is no token", |config| {
        config.bearer = Some(secret("a\nb"))
    });
    refused("basic.user", "colon", |config| {
        config.basic = Some(Basic::new("a:b", ""))
    });
    refused("basic", "`bearer`", |config| {
        config.bearer = Some(secret("token"));
        config.basic = Some(Basic::new("u", "p"));
    });
}

#[test]
fn signing_secrets_are_read_strictly() {
    refused(
        "signing_secrets",
        "secret 2 is not standard base64",
        |config| {
            config.signing_secrets = vec![secret(SIGNING), secret("whsec_short")];
        },
    );
    refused("signing_secrets", "at most two", |config| {
        config.signing_secrets = vec![secret(SIGNING); 3];
    });
    refused("gzip", "signature", |config| {
        config.signing_secrets = vec![secret(SIGNING)];
        config.gzip = true;
    });
}

#[test]
fn what_cannot_be_meant_together_is_refused_at_its_key() {
    refused("format", "`template` makes the body", |config| {
        config.template = Some("{}".into());
        config.format = Some(Format::CloudEvents);
    });
    refused("batch", "holds one alert", |config| {
        config.batch = 2.try_into().ok()
    });
    refused("batch", "at most 1000", |config| {
        config.format = Some(Format::Ndjson);
        config.batch = 1001.try_into().ok();
    });
    refused("params", "no template", |config| {
        config.params.insert("a".into(), secret("b"));
    });
    refused("content_type", "CloudEvents", |config| {
        config.format = Some(Format::CloudEvents);
        config.content_type = Some("application/json".into());
    });
    refused("content_type", "media type", |config| {
        config.content_type = Some("json".into())
    });
    refused("event_type", "events of CloudEvents", |config| {
        config.event_type = Some("a".into());
    });
    refused("event_source", "is no URI", |config| {
        config.format = Some(Format::CloudEvents);
        config.event_source = Some("a b".into());
    });
    refused("event_type", "is no type", |config| {
        config.format = Some(Format::CloudEvents);
        config.event_type = Some("a..b".into());
    });
    refused("success", "no status", |config| {
        config.success = Some(Vec::new())
    });
}

#[test]
fn a_template_is_tried_with_alerts_of_each_shape_before_any_is_raised() {
    let template = |source: &'static str| {
        move |config: &mut WebhookConfig| config.template = Some(source.to_owned())
    };
    refused("template", "line 1", template("{{ title"));
    refused("template", "titel", template("[{{ titel }}]"));
    for late in ["{\"a\": \"{{ title }}\"}", "[{{ context.host }}]"] {
        let mistakes = mistakes(&changed(template(late)));
        assert_eq!(mistakes[0].0, "template", "{mistakes:?}");
    }
    // Where the body is not JSON, nothing is escaped and nothing must be.
    let mut text = changed(template("{{ title }}: {{ message }}"));
    text.content_type = Some("text/plain; charset=utf-8".into());
    assert_eq!(mistakes(&text), []);
}

#[test]
fn a_batch_is_as_large_as_the_format_and_the_config_say() {
    let most = |change: fn(&mut WebhookConfig)| changed(change).limits().batch;
    assert_eq!(most(|_| {}), 1);
    assert_eq!(most(|config| config.format = Some(Format::Ndjson)), 100);
    assert_eq!(most(|config| config.format = Some(Format::CloudEvents)), 1);
    assert_eq!(
        most(|config| {
            config.format = Some(Format::JsonArray);
            config.batch = 7.try_into().ok();
        }),
        7
    );
    assert_eq!(most(|config| config.template = Some("[]".into())), 1);
    assert_eq!(
        most(|config| {
            config.template = Some("[]".into());
            config.batch = 7.try_into().ok();
        }),
        7
    );
    assert_eq!(WebhookConfig::new(URL).limits().in_flight, 32);
}

#[test]
fn a_preview_shows_the_body_and_no_secret() {
    let alert = Alert::info("t").context("count", 5).build();
    let attempt = Attempt::first(LONG);
    let preview = |config: &WebhookConfig| -> Option<Preview> { config.preview(&alert, &attempt) };
    let config = WebhookConfig::new(URL)
        .header("X-Api-Key", "key-1")
        .bearer("token-2")
        .signing_secret(SIGNING);
    let shown = preview(&config).unwrap();
    assert_eq!(
        shown.headline(),
        "POST application/json, with X-Api-Key, Authorization, Idempotency-Key, webhook-id, \
         webhook-timestamp, webhook-signature"
    );
    let body: Value = serde_json::from_str(shown.body()).unwrap();
    assert_eq!(body["context"], json!({ "count": 5 }));
    let lines = preview(&WebhookConfig::new(URL).format(Format::Ndjson)).unwrap();
    assert!(lines.body().ends_with("}\n"));
    assert!(preview(&WebhookConfig::new("no url")).is_none());
}

#[test]
fn the_published_schema_is_the_file() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/alert-v1.json");
    assert_eq!(fs::read_to_string(file).unwrap(), ALERT_SCHEMA);
}

#[test]
fn params_are_credentials_and_the_key_takes_no_header_of_theirs() {
    refused("http.allow_insecure", "plain http", |config| {
        config.url = secret("http://hooks.example.org/alerts");
        config.template = Some("[{{ params.key }}]".into());
        config.params.insert("key".into(), secret("k"));
    });
    for name in ["Authorization", "webhook-id"] {
        refused("idempotency_header", "another part", |config| {
            config.idempotency_header = name.into();
        });
    }
}
