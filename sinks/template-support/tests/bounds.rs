//! However a template is written, what it may take is bounded.

use std::thread;
use std::time::{Duration, Instant};

use alert_core::{Alert, Attempt};
use alert_template_support::{Escape, Template, TemplateError, Values};

/// A limit that only what has no bound of its own exceeds, also on a machine under load.
const LONG: Duration = Duration::from_secs(30);

fn render(source: &str, escape: Escape) -> Result<String, TemplateError> {
    let alert = Alert::info("title")
        .message("x".repeat(Alert::MAX_MESSAGE))
        .context("list", vec!["y".repeat(100); 500])
        .build();
    let attempt = Attempt::first(Duration::from_secs(10));
    Template::new(source, escape)?.render(&[(&alert, &attempt)], &Values::new(), 100_000)
}

fn ends_in_an_error(source: &str) {
    for escape in [Escape::Json, Escape::None] {
        ends(source, escape);
    }
}

fn ends(source: &str, escape: Escape) {
    let from = Instant::now();
    let error = render(source, escape).unwrap_err();
    let took = from.elapsed();
    assert!(took < LONG, "{took:?} for {source:.80}");
    let shown = error.to_string();
    assert!(shown.len() < 600 && shown.lines().count() == 1, "{shown}");
}

fn nest(depth: usize, inside: &str) -> String {
    let open = "{% for i in range(1000) %}".repeat(depth);
    format!("{open}{inside}{}", "{% endfor %}".repeat(depth))
}

#[test]
fn what_is_made_and_thrown_away_is_paid_for() {
    for large in ["context", "alerts"] {
        for filter in ["json_bytes", "text|length", "cut(9)", "slack|cut(9)"] {
            ends(
                &nest(2, &format!("{{% set a = {large}|{filter} %}}")),
                Escape::None,
            );
        }
    }
    for unpaid in [
        "message is lower",
        "message is upper",
        "title is startingwith(context)",
        "context is endingwith('x')",
        "title|replace(context, 'x')",
        "title|split(alerts)",
        "context|split('never')|first|cut(9)",
        "['a', 'b']|join(context)|cut(9)",
        "['a', 'b']|select('startingwith', context)|first|default('')",
        "context|trim|cut(9)",
        "'x' in context",
        "message == message",
        "context == alerts[0].context",
    ] {
        ends(&nest(2, &format!("{{% set a = {unpaid} %}}")), Escape::None);
    }
}

#[test]
fn loops_end() {
    ends_in_an_error(&"{% for i in range(1000) %}".repeat(3));
    ends_in_an_error(&nest(4, ""));
    ends_in_an_error(&nest(3, "x"));
    ends_in_an_error(&nest(3, "{{ message }}"));
    ends_in_an_error(&nest(2, "{% set a = message ~ message %}"));
    ends_in_an_error(&nest(2, "{% set a = message|upper|cut(10) %}"));
    ends_in_an_error(&nest(2, "{% set a = context|tojson %}"));
    ends_in_an_error(&nest(2, "{% set a = message|sort %}"));
    ends_in_an_error(&nest(
        2,
        "{% if message ~ 'a' == message ~ 'b' %}{% endif %}",
    ));
    ends_in_an_error(&nest(2, "{% if 'z' in message %}{% endif %}"));
    ends_in_an_error(&nest(2, "{% set a = message|list|unique %}"));
    ends_in_an_error(&nest(2, "{% set a = message|slack %}"));
    for filter in [
        "json_bytes",
        "tojson",
        "text",
        "cut(9)",
        "cut_bytes(9)",
        "cut_utf16(9)",
        "cut_json(9)",
        "cut_key(99)",
        "clean",
        "slack",
        "url",
        "pairs|length",
        "string|length",
        "items|length",
        "dictsort|length",
        "pairs|join|length",
    ] {
        ends_in_an_error(&nest(
            2,
            &format!("{{% if context|{filter} == 1 %}}{{% endif %}}"),
        ));
    }
    ends_in_an_error(&nest(70, ""));
}

