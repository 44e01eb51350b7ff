//! `state get`, `set` and `list`, and databases that are not as they should be.

mod common;

use common::{Home, run};
use serde_json::{Value, json};

const CONFIG: &str = "[sinks.book]\ntype = \"sqlite-state\"\npath = \"a.db\"\n";

/// A home whose config names `a.db`.
fn home() -> Home {
    let home = Home::new();
    home.write("alert.toml", CONFIG);
    home
}

fn state(home: &Home, arguments: &[&str]) -> common::Ran {
    home.run([&["state"], arguments, &["--config", "alert.toml"]].concat())
}

/// Sets a value and gives what is there then.
fn kept(home: &Home, value: &str) -> Value {
    let ran = state(home, &["set", "--quiet", "ns/key", value]);
    assert!(ran.is_quiet(), "{ran:?}");
    state(home, &["get", "ns/key", "--json"]).json()["value"].clone()
}

#[test]
fn a_value_that_is_set_is_there_and_keeps_its_type() {
    let home = home();
    for (given, there) in [
        ("5", json!(5)),
        ("-0.5", json!(-0.5)),
        ("true", json!(true)),
        ("null", json!(null)),
        (r#"{"ok": [1, 2]}"#, json!({ "ok": [1, 2] })),
        (r#""5""#, json!("5")),
        ("five of them", json!("five of them")),
        ("", json!("")),
        ("a\u{1b}[2J\u{202e}\nb", json!("a\u{1b}[2J\u{202e}\nb")),
    ] {
        assert_eq!(kept(&home, given), there);
    }
    let ran = state(&home, &["set", "status/backup", r#"{"ok": true}"#]);
    assert_eq!(ran.out, "status/backup = {\"ok\":true}\n");
    let ran = state(&home, &["set", "status/backup", "late"]);
    assert_eq!(ran.out, "status/backup = \"late\", before: {\"ok\":true}\n");
    let json = state(&home, &["set", "status/backup", "1", "--json"]).json();
    assert_eq!(
        json,
        json!({ "version": 1, "namespace": "status", "key": "backup", "value": 1, "before": "late" })
    );
}

#[test]
fn a_value_is_printed_as_json_or_as_it_was_set() {
    let home = home();
    kept(&home, "a \"b\"\u{1b}[2J\nc");
    let ran = state(&home, &["get", "ns/key"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out, "\"a \\\"b\\\"\\u001b[2J\\nc\"\n");
    assert_eq!(
        state(&home, &["get", "ns/key", "--raw"]).out,
        "a \"b\"\u{1b}[2J\nc\n"
    );
    kept(&home, "[1, {}]");
    assert_eq!(state(&home, &["get", "ns/key", "--raw"]).out, "[1,{}]\n");
}

#[test]
fn a_value_may_come_from_standard_input() {
    let home = home();
    let set = ["state", "set", "ns/key", "-", "--config", "alert.toml"];
    let ran = home.fed(&set, b"several\nlines\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    let get = || state(&home, &["get", "ns/key", "--json"]).json()["value"].clone();
    assert_eq!(get(), "several\nlines");
    home.fed(&set, b"{\"a\": 1}\n");
    assert_eq!(get(), json!({ "a": 1 }));
    // Two quotation marks are part of the value.
    let most = "x".repeat(1024 * 1024 - 2);
    assert_eq!(home.fed(&set, most.as_bytes()).code, 0);
    assert_eq!(get(), most.as_str());
    let ran = home.fed(&set, "x".repeat(1024 * 1024 + 1).as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(ran.err, "error: a value has at most 1 MiB\n");
    let escaped = "\n".repeat(1024 * 1024);
    let ran = home.fed(&set, escaped.as_bytes());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("at most 1 MiB of JSON"), "{ran:?}");
    assert_eq!(get(), most.as_str(), "it stays as it was");
}

#[test]
fn values_are_listed_by_namespace_and_long_ones_are_shown_short() {
    let home = home();
    for (name, value) in [("b/x", "1"), ("a/y\u{1b}[2J", "2"), ("a/x/z", "3")] {
        assert_eq!(state(&home, &["set", name, value]).code, 0);
    }
    let long = "é".repeat(1_000);
    state(&home, &["set", "b/long", &long]);
    let ran = state(&home, &["list"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let told: Vec<_> = ran.out.lines().collect();
    assert_eq!(told.len(), 4, "{ran:?}");
    assert!(told[0].starts_with("a/x/z = 3  20"), "{ran:?}");
    assert!(told[1].starts_with("a/y\\u001b[2J = 2  20"), "{ran:?}");
    assert!(told[2].contains("é… (2002 bytes)"), "{ran:?}");
    assert_eq!(state(&home, &["list", "b"]).out.lines().count(), 2);
    let json = state(&home, &["list", "b", "--json"]).json();
    assert_eq!(json["values"][0]["value"], long.as_str());
    assert_eq!(json["values"].as_array().unwrap().len(), 2);
    let none = state(&home, &["list", "nothing"]);
    assert!(none.is_quiet(), "{none:?}");
}

#[test]
fn a_value_that_is_removed_is_told_once_more_and_gone() {
    let home = home();
    let ran = state(&home, &["remove", "ns/key"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(!home.at("a.db").exists(), "none is made to remove nothing");
    kept(&home, "x\u{1b}");
    let ran = state(&home, &["remove", "ns/key"]);
    assert_eq!(ran.out, "removed ns/key: \"x\\u001b\"\n");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for command in ["get", "remove"] {
        let ran = state(&home, &[command, "ns/key"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert_eq!(ran.err, "error: there is no `ns/key`\n");
    }
    assert_eq!(state(&home, &["remove", "alert/last"]).code, 2);
}

#[test]
fn a_value_that_is_not_there_is_1() {
    let home = home();
    kept(&home, "1");
    let ran = state(&home, &["get", "ns/other\u{1b}"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(ran.err, "error: there is no `ns/other\\u001b`\n");
    let json = state(&home, &["get", "ns/other", "--json"]).json();
    assert_eq!(json["error"]["class"], "absent");
}

#[test]
fn names_that_cannot_be_are_wrong_usage() {
    let home = home();
    let long = format!("ns/{}", "k".repeat(257));
    for name in ["alert/last", "ns", "", "/key", "ns/", &long] {
        let ran = state(&home, &["set", name, "1"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    }
    let ran = state(&home, &["get", "ns"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(
        ran.err,
        "error: `ns` is no NAMESPACE/KEY, a slash is missing\n"
    );
    let ran = home.run(["state", "sett", "a/b", "1"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("'set'"), "{ran:?}");
    assert!(!home.at("a.db").exists());
}

#[test]
fn what_standard_output_does_not_take_changes_nothing() {
    let home = home();
    for command in [
        "set ns/key 1",
        "set ns/key 2 --json",
        "get ns/key",
        "list",
        "list --json",
    ] {
        let script = format!("ALERT_CONFIG=alert.toml \"$0\" state {command} > /dev/full");
        let ran = run(&mut home.shell(&script));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command}: {ran:?}");
    }
    assert_eq!(state(&home, &["get", "ns/key"]).out, "2\n");
}

/// What a command says of a database that it cannot use.
fn refused(home: &Home, arguments: &[&str]) -> String {
    let ran = home.run([arguments, &["--config", "alert.toml"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    let json = home.run([arguments, &["--config", "alert.toml", "--json"]].concat());
    assert_eq!(json.code, 1, "{json:?}");
    assert_eq!(json.json()["error"]["class"], "state");
    ran.err
}

const READING: &[&str] = &["state", "list"];
const WRITING: &[&str] = &["state", "set", "ns/key", "1"];

#[test]
fn a_database_of_another_program_is_left_alone() {
    let home = home();
    let other = rusqlite::Connection::open(home.at("a.db")).unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    drop(other);
    let before = std::fs::read(home.at("a.db")).unwrap();
    for arguments in [READING, WRITING] {
        let told = refused(&home, arguments);
        assert!(
            told.contains("it is a database of another program"),
            "{told}"
        );
    }
    assert!(std::fs::read(home.at("a.db")).unwrap() == before);
}

#[test]
fn a_database_of_a_later_version_is_left_alone() {
    let home = home();
    kept(&home, "1");
    let later = rusqlite::Connection::open(home.at("a.db")).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    drop(later);
    for arguments in [READING, WRITING] {
        let told = refused(&home, arguments);
        assert!(
            told.contains("a later version of this program made it"),
            "{told}"
        );
    }
}

#[test]
fn a_database_that_another_program_holds_is_waited_for_and_then_told() {
    let home = home();
    kept(&home, "1");
    let holder = rusqlite::Connection::open(home.at("a.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Who writes does not hold up who reads.
    assert_eq!(state(&home, &["get", "ns/key"]).out, "1\n");
    let ran = state(&home, &["set", "ns/key", "2"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(
        ran.err.contains("another program has held the database"),
        "{ran:?}"
    );
    assert!(ran.err.ends_with(", try again\n"), "{ran:?}");
    assert!(ran.took.as_secs() < 20, "{ran:?}");
    holder.execute_batch("COMMIT").unwrap();
    assert_eq!(kept(&home, "3"), 3);
}

#[test]
fn a_folder_that_is_a_file_is_told() {
    let home = home();
    home.write("plain", "");
    home.write(
        "alert.toml",
        "[sinks.book]\ntype = \"sqlite-state\"\npath = \"plain/a.db\"\n",
    );
    let told = refused(&home, WRITING);
    assert!(told.starts_with("error: state database `"), "{told}");
    assert!(told.contains("plain/a.db"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_where_nothing_can_be_written_is_told() {
    let home = home();
    // Also for root, who may write into any folder of a disk.
    home.write(
        "alert.toml",
        "[sinks.book]\ntype = \"sqlite-state\"\npath = \"/sys/a.db\"\n",
    );
    let told = refused(&home, WRITING);
    assert!(told.contains("`/sys/a.db`"), "{told}");
    let silence = ["silence", "--all", "--for", "1h", "--note", "n"];
    refused(&home, &silence);
}

#[test]
fn what_is_no_database_is_told_and_not_read() {
    let home = home();
    home.write("a.db", "a text, and not a short one\n".repeat(1_000));
    let told = refused(&home, READING);
    assert!(told.contains("the database is damaged"), "{told}");
    assert!(
        told.contains("sets it aside"),
        "it says what happens next: {told}"
    );
}

#[test]
fn a_config_that_cannot_be_read_is_told() {
    let home = Home::new();
    let ran = home.run(["state", "list", "--config", "missing.toml"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.starts_with("error: cannot read `missing.toml`"),
        "{ran:?}"
    );
    let mut command = home.command();
    let ran = run(command.args(["state", "list"]).env_remove("HOME"));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(
        ran.err
            .contains("there is no place for data, since HOME is not set"),
        "{ran:?}"
    );
}
