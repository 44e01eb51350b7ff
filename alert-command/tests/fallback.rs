//! `alert emit` where a sink has a fallback.

mod common;

use common::{Home, Ran, lines};

/// A sink that can write nowhere, with a log as its fallback.
fn home(log: &str) -> Home {
    let home = Home::new();
    home.write("plain", "");
    let config = format!(
        r#"
[sinks.ops]
type = "file"
path = "plain/ops.log"
delivery = {{ fallback = "log" }}

[sinks.log]
type = "file"
path = "{log}"
when = {{ only_as_fallback = true }}
"#
    );
    home.write("alert.toml", config);
    home
}

fn run(home: &Home, arguments: &[&str]) -> Ran {
    home.run([arguments, &["--config", "alert.toml"]].concat())
}

#[test]
fn one_line_tells_of_the_failure_and_who_has_the_alert_and_strict_is_content() {
    let home = home("fallback.log");
    let ran = run(&home, &["emit", "info", "t", "--strict"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told: Vec<_> = ran.err.lines().collect();
    assert_eq!(told.len(), 1, "{ran:?}");
    assert!(told[0].starts_with("ops: abandoned: "), "{ran:?}");
    assert!(told[0].contains("; fallback log: delivered in "), "{ran:?}");
    let log = lines(&home.at("fallback.log"));
    assert_eq!(log.len(), 1);
    assert!(log[0].contains("instead of ops: abandoned: "), "{log:?}");
}

#[test]
fn strict_is_1_where_the_fallback_fails_too() {
    let home = home("plain/log.log");
    let ran = run(&home, &["emit", "info", "t", "--strict"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("; fallback log: abandoned: "), "{ran:?}");
    assert!(ran.err.contains("no sink has this alert"), "{ran:?}");
}

#[test]
fn a_test_tries_every_sink_itself() {
    let home = home("fallback.log");
    let ran = run(&home, &["test"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("log: delivered in "), "{ran:?}");
    assert!(!ran.out.contains("fallback log"), "{ran:?}");
    assert_eq!(run(&home, &["test", "log"]).code, 0);
}