#[test]
fn ranges_are_short() {
    for source in [
        "{{ range(10**9) }}",
        "{{ range(1000000000) }}",
        "{{ range(-9223372036854775807, 9223372036854775807) }}",
        "{{ range(0, 9223372036854775807) }}",
        "{{ range(9223372036854775808) }}",
        "{{ range(1, 100, -1) }}",
    ] {
        ends_in_an_error(source);
    }
}

#[test]
fn text_does_not_grow_without_a_limit() {
    for source in [
        "{{ 'x' * 10**9 }}",
        "{{ 'x' * 1000000000 }}",
        "{{ ['x'] * 1000000000 }}",
        "{{ [[['x'] * 1000] * 1000] * 1000 }}",
        "{{ message|replace('x', message) }}",
        "{{ message|replace('', message) }}",
        "{{ message|list|join(message) }}",
        "{{ message|indent(1000000000) }}",
        "{{ message|indent(1000000000, true) }}",
        "{{ context|tojson(indent=1000000000) }}",
        "{{ context|pprint }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ message|list|map(attribute='x', default=message)|join }}",
        "{{ message|batch(3, message) }}",
        "{{ message }}",
        "{{ message|list|tojson }}",
    ] {
        ends_in_an_error(source);
    }
    let mut doubled = "{% set a = 'x' %}".to_owned();
    doubled.push_str(&"{% set a = a ~ a %}".repeat(60));
    ends_in_an_error(&doubled);
    let mut doubled = "{% set a %}x{% endset %}".to_owned();
    doubled.push_str(&"{% set a %}{{ a }}{{ a }}{% endset %}".repeat(60));
    ends_in_an_error(&doubled);
}

#[test]
fn structures_do_not_share_their_parts_until_they_are_larger_than_memory() {
    for source in [
        "{% set a = [a, a] %}",
        "{% set a = a, a, a %}",
        "{% set a = (a, a) %}",
        "{% set a = a + a %}",
        "{% set a = {'x': a, 'y': a} %}",
        "{% set a = dict(a, b=a) %}",
        "{% set a = a|zip(a) %}",
        "{% set a = a|chain(a) %}",
        "{% set a = namespace(a=a) %}",
    ] {
        let source = format!(
            "{{% set a = alerts %}}{}{{{{ a ~ '' }}}}",
            source.repeat(60)
        );
        ends_in_an_error(&source);
    }
}

#[test]
fn nothing_is_there_to_load_or_to_call_itself() {
    for source in [
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% macro x() %}{{ x() }}{% endmacro %}{{ x() }}",
        "{% call x() %}{% endcall %}",
        "{% for x in alerts recursive %}{{ loop(alerts) }}{% endfor %}",
        "{% do title %}",
        "{{ debug() }}",
        "{{ self }}",
        "{{ env }}",
        "{{ title|safe }}",
        "{{ title|e }}",
    ] {
        ends_in_an_error(source);
    }
}

#[test]
fn what_is_nested_or_chained_fits_a_small_stack() {
    for much in [5_000, 380, 180, 95, 20, 19] {
        let small = thread::Builder::new().stack_size(1024 * 1024);
        let ended = small.spawn(move || {
            for source in nested(much) {
                // Either way: what counts is that it comes back.
                let _ = render(&source, Escape::None);
            }
        });
        ended.unwrap().join().unwrap();
    }
}

/// What is made of the same thing again and again.
fn remade(first: &str, by: &str, printed: &str) -> String {
    let again = format!("{{% set a = a{by} %}}");
    let times = 8_000 / again.len();
    format!(
        "{{% set a = {first} %}}{}{{{{ {printed} }}}}",
        again.repeat(times)
    )
}

