//! What a template makes of alerts.

use std::time::Duration;

use alert_core::{Alert, Attempt, Fallback, Secret, Value as Kept};
use alert_template_support::{Escape, Template, TemplateError, Values};
use serde_json::{Value, json};

fn attempt() -> Attempt<'static> {
    Attempt::first(Duration::from_secs(10))
}

fn render(source: &str, escape: Escape, alert: &Alert) -> Result<String, TemplateError> {
    Template::new(source, escape)?.render(&[(alert, &attempt())], &Values::new(), 1_000_000)
}

fn json(source: &str, alert: &Alert) -> Value {
    serde_json::from_str(&render(source, Escape::Json, alert).unwrap()).unwrap()
}

fn text(source: &str, alert: &Alert) -> String {
    render(source, Escape::None, alert).unwrap()
}

fn refused(source: &str) -> String {
    Template::new(source, Escape::Json).unwrap_err().to_string()
}

/// A map whose keys are not in the order of the alphabet.
fn nested() -> Kept {
    let list = Kept::List(vec![Kept::Int(1), Kept::Float(2.5), Kept::Null]);
    Kept::Map(vec![("y".into(), list), ("b".into(), Kept::Bool(true))])
}

fn disk() -> Alert {
    Alert::warning("disk \"full\" </script>\u{2028}")
        .message("93 %\n")
        .source("billing")
        .dedup_key("disk")
        .context("z", 1)
        .context_value("a", nested())
        .link("runbook", "https://example.org/")
        .build()
}

#[test]
fn every_field_is_printed_as_json() {
    let alert = disk();
    let names = [
        "title",
        "message",
        "severity",
        "status",
        "id",
        "time",
        "source",
        "dedup_key",
        "context",
        "links",
        "remarks",
        "summary",
        "alerts",
        "params",
    ];
    let fields: Vec<String> = names
        .iter()
        .map(|name| format!("\"{name}\": {{{{ {name} }}}}"))
        .collect();
    let seen = json(&format!("{{ {} }}", fields.join(", ")), &alert);
    let mut one = json!({
        "title": alert.title(),
        "message": "93 %\n",
        "severity": "warning",
        "status": "firing",
        "id": alert.id().to_string(),
        "time": alert.time().to_string(),
        "source": "billing",
        "dedup_key": "disk",
        "context": {"z": 1, "a": {"y": [1, 2.5, null], "b": true}},
        "links": [{"text": "runbook", "url": "https://example.org/"}],
        "remarks": [],
        "summary": "WARNING: disk \"full\" </script>\\u2028: 93 %\\n",
    });
    let first = one.clone();
    one["alerts"] = json!([first]);
    one["params"] = json!({});
    assert_eq!(seen, one);
}

#[test]
fn what_an_alert_lacks_is_empty_or_none() {
    let alert = Alert::info("t").resolved().build();
    let seen = json(
        "[{{ message }}, {{ source }}, {{ dedup_key }}, {{ context }}, {{ links }}, {{ dedup_key or id }}, {{ status }}, {{ summary }}]",
        &alert,
    );
    let id = alert.id().to_string();
    assert_eq!(
        seen,
        json!(["", "", null, {}, [], id, "resolved", "RESOLVED: t"])
    );
    assert_eq!(text("<{{ dedup_key }}{{ message }}>", &alert), "<>");
}

#[test]
fn context_keeps_its_order() {
    let alert = disk();
    let body = render("{{ context }}", Escape::Json, &alert).unwrap();
    assert_eq!(body, r#"{"z":1,"a":{"y":[1,2.5,null],"b":true}}"#);
    assert_eq!(
        text(
            "{% for key, value in context|items %}{{ key }}={{ value }};{% endfor %}",
            &alert
        ),
        r#"z=1;a={"y":[1,2.5,null],"b":true};"#
    );
}

#[test]
fn several_alerts_are_in_alerts_and_the_first_is_at_the_top() {
    let (one, two) = (Alert::info("one").build(), Alert::critical("two").build());
    let fallback = Fallback::new("ops", "down");
    let late = attempt().with_instead_of(&fallback);
    let template = Template::new(
        r#"{"n": {{ alerts|length }}, "first": {{ title }}, "all": [{% for alert in alerts %}{{ alert.title ~ ": " ~ alert.severity }}{% if not loop.last %},{% endif %}{% endfor %}], "last": {{ alerts[-1].remarks|join("; ") }}, "titles": {{ alerts|map(attribute="title")|join(", ") }}}"#,
        Escape::Json,
    )
    .unwrap();
    let body = template
        .render(&[(&one, &attempt()), (&two, &late)], &Values::new(), 1_000)
        .unwrap();
    let seen: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        seen,
        json!({"n": 2, "first": "one", "all": ["one: info", "two: critical"], "last": "instead of ops: down", "titles": "one, two"})
    );
}

