//! `alert emit`, from the arguments to the file.

mod common;

use common::{Home, Ran, lines};

/// The one line of the log.
fn only(home: &Home) -> String {
    let log = home.log();
    assert_eq!(log.len(), 1, "{log:?}");
    log.into_iter().next().expect("there is one")
}

fn emitted(arguments: &[&str]) -> (Home, Ran) {
    let home = Home::new();
    let ran = home.run([&["emit"], arguments].concat());
    (home, ran)
}

#[test]
fn the_readmes_command_leaves_one_line_with_all_of_it() {
    let (home, ran) = emitted(&[
        "warning",
        "Harness below target",
        "harness at 82 percent, target is 85",
        "-c",
        "count=5",
    ]);
    assert!(ran.is_quiet(), "{ran:?}");
    let line = only(&home);
    let (time, rest) = line.split_once(' ').unwrap();
    assert!(
        time.ends_with('Z') && time.contains('T') && time.starts_with("20"),
        "{line}"
    );
    let told = r#"WARNING Harness below target | harness at 82 percent, target is 85 {"count": 5}"#;
    assert!(rest.starts_with(told), "{line}");
}

#[test]
fn it_is_told_where_the_alert_went() {
    let (_home, ran) = emitted(&["info", "t", "--verbose"]);
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    for (line, sink, file) in [
        (lines[0], "log", "alerts.log"),
        (lines[1], "state", "state.db"),
    ] {
        let (what, place) = line.split_once(" ms ").unwrap();
        assert!(
            what.starts_with(&format!("{sink}: delivered in ")),
            "{ran:?}"
        );
        assert_eq!(place, format!("(~/.local/share/alert/{file})"));
    }
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn the_receipt_is_one_object() {
    let (home, ran) = emitted(&["critical", "t", "--json"]);
    let json = ran.json();
    assert_eq!(json["delivered"], true);
    assert!(only(&home).contains(json["id"].as_str().unwrap()), "{json}");
    let log = &json["outcomes"]["log"];
    assert_eq!(log["type"], "file");
    assert_eq!(log["where"], home.log_path().to_str().unwrap());
    assert_eq!(
        (&log["verdict"], &log["reason"]),
        (&"delivered".into(), &"delivered".into())
    );
    assert_eq!(
        (&log["attempts"], &log["error"]),
        (&1.into(), &serde_json::Value::Null)
    );
    assert!(log["took_ms"].as_f64().unwrap() >= 0.0);
    assert_eq!(json["problems"], serde_json::json!([]));
}

#[test]
fn severities_are_read_leniently_and_nothing_of_them_is_lost() {
    for (given, shown, kept) in [
        ("CRIT", "CRITICAL t {", ""),
        ("Error", "CRITICAL t {", ""),
        ("warn", "WARNING t {", ""),
        ("CRITICAL!", "INFO t {", r#""severity": "CRITICAL!""#),
        ("", "INFO t {", r#""severity": """#),
        ("🔥", "INFO t {", r#""severity": "🔥""#),
    ] {
        let (home, ran) = emitted(&[given, "t", "-c", "a=1"]);
        assert!(ran.is_quiet(), "{ran:?}");
        let line = only(&home);
        assert!(line.contains(shown) && line.contains(kept), "{line}");
    }
}

#[test]
fn values_of_the_context_keep_their_types() {
    let (home, ran) = emitted(&[
        "info",
        "t",
        "--context=a=5",
        "-c",
        r#"b={"x": [true, null]}"#,
        "-cc=five",
        "-c",
        r#"d="5""#,
        "-c",
        "e=a=b",
        "-c",
        "a=6",
        "--context-json",
        r#"{"a": 1, "f": 0.5}"#,
    ]);
    assert!(ran.is_quiet(), "{ran:?}");
    let expected =
        r#"{"a": 6, "f": 0.5, "b": {"x": [true, null]}, "c": "five", "d": "5", "e": "a=b"}"#;
    assert!(only(&home).contains(expected), "{}", only(&home));
}

#[test]
fn all_that_can_be_said_is_in_the_line() {
    let (home, ran) = emitted(&[
        "warning",
        "t",
        "m",
        "--source=billing",
        "--dedup-key",
        "disk:/var",
        "--resolve",
        "--link",
        "runbook=https://example.org/?a=b",
    ]);
    assert!(ran.is_quiet(), "{ran:?}");
    let line = only(&home);
    for part in [
        "WARNING RESOLVED t | m",
        "source=billing",
        "dedup_key=disk:/var",
        "runbook https://example.org/?a=b",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn a_text_that_begins_with_a_hyphen_is_one_after_two_hyphens() {
    let (home, ran) = emitted(&["-c", "a=1", "--", "info", "-t", "--strict"]);
    assert!(ran.is_quiet(), "{ran:?}");
    assert!(
        only(&home).contains("INFO -t | --strict {"),
        "{}",
        only(&home)
    );
    let (home, ran) = emitted(&["info", "-5", "-0.5"]);
    assert!(ran.is_quiet(), "{ran:?}");
    assert!(only(&home).contains("INFO -5 | -0.5"));
}

#[test]
fn a_message_comes_from_standard_input_without_its_last_line_break() {
    let home = Home::new();
    let ran = home.fed(&["emit", "info", "t", "-"], b"one\ntwo\xff\n");
    assert!(ran.is_quiet(), "{ran:?}");
    assert!(
        only(&home).contains("INFO t | one\\ntwo\u{fffd} source="),
        "{}",
        only(&home)
    );
}

#[test]
fn ten_megabytes_of_message_are_cut_in_the_middle_with_a_count() {
    let home = Home::new();
    let text = format!("begin{}end", "x".repeat(10_000_000));
    let ran = home.fed(&["emit", "info", "t", "-"], text.as_bytes());
    assert!(ran.is_quiet(), "{ran:?}");
    let line = only(&home);
    assert!(line.len() < 300_000, "{}", line.len());
    let text = line.split(" | ").nth(1).unwrap();
    assert!(text.starts_with("beginxxx") && text.contains("xxxend source="));
    assert!(text.contains("x[… 9,737,992 characters cut …]x"));
}

#[test]
fn a_hundred_thousand_context_entries_are_cut_with_a_count() {
    let home = Home::new();
    let entries: Vec<_> = (0..100_000).map(|n| format!("\"key {n}\": {n}")).collect();
    let json = format!("{{{}}}", entries.join(","));
    let ran = home.fed(
        &["emit", "info", "t", "--context-json", "-"],
        json.as_bytes(),
    );
    assert!(ran.is_quiet(), "{ran:?}");
    let line = only(&home);
    assert!(line.contains(r#""key 999": 999, "…": "99,000 more entries cut"}"#));
}

#[test]
fn json_of_a_hundred_thousand_levels_is_cut_with_a_mark() {
    let home = Home::new();
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let json = format!(r#"{{"a": {}}}"#, deep(100_000));
    let ran = home.fed(
        &["emit", "info", "t", "--context-json", "-"],
        json.as_bytes(),
    );
    assert!(ran.is_quiet(), "{ran:?}");
    // One argument holds at most 128 KiB.
    let ran = home.run(["emit", "info", "t", "-c", &format!("a={}", deep(60_000))]);
    assert!(ran.is_quiet(), "{ran:?}");
    let log = home.log();
    assert_eq!(log.len(), 2);
    for line in log {
        assert!(line.contains("[… deeper levels cut …]"), "{line}");
    }
}

#[test]
fn a_context_that_is_no_object_is_kept_as_text_and_told() {
    let (home, ran) = emitted(&["info", "t", "--context-json", r#"{"a": 1,"#]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert_eq!(
        ran.err,
        "warning: the value of --context-json is no JSON object and is kept as text: the text ends too early\n"
    );
    assert!(
        only(&home).contains(r#"{"context_json": "{\"a\": 1,"}"#),
        "{}",
        only(&home)
    );
}

#[test]
fn hostile_text_stays_one_line_of_plain_characters() {
    let home = Home::new();
    let text = "a\u{1b}[2J\nb\r\u{85}\u{2028}\u{202e}c";
    let ran = home.run([
        "emit",
        text,
        text,
        text,
        "-c",
        &format!("{text}={text}"),
        "--json",
    ]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for shown in [only(&home).as_str(), ran.out.trim_end()] {
        let bad = |c: char| c.is_control() || "\u{2028}\u{202e}".contains(c);
        assert!(!shown.contains(bad), "{shown:?}");
    }
}

#[test]
fn relative_paths_of_the_variables_begin_at_the_current_folder() {
    let home = Home::new();
    let mut command = home.command();
    command
        .args(["emit", "info", "t", "-v"])
        .env("ALERT_LOG", "here.log");
    let ran = common::run(&mut command);
    assert!(ran.out.contains("here.log)\n"), "{ran:?}");
    assert!(
        ran.out.ends_with("(~/.local/share/alert/state.db)\n"),
        "{ran:?}"
    );
    assert_eq!(lines(&home.at("here.log")).len(), 1);
    let mut command = home.command();
    command
        .args(["emit", "info", "t", "-v"])
        .env("ALERT_DATA_DIR", home.at("data"));
    let ran = common::run(&mut command);
    assert!(ran.out.contains("(~/data/alerts.log)\n"), "{ran:?}");
    assert!(ran.out.ends_with("(~/data/state.db)\n"), "{ran:?}");
    assert_eq!(lines(&home.at("data/alerts.log")).len(), 1);
}

#[test]
fn a_state_database_that_cannot_be_written_is_told_and_the_log_has_the_alert() {
    let home = Home::new();
    std::fs::create_dir_all(home.at(".local/share/alert/state.db")).unwrap();
    let ran = home.run(["emit", "critical", "t"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    let told: Vec<_> = ran.err.lines().collect();
    assert_eq!(told.len(), 3, "{ran:?}");
    assert!(
        told[0].starts_with("warning: `") && told[0].ends_with("is a folder, name a file in it"),
        "{ran:?}"
    );
    assert_eq!(told[1], " --> sinks.state.path");
    assert!(told[2].starts_with("state: abandoned: "), "{ran:?}");
    assert!(only(&home).contains(" CRITICAL t "), "{ran:?}");
    assert_eq!(home.run(["emit", "critical", "t", "--strict"]).code, 1);
}

#[test]
fn wrong_usage_is_2_and_nothing_is_emitted() {
    for arguments in [
        &[][..],
        &["emit"],
        &["emit", "info"],
        &["emit", "info", "t", "m", "more"],
        &["emit", "info", "t", "--strikt"],
        &["emit", "info", "t", "-c", "no equals sign"],
        &["emit", "info", "t", "--timeout", "10"],
        &["emit", "info", "t", "--timeout", "-1s"],
        &["emit", "info", "t", "-", "--context-json", "-"],
        &["emmit"],
    ] {
        let home = Home::new();
        let ran = home.run(arguments);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (2, ""),
            "{arguments:?}: {ran:?}"
        );
        assert!(!ran.err.is_empty(), "{arguments:?}");
        assert!(home.log().is_empty(), "{arguments:?}");
    }
}
