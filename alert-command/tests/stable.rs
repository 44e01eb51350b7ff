//! What scripts rely on: commands, options, exit codes and the shapes of `--json`. A change of a
//! kept text here is a change of what was promised.

mod common;

use common::{Home, Ran, golden};
use serde_json::{Value, json};

/// Every command.
const COMMANDS: [&str; 18] = [
    "emit",
    "explain",
    "test",
    "status",
    "history",
    "audit",
    "ack",
    "resolve",
    "silence",
    "unsilence",
    "state",
    "init",
    "validate",
    "sinks",
    "new-sink",
    "schema",
    "completions",
    "man",
];

const CONFIG: &str = r#"[sinks.log]
type = "file"
path = "a.log"

[sinks.ops]
type = "file"
path = "ops.log"
when = { min_severity = "critical", source = ["billing-*"], context = { host = "db-*" } }
delivery = { dedup = { within = "15m" }, throttle = { at_most = 5, every = "1h" } }

[sinks.bad]
type = "fil"

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

/// The document, without what differs from run to run.
fn shape(home: &Home, ran: &Ran) -> String {
    let text = ran.out.replace(&home.path().display().to_string(), "HOME");
    let mut json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    assert_eq!(json["version"], 1, "{ran:?}");
    masked(&mut json);
    format!("{}\n", serde_json::to_string_pretty(&json).unwrap())
}

/// A help that lists what is linked.
fn is_list(help: &Value) -> bool {
    help.as_str().unwrap().starts_with("linked: ")
}

