//! What holds for every alert.

use std::time::Duration;

use alert_core::{Alert, Attempt, Text};
use alert_template_support::{Escape, Template, Values};
use alert_testkit::strategy::{any_alert, hostile_text};
use proptest::prelude::*;
use serde_json::Value;

const ALL: &str = r#"{
    "title": {{ title }},
    "joined": {{ severity ~ ": " ~ title ~ " " ~ message }},
    "cut": [{{ message|cut(50) }}, {{ message|cut_bytes(50) }}, {{ message|cut_utf16(50) }}, {{ message|cut_json(50) }}],
    "context": {{ context }},
    "pairs": {{ context|pairs|join("\n")|slack }},
    "keys": {{ (dedup_key or id)|cut_key(120) }},
    "links": [{% for link in links %}{{ link.text ~ link.url|url }}{% if not loop.last %},{% endif %}{% endfor %}],
    "summary": {{ summary }}
}"#;

fn render(template: &Template, alert: &Alert, most: usize) -> Result<String, String> {
    let attempt = Attempt::first(Duration::from_secs(10));
    let rendered = template.render(&[(alert, &attempt)], &Values::new(), most);
    rendered.map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_alert_becomes_json_that_holds_its_title(alert in any_alert()) {
        let template = Template::new(ALL, Escape::Json).unwrap();
        let body = render(&template, &alert, 10_000_000).unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(&body["title"], alert.title());
        let cut: Vec<&str> = body["cut"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        prop_assert!(Text::chars(50).holds(cut[0]));
        prop_assert!(Text::bytes(50).holds(cut[1]));
        prop_assert!(Text::utf16(50).holds(cut[2]));
        prop_assert!(serde_json::to_string(cut[3]).unwrap().len() <= 50);
        prop_assert!(body["keys"].as_str().unwrap().len() <= 120);
        prop_assert!(!body["pairs"].as_str().unwrap().contains(['<', '>']));
        prop_assert_eq!(body["summary"].as_str().unwrap().lines().count(), 1);
        prop_assert_eq!(body["context"].as_object().unwrap().len(), alert.context().len());
    }

    #[test]
    fn a_body_is_within_its_limit_or_an_error(alert in any_alert(), most in 0..3_000_usize) {
        let template = Template::new("{{ context }}{{ message }}{{ title }}", Escape::None).unwrap();
        let whole = render(&template, &alert, 10_000_000).unwrap();
        match render(&template, &alert, most) {
            Ok(body) => prop_assert!(body == whole && body.len() <= most),
            Err(_) => prop_assert!(whole.len() > most),
        }
    }

    #[test]
    fn a_template_may_be_any_text(words in prop::collection::vec(piece(), 0..12), alert in any_alert()) {
        let source = words.concat();
        for escape in [Escape::Json, Escape::None] {
            let Ok(template) = Template::new(source.clone(), escape) else {
                continue;
            };
            let rendered = render(&template, &alert, 100_000);
            if escape == Escape::Json {
                let parsed = rendered.map(|body| serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok());
                prop_assert!(parsed != Ok(false), "{}", source);
            }
        }
    }
}

/// Pieces of templates that make one now and then.
fn piece() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 50] = [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "-",
        " title ",
        " message ",
        " context ",
        "|",
        "|cut(3)",
        "|tojson",
        "|items",
        "|list",
        "|join(title)",
        "[0]",
        "[",
        "]",
        "(",
        ")",
        "~",
        " if ",
        " else ",
        " endif ",
        "for x in ",
        " endfor ",
        " x ",
        "set x = ",
        "\"",
        "'",
        "1",
        " raw ",
        " endraw ",
        ",",
        ".y",
        "{% if title %}",
        "{% endif %}",
        "{{ title }}",
        "{% for x in context|items %}",
        "{% endfor %}",
        "|round",
        "|sort",
        " % ",
        " // ",
        "|replace('', title)",
        "|indent(9)",
        "[::-9223372036854775808]",
        "|int(base=99)",
        "|round(-2147483648)",
    ];
    prop_oneof![
        8 => prop::sample::select(&KNOWN[..]).prop_map(str::to_owned),
        1 => hostile_text(),
    ]
}