#[test]
fn a_named_secret_is_printed_and_shown_nowhere_else() {
    let values: Values = [("key".to_owned(), Secret::new("hunter2"))]
        .into_iter()
        .collect();
    let alert = Alert::info("t").build();
    let of = |source: &str| {
        let template = Template::new(source, Escape::Json).unwrap();
        template.render(&[(&alert, &attempt())], &values, 100)
    };
    assert_eq!(of("{{ params.key }}").unwrap(), r#""hunter2""#);
    assert_eq!(of("{{ params.other|default('') }}").unwrap(), r#""""#);
    for source in [
        "{{ params.key - 1 }}",
        "{{ params.key|plus(1) }}",
        "{{ params.key.x.y }}",
        "{{ params.key|int }}",
        "{{ params.key|cut(params.key) }}",
        "{{ params.key|round }}",
    ] {
        let error = of(source).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{source}: {error}"
        );
    }
    assert!(!format!("{values:?}").contains("hunter2"));
}

#[test]
fn an_error_has_the_line_and_no_text_of_the_alert() {
    let alert = Alert::info("hunter2").context("hunter2", "hunter2").build();
    for source in [
        "\n{{ title - 1 }}",
        "\n{{ context.host }}",
        "\n{{ context[title].x.y }}",
        "\n{{ title.missing.more }}",
        "\n{{ context|round }}",
        "\n{{ title|pairs }}",
        "\n{{ title|cut_key(3) }}",
        "\n{{ title|int }}",
        "\n{{ title.nothing() }}",
        "\n{% for a, b, c in context|items %}{% endfor %}",
        "\n{{ alerts[0].titel }}",
        "\n{% if alerts[0].titel %}{% endif %}",
        "\n{{ range(5000) }}",
        "\n{{ context|map(attribute='x', default=title) }}",
        "\n{{ title|attr(title) }}",
        "\n{{ title // 0 }}",
    ] {
        let error = render(source, Escape::Json, &alert).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter2"), "{source}: {shown}");
        assert_eq!(error.line(), Some(2), "{source}: {shown}");
        assert_eq!(error.to_string().lines().count(), 1, "{shown}");
    }
}

#[test]
fn an_undefined_name_is_found_before_anything_is_rendered() {
    let error = refused("{\n{% if false %}{{ titel }}{% endif %}\n}");
    assert_eq!(
        error,
        "line 2 of the template: there is no `titel`; there are alerts, context, dedup_key, id, links, message, params, \
         remarks, severity, source, status, summary, time, title"
    );
    assert!(
        refused("\n{{ title | shout }}")
            .contains("line 2 of the template: there is no filter `shout`; there are abs,")
    );
    assert!(refused("{% if title %}").contains("line 1"));
}

#[test]
fn what_an_alert_may_lack_needs_a_default() {
    let template = Template::new("\"\n\"{{ context.host }}", Escape::None).unwrap();
    assert_eq!(
        template
            .try_samples(&Values::new())
            .unwrap_err()
            .to_string(),
        "line 2 of the template: `context.host` is undefined; what an alert may lack is written with a default, as in \
         `context.host|default(\"\")` (tried with a plain alert)"
    );
    for source in [
        "{{ context.host|default('-') }}",
        "{% if context.host %}{{ context.host }}{% else %}1{% endif %}",
        "{% if context.host is defined %}1{% else %}2{% endif %}",
    ] {
        let template = Template::new(source, Escape::Json).unwrap();
        template.try_samples(&Values::new()).unwrap();
    }
}

#[test]
fn a_template_that_does_not_escape_is_found_by_the_samples() {
    for (source, hint) in [
        (r#"{"text": "{{ title }}"}"#, "brings its own quotes"),
        ("{% raw %}{{ title }}{% endraw %}", "not JSON"),
        ("", "not JSON"),
        (
            "[{% for a in alerts %}{{ a.title }}{% endfor %}]",
            "several alerts",
        ),
        ("{{ links[0].url }}", "resolved"),
        ("{{ message[0] }}", "without message"),
    ] {
        let template = Template::new(source, Escape::Json).unwrap();
        let error = template
            .try_samples(&Values::new())
            .unwrap_err()
            .to_string();
        assert!(error.contains(hint), "{source}: {error}");
    }
}

#[test]
fn text_is_cut_in_the_unit_of_the_service() {
    let alert = Alert::info("😀😀😀😀é").message("x".repeat(1_000)).build();
    assert_eq!(text("{{ title|cut(3) }}", &alert), "😀…é");
    assert_eq!(text("{{ title|cut(9) }}", &alert), alert.title());
    assert_eq!(text("{{ title|cut_utf16(5) }}", &alert), "😀…é");
    assert_eq!(text("{{ title|cut_bytes(9) }}", &alert), "…😀é");
    assert_eq!(text("{{ title|cut(0) }}", &alert), "");
    let cut = text("{{ message|cut(100) }}", &alert);
    // The mark's own room is kept for the longest number.
    assert!((98..=100).contains(&cut.chars().count()), "{cut}");
    assert!(cut.contains("characters cut"), "{cut}");
    let odd = Alert::info("a\0b\r\nc\td\u{85}\u{1b}e").build();
    assert_eq!(
        text("{{ title|clean }}", &odd),
        "a\u{fffd}b\nc\td\u{fffd}\u{fffd}e"
    );
    assert_eq!(text("{{ '<a> & b'|slack }}", &alert), "&lt;a&gt; &amp; b");
    assert_eq!(text("{{ 2|plus(3)|times(1.5) }}", &alert), "7.5");
}

#[test]
fn json_can_be_put_into_text_and_text_into_json() {
    let alert = disk();
    assert_eq!(
        json("{{ context.a|tojson }}", &alert),
        json!({"b": true, "y": [1, 2.5, null]})
    );
    assert_eq!(
        text("{{ context.a|tojson }}", &alert),
        r#"{"y":[1,2.5,null],"b":true}"#
    );
    assert_eq!(
        json("{% set all %}{{ title }}{% endset %}[{{ all }}]", &alert),
        json!([alert.title()])
    );
}

#[test]
fn any_value_becomes_text() {
    let alert = disk();
    assert_eq!(
        text(
            "{{ context.a|text }}{{ none|text }}{{ true|text }}{{ 1.5|text }}",
            &alert
        ),
        r#"{"y":[1,2.5,null],"b":true}true1.5"#
    );
    assert_eq!(
        json("{{ context|pairs|join('; ') }}", &alert),
        json!(r#"z: 1; a: {"y":[1,2.5,null],"b":true}"#)
    );
    assert_eq!(
        json("{{ context.a|cut(9) }}", &alert),
        json!(r#"{"y"…ue}"#.replace("ue}", "rue}"))
    );
}

#[test]
fn text_is_cut_to_its_size_in_json() {
    let alert = Alert::info("\u{1}\"é😀".repeat(300)).build();
    let whole = serde_json::to_string(alert.title()).unwrap();
    assert_eq!(
        json(
            &format!("{{{{ title|cut_json({}) }}}}", whole.len()),
            &alert
        ),
        json!(alert.title())
    );
    for most in [2, 3, 7, 20, 100, 1_000, whole.len() - 1] {
        let source = format!("{{{{ title|cut_json({most}) }}}}");
        let body = render(&source, Escape::Json, &alert).unwrap();
        assert!(body.len() <= most, "{most}: {body}");
        assert!(body.len() * 2 >= most, "{most}: {body}");
    }
    assert_eq!(text("{{ 'é\n'|json_bytes }}", &alert), "6");
}

#[test]
fn long_keys_that_differ_are_cut_to_keys_that_differ() {
    let of = |key: String| {
        let alert = Alert::info("t").dedup_key(key).build();
        text("{{ dedup_key|cut_key(100) }}", &alert)
    };
    let (one, two) = (
        of(format!("{}1{}", "k".repeat(200), "e".repeat(200))),
        of(format!("{}2{}", "k".repeat(200), "e".repeat(200))),
    );
    assert_ne!(one, two);
    assert_eq!(one, of(format!("{}1{}", "k".repeat(200), "e".repeat(200))));
    assert!(
        one.len() <= 100 && one.starts_with('k') && one.ends_with('e'),
        "{one}"
    );
    assert_eq!(of("short".to_owned()), "short");
}

#[test]
fn only_addresses_of_the_web_are_links() {
    let alert = Alert::info("t").build();
    let url = |text_of: &str| text(&format!("{{{{ {text_of}|url }}}}"), &alert);
    assert_eq!(
        url("'https://example.org/a?b=c#d'"),
        "https://example.org/a?b=c#d"
    );
    assert_eq!(
        url("'https://example.org/ü|<>%zz%2F\\\\'"),
        "https://example.org/%C3%BC%7C%3C%3E%25zz%2F/"
    );
    for no in [
        "''",
        "'!here'",
        "'javascript:alert(1)'",
        "'/a'",
        "'https://'",
        "'http://a:b/'",
        "'file:///etc/passwd'",
        "none",
    ] {
        assert_eq!(url(no), "", "{no}");
    }
}

#[test]
fn the_template_of_the_readme_takes_every_alert() {
    let readme = include_str!("../README.md");
    let source = readme
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let template = Template::new(source, Escape::Json).unwrap();
    template.try_samples(&Values::new()).unwrap();
    let body = json(source, &disk());
    assert_eq!(body["priority"], 4);
    assert_eq!(body["host"], "unknown");
    assert_eq!(body["fields"][0], "z: 1");
}

#[test]
fn what_is_not_json_is_told_at_the_line_of_the_template_where_lines_are_lines() {
    let error = |source: &str| {
        let template = Template::new(source, Escape::Json).unwrap();
        template.try_samples(&Values::new()).unwrap_err()
    };
    let told = error("{\n  \"a\": {{ message }},\n  \"b\": \"{{ title }}\"\n}\n");
    assert_eq!(told.line(), Some(3), "{told}");
    let looped = error("[\n{% for a in alerts %}\n{{ a.title }}\n{% endfor %}\n,]");
    assert_eq!(looped.line(), None, "{looped}");
    assert!(looped.to_string().contains("at its line"), "{looped}");
}

#[test]
fn alerts_are_sorted_by_a_field_that_they_have_and_by_no_other() {
    let alerts = [Alert::info("b").build(), Alert::info("a").build()];
    let attempt = Attempt::first(Duration::from_secs(1));
    let items: Vec<_> = alerts.iter().map(|alert| (alert, &attempt)).collect();
    let sorted = |by: &str| {
        let source = format!(
            "{{% for a in alerts|sort(attribute='{by}') %}}{{{{ a.title }}}}{{% endfor %}}"
        );
        let template = Template::new(source, Escape::None).unwrap();
        template.render(&items, &Values::new(), 100)
    };
    assert_eq!(sorted("title").unwrap(), "ab");
    assert_eq!(sorted("severity, title").unwrap(), "ab");
    assert_eq!(sorted("context.host").unwrap(), "ba");
    for wrong in ["titel", "severity,titel", "titel.x"] {
        let error = sorted(wrong).unwrap_err().to_string();
        assert!(
            error.contains("an alert has no field of the name"),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn filters_take_what_the_engine_lets_them_take() {
    let alert = Alert::info("b a").context("tags", ["x", "y"]).build();
    let attempt = Attempt::first(Duration::from_secs(1));
    for (source, expected) in [
        ("{{ title|indent(width=2, first=true) }}", "  b a"),
        ("{{ title|replace('a', 'c') }}", "b c"),
        ("{{ title|split|join('-') }}", "b-a"),
        ("{{ title|split(' ', 0)|length }}", "1"),
        ("{{ '.b.'|trim('.')|upper }}", "B"),
        ("{{ context.tags|join(', ') }}", "x, y"),
        ("{{ context.tags|sort(reverse=true)|join }}", "yx"),
        ("{{ title is startingwith('b') }}", "true"),
        ("{{ context.tags|select('endingwith', 'x')|join }}", "x"),
        // A list where text is wanted is that text.
        ("{{ context.tags|upper }}", "[\"X\",\"Y\"]"),
    ] {
        let template = Template::new(source, Escape::None).unwrap();
        let made = template.render(&[(&alert, &attempt)], &Values::new(), 100);
        assert_eq!(made.as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn filters_that_look_at_a_field_want_one_that_alerts_have() {
    let alerts = [Alert::info("b").build(), Alert::info("a").build()];
    let attempt = Attempt::first(Duration::from_secs(1));
    let items: Vec<_> = alerts.iter().map(|alert| (alert, &attempt)).collect();
    let made = |filters: &str| {
        let source = format!("{{{{ alerts|{filters}|map(attribute='title')|join }}}}");
        let template = Template::new(source, Escape::None).unwrap();
        template.render(&items, &Values::new(), 10_000)
    };
    for wrong in [
        "unique(attribute='titel')",
        "min(attribute='titel')",
        "max(attribute='titel')",
        "selectattr('titel')",
        "rejectattr('titel', 'eq', 1)",
    ] {
        let error = made(wrong).unwrap_err().to_string();
        assert!(
            error.contains("an alert has no field of the name"),
            "{wrong}: {error}"
        );
    }
    assert_eq!(made("selectattr('title', 'eq', 'a')").unwrap(), "a");
    assert_eq!(made("rejectattr('title', 'eq', 'a')").unwrap(), "b");
    assert_eq!(made("unique(attribute='severity')").unwrap(), "b");
    assert_eq!(made("sort").unwrap().len(), 2);
}
