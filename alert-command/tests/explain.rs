//! `alert explain`: what would become of an alert, as a test for a config.

mod common;

use common::{Home, golden};

const CONFIG: &str = r#"[alert]
context = { stage = "production" }

[sinks.log]
type = "file"
path = "a.log"

[sinks.ops]
type = "file"
path = "ops.log"
when = { min_severity = "critical", source = ["billing-*", "shop"], context = { host = "db-*" } }
delivery = { dedup = { within = "15m" }, throttle = { at_most = 5, every = "1h", same = "source" } }

[sinks.stage]
type = "file"
path = "stage.log"
when = { context = { stage = "prod*" } }

[sinks.same]
type = "file"
path = "stage.log"

[sinks.off]
type = "file"
path = "off.log"
enabled = false
"#;

fn home() -> Home {
    let home = Home::new();
    home.write("alert.toml", CONFIG);
    home
}

const EXPLAIN: [&str; 12] = [
    "explain",
    "warning",
    "disk full",
    "no space",
    "--source",
    "billing-eu",
    "-c",
    "count=5",
    "--dedup-key",
    "disk:/var",
    "--config",
    "alert.toml",
];

#[test]
fn each_sink_and_each_gate_is_told_and_nothing_is_opened() {
    let home = home();
    let ran = home.run(EXPLAIN);
    assert_eq!(ran.code, 0, "{ran:?}");
    golden("explain.txt", &ran.out);
    let mut narrow = home.command();
    let ran = common::run(narrow.args(EXPLAIN).env("COLUMNS", "60"));
    golden("explain-60.txt", &ran.out);
    for log in ["a.log", "ops.log", "stage.log"] {
        assert!(!home.at(log).exists(), "{log}");
    }
    let ran = home.run([&EXPLAIN[..], &["--resolve"]].concat());
    assert!(
        ran.out
            .starts_with("warning `disk full` from `billing-eu`, resolved\n"),
        "{ran:?}"
    );
}

#[test]
fn the_sinks_it_names_are_those_that_get_the_alert() {
    let home = home();
    for (severity, host) in [
        ("warning", "db-1"),
        ("critical", "db-1"),
        ("critical", "web-1"),
    ] {
        let alert = [
            severity,
            "t",
            "--source",
            "shop",
            "-c",
            &format!("host={host}"),
            "--config",
            "alert.toml",
            "--json",
        ];
        let explained = home.run([&["explain"], &alert[..]].concat()).json();
        let emitted = home.run([&["emit"], &alert[..]].concat()).json();
        let delivered = emitted["outcomes"].as_object().unwrap().iter();
        let delivered = delivered.filter(|(_, outcome)| outcome["verdict"] == "delivered");
        let mut delivered: Vec<_> = delivered.map(|(sink, _)| sink.as_str()).collect();
        let taken = explained["taken_by"].as_array().unwrap().iter();
        let mut taken: Vec<_> = taken.map(|sink| sink.as_str().unwrap()).collect();
        delivered.sort_unstable();
        taken.sort_unstable();
        assert!(!taken.is_empty());
        assert_eq!(taken, delivered, "{severity} {host}");
    }
}

#[test]
fn an_expectation_that_is_met_is_0_and_any_other_1() {
    let home = home();
    for (expected, code) in [
        ("log,stage", 0),
        (" stage , log ", 0),
        ("log", 1),
        ("log,stage,ops", 1),
        ("log,off", 1),
        ("", 1),
    ] {
        let ran = home.run([&EXPLAIN[..], &["--expect", expected]].concat());
        assert_eq!(ran.code, code, "{expected}: {ran:?}");
        let ran = home.run([&EXPLAIN[..], &["--expect", expected, "--json"]].concat());
        assert_eq!((ran.code, ran.json()["met"] == true), (code, code == 0));
    }
    let ran = home.run([&EXPLAIN[..], &["--expect", "log,ops", "--quiet"]].concat());
    let told = ran.err.rsplit_once("error: expected").unwrap().1;
    assert_eq!(
        told,
        " to take it: log, ops; would take it: log, stage
  - ops stops at `when`, because min_severity wants `critical` or higher, the alert has `warning` (and 1 more)
  + stage delivers
"
    );
}

#[test]
fn that_no_sink_takes_it_can_be_expected_too() {
    let home = Home::new();
    let only =
        "[sinks.ops]\ntype = \"file\"\npath = \"a.log\"\nwhen = { min_severity = \"critical\" }\n";
    home.write("alert.toml", only);
    let explain = [
        "explain",
        "info",
        "t",
        "--config",
        "alert.toml",
        "--expect=",
    ];
    assert_eq!(home.run(explain).code, 0);
    let ran = home.run([
        "explain",
        "critical",
        "t",
        "--config",
        "alert.toml",
        "--expect=",
    ]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err
            .contains("expected to take it: no sink; would take it: ops"),
        "{ran:?}"
    );
}

#[test]
fn a_config_that_cannot_be_read_cannot_be_explained() {
    let home = Home::new();
    for more in [&[][..], &["--expect", "log"]] {
        let ran = home.run([&["explain", "info", "t", "--config", "absent.toml"], more].concat());
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(
            ran.err.starts_with("error: cannot read `absent.toml`: "),
            "{ran:?}"
        );
    }
    let json = home
        .run(["explain", "info", "t", "--config", "absent.toml", "--json"])
        .json();
    assert_eq!(json["config"], serde_json::Value::Null);
}

#[test]
fn without_a_sink_that_can_be_used_the_default_log_is_named() {
    let home = Home::new();
    home.write("alert.toml", "[sinks.bad]\ntype = \"fil\"\n");
    let ran = home.run(["explain", "info", "t", "--config", "alert.toml"]);
    assert!(
        ran.out
            .ends_with("taken by no sink; alert emit writes it to the default log\n"),
        "{ran:?}"
    );
    let json = home
        .run(["explain", "info", "t", "--config", "alert.toml", "--json"])
        .json();
    assert_eq!(json["default_log"], true);
    assert_eq!(json["sinks"]["bad"]["verdict"], "broken");
}

#[test]
fn what_was_typed_makes_no_terminal_act() {
    let home = home();
    let ran = home.run(["explain", "info", "a\u{1b}[2J\nb", "--source", "\u{202e}x"]);
    assert!(
        ran.out.starts_with(r"info `a\u001b[2J\nb` from `\u202ex`"),
        "{ran:?}"
    );
}
