//! Any text gives a config or problems: no panic, and time in proportion to its length.

mod common;

use std::time::{Duration, Instant};

use alert_config::{Colour, Environment, render};
use proptest::prelude::*;

fn examine(text: &str) {
    let config = common::config_with(text, &Environment::empty().with("A", "x".repeat(1000)));
    let registry = common::registry();
    let problems = config.check(&registry);
    for problem in &problems {
        if let Some(excerpt) = problem.shown() {
            assert!(excerpt.text().get(excerpt.caret()).is_some(), "{excerpt:?}");
        }
    }
    let shown = render(&problems, Colour::Never);
    let hostile = |c: char| c.is_control() && c != '\n';
    assert!(!shown.contains(hostile), "{shown:?}");
    let _ = config.pipeline(&registry);
}

fn word() -> impl Strategy<Value = String> {
    let words = [
        "[sinks.a]\n",
        "[[sinks]]\n",
        "sinks",
        "alert",
        "delivery",
        "type",
        "when",
        "enabled",
        "=",
        "\"file\"",
        "\"pager\"",
        "{",
        "}",
        "[",
        "]",
        ".",
        ",",
        "\n",
        "\r\n",
        "\r",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "#",
        "\\",
        "${A}",
        "${",
        "$${",
        "${file:/dev/null}",
        "1",
        "-1",
        "1e999",
        "nan",
        "true",
        "2020-01-01",
        "é",
        "\u{0}",
        "\u{1b}",
        "\u{feff}",
        "\u{202e}",
        "\t",
        " ",
        "people",
        "context",
        "dedup",
        "within",
        "\"0s\"",
        "url",
        "token",
        "x",
    ];
    prop_oneof![
        4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 512,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_read_or_refused(words in prop::collection::vec(word(), 0..60)) {
        examine(&words.concat());
    }
}

#[test]
fn hostile_texts_cost_no_more_than_their_length() {
    const SIZE: usize = 48 * 1024;
    let inline = |entry: &str| {
        format!("sinks = {{{}}}", {
            let mut entries = String::new();
            let mut n = 0;
            while entries.len() < SIZE {
                entries.push_str(&entry.replace('N', &n.to_string()));
                n += 1;
            }
            entries
        })
    };
    let repeated = |piece: &str| piece.repeat(SIZE / piece.len());
    let numbered = |piece: &str| {
        let mut text = String::new();
        let mut n = 0;
        while text.len() < SIZE {
            text.push_str(&piece.replace('N', &n.to_string()));
            n += 1;
        }
        text
    };
    let texts = [
        repeated("["),
        repeated("a."),
        repeated("a=\n"),
        repeated("x={a="),
        repeated("\"\"\"\n"),
        repeated("[sinks.a]\n"),
        repeated("[sinks.a\n"),
        repeated("#"),
        repeated("é"),
        format!("[sinks.a]\ntype='pager'\nurl='{}'", repeated("${A}")),
        format!("[sinks.a]\ntype='pager'\nurl='{}'", repeated("$")),
        format!("[sinks.a]\n{}='x'", repeated("k")),
        format!("[sinks.a]\ntype='{}'", repeated("k")),
        format!("[sinks.a]\ntype='pager'\npeople=[{}]", repeated("{nam=1},")),
        format!("[sinks.a]\ntype='pager'\n{}", numbered("kN=1\n")),
        format!("[sinks.a]\n{}", numbered("whenN={a=1}\n")),
        numbered("[sinks.sN]\n"),
        numbered("[sinks.sN]\ntype='pager'\nx=1\n"),
        numbered("[sinks.sN]\ntype='file'\npath='x'\n"),
        format!("{}\nx=", numbered("[sinks.sN]\n")),
        inline("sN={},"),
        inline("sN={type='file',x=1},"),
    ];
    for text in texts {
        let start = Instant::now();
        examine(&text);
        // Quadratic work on so much text takes minutes.
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{took:?}: {:.60}", text);
    }
}
