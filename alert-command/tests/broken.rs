//! Broken configs and broken sinks: the alert gets through, and what is wrong is told.

mod common;

use std::time::Duration;

use common::{Home, Ran, lines};

/// A healthy sink that writes to `good.log`.
const GOOD: &str = "[sinks.good]\ntype = \"file\"\npath = \"good.log\"\n";

fn emit(home: &Home, more: &[&str]) -> Ran {
    home.run(
        [
            &["emit", "critical", "title", "--config", "alert.toml"],
            more,
        ]
        .concat(),
    )
}

#[test]
fn a_bad_sink_does_not_cost_the_good_one_its_alert() {
    for (bad, told) in [
        (
            "[sinks.bad]\ntype = \"file\"\n",
            "error: missing key `path`",
        ),
        (
            "[sinks.bad]\ntype = \"fil\"\npath = \"a\"\n",
            "error: unknown sink type `fil`",
        ),
        ("[sinks.bad]\ntype = \"file\"\npath = 5\n", "error: "),
        (
            "[sinks.bad]\ntype = \"file\"\npath = \"${NOT_SET}\"\n",
            "NOT_SET",
        ),
        (
            "[sinks.bad]\ntype = \"file\"\npath = \"a\"\nmode = 1\n",
            "error: unknown key `mode`",
        ),
        ("[sinks.bad]\ntype = = \n", "error: "),
        ("sinks = 5\n", "error: "),
        ("[sinks.good]\n", "error: "),
    ] {
        let home = Home::new();
        home.write("alert.toml", format!("{GOOD}\n{bad}"));
        let ran = emit(&home, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{bad}: {ran:?}");
        assert!(ran.err.contains(told), "{bad}: {ran:?}");
        assert!(ran.err.contains("alert.toml:"), "{bad}: {ran:?}");
        let (good, default) = (lines(&home.at("good.log")).len(), home.log().len());
        assert_eq!(good + default, 1, "{bad}: {good} {default} {ran:?}");
    }
}

#[test]
fn with_nothing_left_the_default_log_takes_the_alert() {
    for config in [
        &b"[sinks.bad]\ntype = \"pager\"\n"[..],
        b"",
        b"[sinks.good]\ntype = \"file\"\npath = \"good.log\"\nenabled = false\n",
        b"\xff\xfe\x00",
        b"a = \"\x00\"\n",
        b"[sinks.good]\npath = \"\xff\"\n",
        &vec![b'#'; 2 * 1024 * 1024],
    ] {
        let home = Home::new();
        home.write("alert.toml", config);
        let ran = emit(&home, &["-v"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!ran.err.is_empty(), "{ran:?}");
        assert_eq!(home.log().len(), 1, "{ran:?}");
        let last = ran.out.lines().last().unwrap();
        assert!(last.starts_with("default-log: delivered in "), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_config_that_is_no_file_is_told_and_the_default_log_takes_the_alert() {
    let home = Home::new();
    std::fs::create_dir(home.at("folder")).unwrap();
    assert_eq!(common::run(&mut home.shell("mkfifo fifo")).code, 0);
    for (n, name) in ["missing.toml", "folder", "fifo", "/dev/zero"]
        .iter()
        .enumerate()
    {
        let ran = home.run(["emit", "info", "t", "--config", name]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        let told: Vec<_> = ran.err.lines().collect();
        assert_eq!(told.len(), 2, "{ran:?}");
        assert!(told[0].starts_with(&format!("error: cannot read `{name}`: ")));
        assert!(told[1].starts_with("default-log: delivered in "), "{ran:?}");
        assert_eq!(home.log().len(), n + 1, "{ran:?}");
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_breaks_are_fine() {
    let home = Home::new();
    home.write(
        "alert.toml",
        format!("\u{feff}{}", GOOD.replace('\n', "\r\n")),
    );
    assert!(emit(&home, &[]).is_quiet());
    assert_eq!(lines(&home.at("good.log")).len(), 1);
}

#[test]
fn a_path_that_cannot_be_written_is_one_line_and_the_other_sink_gets_the_alert() {
    let home = Home::new();
    home.write("plain", "");
    let bad = "[sinks.bad]\ntype = \"file\"\npath = \"plain/a.log\"\n";
    home.write("alert.toml", format!("{bad}{GOOD}"));
    let ran = emit(&home, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    assert!(
        ran.err.starts_with("bad: ") && ran.err.contains("plain"),
        "{ran:?}"
    );
    assert_eq!(lines(&home.at("good.log")).len(), 1);
    // What wants a person is not waited for.
    assert!(ran.took < Duration::from_secs(5), "{ran:?}");
}

#[test]
fn where_every_sink_fails_the_alert_is_on_standard_error() {
    let home = Home::new();
    home.write("plain", "");
    home.write(
        "alert.toml",
        "[sinks.bad]\ntype = \"file\"\npath = \"plain/a.log\"\n",
    );
    let ran = emit(&home, &["message"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let last = ran.err.lines().last().unwrap();
    assert!(last.starts_with("no sink has this alert: "), "{ran:?}");
    assert!(last.ends_with(" CRITICAL title | message"), "{ran:?}");
}

#[test]
fn strict_is_1_if_a_sink_did_not_take_what_it_should() {
    let home = Home::new();
    home.write("plain", "");
    let unusable = "[sinks.bad]\ntype = \"file\"\npath = \"plain/a.log\"\n";
    let halted = "[sinks.bad]\ntype = \"pager\"\n";
    let filters = "[sinks.bad]\ntype = \"file\"\npath = \"b.log\"\nwhen = { source = [\"x\"] }\n";
    for (second, code) in [("", 0), (filters, 0), (unusable, 1), (halted, 1)] {
        home.write("alert.toml", format!("{GOOD}{second}"));
        assert_eq!(emit(&home, &["--strict"]).code, code, "{second}");
        assert_eq!(emit(&home, &[]).code, 0, "{second}");
    }
    assert_eq!(lines(&home.at("good.log")).len(), 8);
    let ran = home.run(["emit", "info", "t", "--strict", "--config", "missing.toml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(home.run(["emit", "info", "t", "--strict"]).is_quiet());
}

#[test]
fn a_filtered_alert_is_no_trouble_and_is_told_on_request() {
    let home = Home::new();
    home.write(
        "alert.toml",
        format!("{GOOD}when = {{ min_severity = \"critical\" }}\n"),
    );
    let emit = ["emit", "info", "t", "--config", "alert.toml"];
    assert!(home.run(emit).is_quiet());
    let ran = home.run([&emit[..], &["-v"]].concat());
    assert_eq!(ran.out, "good: filtered: below min_severity\n");
    let json = home.run([&emit[..], &["--json"]].concat()).json();
    assert_eq!(json["delivered"], false);
    assert_eq!(json["outcomes"]["good"]["verdict"], "filtered");
    assert!(lines(&home.at("good.log")).is_empty());
}

#[test]
fn the_receipt_tells_of_failures_and_of_the_configs_problems() {
    let home = Home::new();
    home.write("plain", "");
    let bad =
        "[sinks.bad]\ntype = \"file\"\npath = \"plain/a.log\"\n[sinks.worse]\ntype = \"fil\"\n";
    home.write("alert.toml", format!("{GOOD}{bad}"));
    let json = emit(&home, &["--json"]).json();
    assert_eq!(json["delivered"], true);
    let outcomes = &json["outcomes"];
    assert_eq!(outcomes["good"]["verdict"], "delivered");
    assert_eq!(outcomes["bad"]["verdict"], "abandoned");
    assert!(
        outcomes["bad"]["error"].as_str().unwrap().contains("plain"),
        "{json}"
    );
    assert_eq!(outcomes["worse"]["reason"], "sink halted");
    let problem = &json["problems"][0];
    assert_eq!(
        (&problem["level"], &problem["file"]),
        (&"error".into(), &"alert.toml".into())
    );
    assert_eq!(
        (&problem["line"], &problem["column"]),
        (&8.into(), &8.into())
    );
    assert_eq!(
        problem["path"],
        serde_json::json!(["sinks", "worse", "type"])
    );
    assert_eq!(problem["help"][0], "did you mean `file`?");
}

#[test]
fn a_secret_of_the_environment_is_not_shown() {
    let home = Home::new();
    home.write(
        "alert.toml",
        "[sinks.bad]\ntype = \"file\"\npath = \"${DIR}/x\"\nformat = \"${DIR}\"\n",
    );
    let mut command = home.command();
    command.args(["emit", "info", "t", "--json", "--config", "alert.toml"]);
    let ran = common::run(command.env("DIR", "hunter2-hunter2"));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        !ran.err.is_empty() && !ran.err.contains("hunter2"),
        "{ran:?}"
    );
    assert!(!ran.out.contains("hunter2"), "{ran:?}");
}