fn masked(json: &mut Value) {
    match json {
        Value::Object(object) => {
            for (key, value) in object {
                match key.as_str() {
                    // A silence's is a number, which stays.
                    "id" if value.is_number() => {}
                    "id" | "last_id" | "time" | "now" | "at" => *value = "…".into(),
                    key if key.ends_with("_at") && value.is_string() => *value = "…".into(),
                    // An alert's id; others stay.
                    "alert" | "subject" if value.as_str().is_some_and(|text| text.len() == 36) => {
                        *value = "…".into();
                    }
                    "pid" | "took_us" | "file_bytes" | "wal_bytes" => *value = 0.into(),
                    "took_ms" => *value = 0.0.into(),
                    "schema" => *value = json!({}),
                    "help" => value.as_array_mut().unwrap().retain(|help| !is_list(help)),
                    _ => masked(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(masked),
        _ => {}
    }
}

/// What can be done in [`raised`], one after the other.
const ACTS: [(&str, &[&str]); 12] = [
    ("ack", &["ack", "1", "--actor", "ann", "--note", "on it"]),
    (
        "resolve",
        &["resolve", "disk", "--actor", "ann", "--note", "done"],
    ),
    (
        "silence",
        &[
            "silence", "source=a", "--for", "2h", "--note", "why", "--actor", "ann",
        ],
    ),
    ("unsilence", &["unsilence", "1", "--actor", "ann"]),
    ("state-set", &["state", "set", "status/backup", "5"]),
    ("state-get", &["state", "get", "status/backup"]),
    ("state-list", &["state", "list", "status"]),
    ("status", &["status"]),
    ("history", &["history"]),
    ("history-alert", &["history", "1"]),
    ("audit", &["audit"]),
    ("state-remove", &["state", "remove", "status/backup"]),
];

/// A home in which an alert was raised.
fn raised() -> Home {
    let home = Home::new();
    let alert = [
        "emit",
        "critical",
        "disk full",
        "no space",
        "--source",
        "db-1",
        "--dedup-key",
        "disk",
    ];
    assert!(home.run(alert).is_quiet());
    home
}

#[test]
fn every_help_text_is_as_it_was_read_last() {
    let home = Home::new();
    let ran = home.run(["--help"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    golden("help.txt", &ran.out);
    for command in COMMANDS {
        let ran = home.run([command, "--help"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        golden(&format!("help-{command}.txt"), &ran.out);
        let asked = home.run(["help", command]);
        assert_eq!((asked.code, &asked.out), (0, &ran.out), "{command}");
    }
    for command in ["get", "set", "list", "remove"] {
        let ran = home.run(["state", command, "--help"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        golden(&format!("help-state-{command}.txt"), &ran.out);
    }
    let ran = home.run(["--version"]);
    assert_eq!(ran.out, format!("alert {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_fits_the_width_that_is_asked_for() {
    let home = Home::new();
    for command in COMMANDS {
        let mut narrow = home.command();
        let ran = common::run(narrow.args([command, "--help"]).env("COLUMNS", "60"));
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 60, "{command}: {line}");
        }
        let mut wide = home.command();
        let wide = common::run(wide.args([command, "--help"]).env("COLUMNS", "400"));
        assert_eq!(
            wide.out,
            home.run([command, "--help"]).out,
            "100 is the most"
        );
    }
}

#[test]
fn the_shapes_of_json_are_as_they_were_read_last() {
    let config = ["--json", "--config", "alert.toml"];
    for (name, code, arguments) in [
        ("emit", 0, &["emit", "info", "t"][..]),
        ("test", 1, &["test"]),
        ("validate", 1, &["validate"]),
        (
            "explain",
            1,
            &[
                "explain",
                "warning",
                "disk full",
                "no space",
                "-c",
                "count=5",
                "--source",
                "billing-eu",
                "--dedup-key",
                "disk",
                "--expect",
                "ops",
            ],
        ),
    ] {
        let home = home();
        let ran = home.run([arguments, &config[..]].concat());
        assert_eq!(ran.code, code, "{ran:?}");
        golden(&format!("json-{name}.json"), &shape(&home, &ran));
    }
    for (name, arguments) in [
        ("init", &["init", "--json"][..]),
        ("sinks-file", &["sinks", "file", "--json"]),
        (
            "new-sink",
            &["new-sink", "pager", "--alert", "0.1", "--json"],
        ),
    ] {
        let home = Home::new();
        let ran = home.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        golden(&format!("json-{name}.json"), &shape(&home, &ran));
    }
    let home = raised();
    for (name, arguments) in ACTS {
        let ran = home.run([arguments, &["--json"]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        golden(&format!("json-{name}.json"), &shape(&home, &ran));
    }
    let home = Home::new();
    let list: Value = serde_json::from_str(&shape(&home, &home.run(["sinks", "--json"]))).unwrap();
    let file = json!({
        "type": "file",
        "crate": "alert-sink-file",
        "docs": "One line per alert in a log file, as text or as JSON.",
    });
    let listed = list["sinks"].as_array().unwrap();
    assert!(listed.contains(&file), "{list}");
}

#[test]
fn wrong_usage_is_2_and_one_object_for_programs() {
    let home = home();
    for (arguments, text) in [
        (
            &["emit"][..],
            "the following required arguments were not provided: <SEVERITY> <TITLE>",
        ),
        (
            &["emit", "info", "t", "-", "--context-json", "-"],
            "MESSAGE and --context-json cannot both read standard input",
        ),
        (
            &["explain", "info", "t", "--expect", "lok"],
            "no sink is called `lok`, there are `log`, `state`",
        ),
        (
            &["test", "lok"],
            "no sink is called `lok`, there are `log`, `state`",
        ),
        (
            &["init", "--forced"],
            "unexpected argument '--forced' found",
        ),
    ] {
        let ran = home.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.starts_with("error: "), "{ran:?}");
        let ran = home.run([arguments, &["--json"]].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        let error = json!({ "class": "usage", "text": text });
        let told = ran.json();
        assert_eq!(
            (&told["version"], &told["error"]),
            (&1.into(), &error),
            "{ran:?}"
        );
    }
    for arguments in [
        &["validat"][..],
        &["completions", "tcsh"],
        &["sinks", "fil"],
        &[],
    ] {
        assert_eq!(home.run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn quiet_tells_nothing_but_errors_and_changes_no_exit_code() {
    let home = home();
    for (code, arguments) in [
        (0, &["emit", "info", "t"][..]),
        (1, &["test"]),
        (1, &["validate"]),
        (0, &["explain", "info", "t"]),
        (1, &["explain", "info", "t", "--expect", "ops"]),
    ] {
        let arguments = [arguments, &["--config", "alert.toml"]].concat();
        let loud = home.run(&arguments);
        let quiet = home.run([&arguments[..], &["--quiet"]].concat());
        assert_eq!((loud.code, quiet.code), (code, code), "{quiet:?}");
        assert_eq!(quiet.out, "", "{quiet:?}");
        assert!(
            quiet.err.contains("error: unknown sink type `fil`"),
            "{quiet:?}"
        );
    }
    let missed = home.run([
        "explain",
        "info",
        "t",
        "--expect",
        "ops",
        "--config",
        "alert.toml",
        "-q",
    ]);
    assert!(
        missed
            .err
            .contains("expected to take it: ops; would take it: log"),
        "{missed:?}"
    );
    home.write(
        "good.toml",
        "[sinks.log]\ntype = \"file\"\npath = \"a.log\"\n",
    );
    for arguments in [
        &[
            "emit",
            "info",
            "t",
            "--context-json",
            "1",
            "--config",
            "good.toml",
        ][..],
        &["test", "--config", "good.toml"],
        &["validate", "--config", "good.toml"],
        &[
            "explain",
            "info",
            "t",
            "--context-json",
            "1",
            "--config",
            "good.toml",
        ],
        &["init", "new.toml"],
    ] {
        let ran = home.run([arguments, &["-q"]].concat());
        assert!(ran.is_quiet(), "{ran:?}");
    }
}

#[test]
fn json_is_written_however_quiet_it_is() {
    let home = home();
    let ran = home.run(["validate", "--config", "alert.toml", "--json", "--quiet"]);
    assert_eq!(ran.json()["valid"], false);
}

#[test]
fn the_readme_has_every_command_and_the_shapes_that_are_written() {
    let readme = include_str!("../README.md");
    for command in COMMANDS {
        assert!(readme.contains(&format!("| `{command}")), "{command}");
    }
    let blocks = readme.split("```json\n").skip(1);
    let mut documented: Vec<Vec<String>> = blocks
        .map(|block| block.split("```").next().unwrap())
        .map(|block| keys(&serde_json::from_str(block).unwrap_or_else(|e| panic!("{e}: {block}"))))
        .collect();
    documented.sort();
    let home = home();
    let config = ["--json", "--config", "alert.toml"];
    let mut written: Vec<Vec<String>> = [
        [&["emit", "info", "t"][..], &config].concat(),
        [&["explain", "info", "t"][..], &config].concat(),
        [&["validate"][..], &config].concat(),
        vec!["init", "--json"],
        vec!["sinks", "--json"],
        vec!["sinks", "file", "--json"],
        vec!["emit", "--json"],
    ]
    .iter()
    .map(|arguments| keys(&home.run(arguments).json()))
    .collect();
    let raised = raised();
    let acts = ACTS.iter();
    written.extend(acts.map(|(_, act)| keys(&raised.run([*act, &["--json"]].concat()).json())));
    // What begins and what ends a silence write the same.
    written.sort();
    written.dedup();
    written.sort();
    assert_eq!(documented, written);
}

fn keys(json: &Value) -> Vec<String> {
    let object = json.as_object().unwrap();
    let mut keys: Vec<_> = object.keys().cloned().collect();
    keys.sort();
    keys
}