#[test]
fn what_is_made_again_and_again_fits_a_small_stack() {
    let by = [
        "[0:]",
        "[:1]",
        "[::-1]",
        "[::1]",
        "|reverse",
        "|list",
        "|sort",
        "|unique",
        "|select",
        "|reject",
        "|items",
        "|dictsort",
        "|map(attribute='title')",
        "|selectattr('title')",
        "|default(1)",
        "|first",
        "|string",
        "|lines",
        "|split",
        "|attr('x')",
        "|upper",
        "|slack",
        "|cut(9)",
        "|text",
        "|pairs",
    ];
    for first in ["alerts", "context|items", "title"] {
        for printed in ["a == a", "a ~ a|length"] {
            let sources: Vec<String> = by.iter().map(|by| remade(first, by, printed)).collect();
            let small = thread::Builder::new().stack_size(1024 * 1024);
            let ended = small.spawn(move || {
                for source in sources {
                    // Either way: what counts is that it comes back.
                    let _ = render(&source, Escape::None);
                }
            });
            ended.unwrap().join().unwrap();
        }
    }
}

fn nested(much: usize) -> Vec<String> {
    vec![
        format!("{{{{ {}1{} }}}}", "(".repeat(much), ")".repeat(much)),
        format!("{{{{ {}1{} }}}}", "[".repeat(much), "]".repeat(much)),
        format!("{{{{ title{} }}}}", "|upper".repeat(much)),
        format!("{{{{ {}title }}}}", "not ".repeat(much)),
        format!("{{{{ {}1 }}}}", "-".repeat(much)),
        format!("{{{{ title{} }}}}", " ~ title".repeat(much)),
        format!("{{{{ title{} }}}}", ".x".repeat(much)),
        format!("{{{{ {}1 }}}}", "1 if 1 else ".repeat(much)),
        format!(
            "{}{}",
            "{% if 1 %}".repeat(much),
            "{% endif %}".repeat(much)
        ),
        format!("{{{{ 1{} }}}}", " and 1".repeat(much)),
        format!("{{{{ 1{} }}}}", " < 1".repeat(much)),
        format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(much)),
    ]
}

#[test]
fn a_template_is_short() {
    let error = Template::new("x".repeat(100_000), Escape::None).unwrap_err();
    assert!(error.to_string().contains("64 KiB"));
}

#[test]
fn the_limit_of_a_body_is_exact() {
    let alert = Alert::info("t").build();
    let attempt = Attempt::first(Duration::from_secs(10));
    let template = Template::new("12{{ title }}45", Escape::None).unwrap();
    let within = |most| template.render(&[(&alert, &attempt)], &Values::new(), most);
    assert_eq!(within(5).unwrap(), "12t45");
    assert!(
        within(4)
            .unwrap_err()
            .to_string()
            .contains("larger than 4 bytes")
    );
    assert!(within(0).is_err());
    assert!(template.render(&[], &Values::new(), 5).is_err());
}

#[test]
fn what_makes_the_engine_panic_is_an_error_at_most() {
    for source in [
        "{{ title[::-9223372036854775808] }}",
        "{{ alerts[::-9223372036854775808]|length }}",
        "{{ title[-9223372036854775808:] }}",
        "{{ 'z'|int(base=99) }}",
        "{{ 'z'|int(base=0) }}",
        "{{ 1.5|round(2147483647) }}",
        "{{ 1.5|round(-2147483648) }}",
        "{{ -170141183460469231731687303715884105728|abs }}",
        "{{ -170141183460469231731687303715884105728 // -1 }}",
        "{{ 1 // 0 }}{{ 1 % 0 }}{{ 1 / 0 }}",
        "{{ title|indent(-1) }}",
        "{{ title|cut(-1) }}",
        "{{ title|cut(18446744073709551615) }}",
        "{{ title|cut_json(18446744073709551615) }}",
        "{{ message|cut_json(0) }}{{ message|cut_json(1) }}",
        "{{ title|replace('', 'x', -1) }}",
        "{{ title|split('', -1) }}",
        "{{ 9223372036854775807|plus(1)|times(9223372036854775807) }}",
    ] {
        for escape in [Escape::Json, Escape::None] {
            // Either way: what counts is that it comes back.
            let _ = render(source, escape);
        }
    }
}
