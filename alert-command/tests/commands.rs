//! The commands beside `emit`, and the texts of all of them.

mod common;

use common::{Home, golden, lines};

const GOOD: &str = "[sinks.good]\ntype = \"file\"\npath = \"good.log\"\n";
const BAD: &str = "[delivery]
retri = {}

[sinks.bad]
type = \"file\"
path = 5
when = { min_severity = \"warm\" }
";

#[test]
fn a_sound_config_is_said_to_be_sound() {
    let home = Home::new();
    home.write("alert.toml", GOOD);
    let ran = home.run(["validate", "--config", "alert.toml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out, "alert.toml: 1 sink, no problem\n");
    let ran = home.run(["validate"]);
    assert_eq!(ran.out, "the default pipeline: 2 sinks, no problem\n");
    assert!(!home.at("good.log").exists(), "nothing is opened");
}

#[test]
fn every_mistake_of_a_config_is_shown_where_it_is() {
    let home = Home::new();
    home.write("alert.toml", format!("{BAD}\n{GOOD}"));
    let ran = home.run(["validate", "--config", "alert.toml"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    golden("validate.txt", &ran.err);
    let ran = home.run(["validate", "--config", "alert.toml", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let json = ran.json();
    assert_eq!((&json["valid"], &json["sinks"]), (&false.into(), &2.into()));
    assert_eq!(json["config"], "alert.toml");
    assert_eq!(json["problems"].as_array().unwrap().len(), 3, "{json}");
}

#[test]
fn warnings_alone_do_not_fail() {
    let home = Home::new();
    home.write("alert.toml", "");
    let ran = home.run(["validate", "--config", "alert.toml"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "alert.toml: 0 sinks, 1 warning\n")
    );
    assert!(
        ran.err.starts_with("warning: no sink is configured"),
        "{ran:?}"
    );
}

#[test]
fn a_config_that_cannot_be_read_is_invalid() {
    let home = Home::new();
    let ran = home.run(["validate", "--config", "missing.toml"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.starts_with("error: cannot read `missing.toml`: "),
        "{ran:?}"
    );
    let json = home
        .run(["validate", "--config", "missing.toml", "--json"])
        .json();
    assert_eq!(
        (&json["config"], &json["valid"]),
        (&serde_json::Value::Null, &false.into())
    );
}

#[test]
fn a_test_alert_says_that_it_is_one() {
    let home = Home::new();
    let ran = home.run(["test"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("log: delivered in "), "{ran:?}");
    let log = home.log();
    assert_eq!(log.len(), 1);
    assert!(
        log[0].contains("CRITICAL Test alert | sent by `alert test`"),
        "{log:?}"
    );
    assert!(log[0].contains(r#"{"test": true}"#), "{log:?}");
    let json = home
        .run(["test", "log", "--json", "--severity", "info"])
        .json();
    assert_eq!(
        (&json["passed"], &json["outcomes"]["log"]["attempts"]),
        (&true.into(), &1.into())
    );
    assert!(home.log()[1].contains(" INFO Test alert"));
}

#[test]
fn a_test_fails_if_a_sink_does() {
    let home = Home::new();
    home.write(
        "alert.toml",
        format!("{GOOD}[sinks.bad]\ntype = \"file\"\npath = \"alert.toml/a\"\n"),
    );
    let ran = home.run(["test", "--config", "alert.toml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let told: Vec<_> = ran.out.lines().collect();
    assert!(
        told[0].starts_with("good: delivered in ") && told[1].starts_with("bad: "),
        "{ran:?}"
    );
    assert_eq!(lines(&home.at("good.log")).len(), 1);
    assert_eq!(home.run(["test", "--config", "missing.toml"]).code, 1);
}

#[test]
fn only_the_sinks_that_are_named_get_a_test_alert() {
    let home = Home::new();
    let other = "[sinks.other]\ntype = \"file\"\npath = \"other.log\"\n";
    home.write("alert.toml", format!("{GOOD}{other}"));
    let ran = home.run(["test", "other", "--config", "alert.toml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("other: delivered in "), "{ran:?}");
    assert!(ran.out.ends_with(" (~/other.log)\n"), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    assert_eq!(lines(&home.at("other.log")).len(), 1);
    assert!(!home.at("good.log").exists());
}

#[test]
fn a_test_of_a_sink_that_is_not_there_is_wrong_usage() {
    let home = Home::new();
    let ran = home.run(["test", "lok"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "error: no sink is called `lok`, there are `log`, `state`\n"
    );
    assert!(home.log().is_empty());
}

/// What `alert sinks --json` lists.
fn kinds(home: &Home) -> Vec<String> {
    let json = home.run(["sinks", "--json"]).json();
    let kinds = json["sinks"].as_array().unwrap().iter();
    kinds
        .map(|kind| kind["type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_linked_types_are_listed_and_described() {
    let home = Home::new();
    let ran = home.run(["sinks"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let mut words = ran.out.lines().map(|line| line.split_whitespace().take(3));
    assert!(
        words.any(|words| words.eq(["file", "alert-sink-file", "One"])),
        "{ran:?}"
    );
    let ran = home.run(["sinks", "file"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    golden("sinks-file.txt", &ran.out);
    assert!(kinds(&home).contains(&"file".to_owned()));
    let json = home.run(["sinks", "file", "--json"]).json();
    assert_eq!(json["crate"], "alert-sink-file");
    assert_eq!(json["schema"]["properties"]["path"]["type"], "string");
}

#[test]
fn the_sample_of_a_type_is_a_valid_config() {
    let home = Home::new();
    for kind in kinds(&home) {
        let shown = home.run(["sinks", &kind]).out;
        let (_, sample) = shown.split_once("\nSample\n").unwrap();
        home.write("alert.toml", sample);
        let mut validate = home.with_addresses();
        let ran = common::run(validate.args(["validate", "--config", "alert.toml"]));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{sample}");
    }
}

#[test]
fn a_type_that_is_not_linked_is_wrong_usage() {
    let ran = Home::new().run(["sinks", "pager\u{1b}"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err
            .starts_with(r"error: unknown sink type `pager\u001b`"),
        "{ran:?}"
    );
    assert!(ran.err.contains("mention it once"), "{ran:?}");
}
