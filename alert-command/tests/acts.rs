//! What people do about alerts: `ack`, `resolve`, `silence`, `unsilence`.

mod common;

use std::time::Duration;

use alert::sinks::sqlite_state::{AlertName, AuditQuery, Incident, StateReader, StateStore};
use alert::{Alert, Timestamp};
use common::{Home, Ran, lines};
use serde_json::{Value, json};

/// A config whose database is `a.db` and whose sink writes `a.jsonl`.
const CONFIG: &str = "[sinks.log]
type = \"file\"
path = \"a.jsonl\"
format = \"json\"

[sinks.book]
type = \"sqlite-state\"
path = \"a.db\"
";

/// A home with that config, in which two alerts of the key `disk:/` were raised.
fn home() -> Home {
    let home = Home::new();
    home.write("alert.toml", CONFIG);
    for title in ["disk filling", "disk full"] {
        let ran = act(&home, &["emit", "critical", title, "--dedup-key", "disk:/"]);
        assert!(ran.is_quiet(), "{ran:?}");
    }
    home
}

fn act(home: &Home, arguments: &[&str]) -> Ran {
    let mut command = home.command();
    common::run(
        command
            .args(arguments)
            .env("USER", "ann")
            .env("ALERT_CONFIG", "alert.toml"),
    )
}

fn reader(home: &Home) -> StateReader {
    StateReader::open(home.at("a.db")).expect("there is a database")
}

fn incident(home: &Home) -> Incident {
    let incident = reader(home).incident("disk:/").unwrap();
    incident.expect("its alerts were raised")
}

/// Actions, subjects and notes of the audit trail, the newest first.
fn audit(home: &Home) -> Vec<(String, String, Option<String>)> {
    let entries = reader(home).audit(&AuditQuery::new()).unwrap();
    let entries = entries.into_iter().map(|entry| {
        assert_eq!(entry.actor, "ann");
        (entry.action, entry.subject, entry.note)
    });
    entries.collect()
}

fn records(home: &Home) -> Vec<Value> {
    let lines = lines(&home.at("a.jsonl"));
    let record = |line: &String| serde_json::from_str(line).expect("each line is JSON");
    lines.iter().map(record).collect()
}

#[test]
fn an_acknowledgement_is_in_the_database_with_who_and_why() {
    let home = home();
    let ran = act(&home, &["ack", "2", "--note", "on it"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert_eq!(
        ran.out,
        "acknowledged the open incident of disk:/, 2 alerts: #2 critical disk full\n"
    );
    let incident = incident(&home);
    assert_eq!(incident.acked_by.as_deref(), Some("ann"));
    assert_eq!(incident.ack_note.as_deref(), Some("on it"));
    let alert = reader(&home)
        .story(AlertName::Number(2))
        .unwrap()
        .unwrap()
        .alert;
    let id = alert.id.to_string();
    assert_eq!(
        audit(&home),
        [("ack".into(), id.clone(), Some("on it".into()))]
    );
    let json = act(&home, &["ack", &id, "--json", "--quiet"]).json();
    assert_eq!(json["alert"]["number"], 2);
    assert_eq!(json["incident"]["acked_by"], "ann");
    assert_eq!(json["unaudited"], Value::Null);
}

#[test]
fn an_alert_that_is_not_there_cannot_be_acknowledged() {
    let home = home();
    let ran = act(&home, &["ack", "#9"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "error: there is no alert #9, or none any more, see `alert history`\n"
    );
    let json = act(&home, &["ack", "9", "--json"]).json();
    assert_eq!(json["error"]["class"], "absent");
    for name in ["disk full", "", "-1", "0x1", "1\u{1b}[2J"] {
        let ran = act(&home, &["ack", "--", name]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(!ran.err.contains('\u{1b}'), "{ran:?}");
    }
    assert!(audit(&home).is_empty());
}

#[test]
fn resolving_closes_the_incident_and_every_sink_hears_of_it() {
    let home = home();
    let before = incident(&home);
    let ran = act(&home, &["resolve", "disk:/", "--note", "more disk"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let told: Vec<_> = ran.out.lines().collect();
    assert!(told[0].starts_with("log: delivered in "), "{ran:?}");
    assert_eq!(
        told.last(),
        Some(&"resolved the incident of disk:/: critical disk full")
    );
    let records = records(&home);
    let resolved = records.last().unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(resolved["status"], "resolved");
    assert_eq!(
        (&resolved["title"], &resolved["message"]),
        (&json!("disk full"), &json!("more disk"))
    );
    assert_eq!(
        (&resolved["severity"], &resolved["dedup_key"]),
        (&json!("critical"), &json!("disk:/"))
    );
    assert_eq!(resolved["source"], before.source);
    assert_eq!(resolved["context"]["resolved_by"], "ann");
    assert!(!incident(&home).is_open());
    assert_eq!(
        audit(&home),
        [("resolve".into(), "disk:/".into(), Some("more disk".into()))]
    );
    let entry = act(&home, &["audit"]).out;
    let change = entry.rsplit_once("disk:/").unwrap().1.trim();
    assert!(
        change.starts_with("more disk (resolved_at: null -> 20"),
        "only what it changed is told: {entry}"
    );
    assert!(
        change.contains("Z, alert: nothing -> ") && !change.contains("title"),
        "{entry}"
    );
    let history = reader(&home).history(&Default::default()).unwrap();
    assert_eq!(history.len(), 3, "it is there once, whoever wrote it first");
    let again = act(&home, &["resolve", "disk:/"]);
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert!(again.err.contains("was resolved at 20"), "{again:?}");
    assert!(again.err.ends_with(", nothing was sent\n"), "{again:?}");
    assert_eq!(lines(&home.at("a.jsonl")).len(), 3);
}

#[test]
fn an_incident_whose_alert_came_from_a_clock_that_is_ahead_can_be_resolved() {
    let home = home();
    let hour = Duration::from_secs(3_600).as_micros() as u64;
    let ahead = Timestamp::from_micros(Timestamp::now().as_micros() + hour);
    let alert = Alert::critical("ahead")
        .dedup_key("ahead")
        .time(ahead)
        .build();
    let store = StateStore::open(home.at("a.db")).unwrap();
    store.record(&[alert]).unwrap();
    let ran = act(&home, &["resolve", "ahead"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let incident = reader(&home).incident("ahead").unwrap().unwrap();
    assert!(incident.resolved_at > Some(ahead), "{incident:?}");
}

#[test]
fn without_an_open_incident_nothing_is_resolved_or_sent() {
    let home = home();
    let ran = act(&home, &["resolve", "disk\u{1b}[2J"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    let told = "error: there is no incident of `disk\\u001b[2J`, nothing was sent, `alert status` shows the keys of those that are open\n";
    assert_eq!(ran.err, told);
    let json = act(&home, &["resolve", "disk", "--json"]).json();
    assert_eq!(json["error"]["class"], "absent");
    assert_eq!(records(&home).len(), 2);
    assert!(incident(&home).is_open());
}

#[test]
fn an_incident_is_closed_where_every_sink_fails_and_the_config_does_not_write_the_database() {
    let home = home();
    home.write("plain", "");
    // The database's own sink takes no alert, the other fails.
    home.write(
        "alert.toml",
        "[sinks.book]
type = \"sqlite-state\"
path = \"a.db\"
when = { source = [\"nobody\"] }

[sinks.bad]
type = \"file\"
path = \"plain/a.log\"
",
    );
    let json = act(&home, &["resolve", "disk:/", "--json", "--timeout", "2s"]);
    assert_eq!(json.code, 0, "{json:?}");
    assert!(json.err.starts_with("bad: "), "{json:?}");
    let json = json.json();
    assert_eq!(json["outcomes"]["bad"]["verdict"], "abandoned");
    assert_eq!(json["incident"]["count"], 2);
    assert_eq!(json["unclosed"], Value::Null);
    let closed = incident(&home).resolved_at.expect("it is closed");
    assert_eq!(json["resolved_at"], closed.to_string());
}

#[test]
fn a_silence_says_about_what_by_whom_why_and_until_when() {
    let home = home();
    let ran = act(
        &home,
        &[
            "silence",
            "severity=warning,critical",
            "source=billing-*",
            "key=disk:*",
            "context.host=db 1",
            "--for",
            "2h",
            "--note",
            "deploy",
        ],
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let about = "silence 1: severity=warning,critical source=billing-* key=disk:* \
                 context.host=\"db 1\", until 20";
    assert!(ran.out.starts_with(about), "{ran:?}");
    assert!(ran.out.ends_with("Z (for 2h)\n"), "{ran:?}");
    let now = Timestamp::now();
    let silences = reader(&home).silences(now).unwrap();
    let silence = &silences[0];
    assert_eq!(
        (silence.created_by.as_str(), silence.note.as_str()),
        ("ann", "deploy")
    );
    let left = silence.ends_at.saturating_since(now).as_secs();
    assert!((7_100..=7_200).contains(&left), "{left}");

    let ran = act(&home, &["unsilence", "1", "--note", "done"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(ran.out.starts_with("silence 1 ended: severity="), "{ran:?}");
    assert!(reader(&home).silences(now).unwrap().is_empty());
    let entry = |action: &str, note: &str| {
        (
            action.to_owned(),
            "silence:1".to_owned(),
            Some(note.to_owned()),
        )
    };
    assert_eq!(
        audit(&home),
        [entry("unsilence", "done"), entry("silence", "deploy")]
    );
    let again = act(&home, &["unsilence", "silence:1"]);
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert_eq!(
        again.err,
        "error: no silence 1 is in force, `alert status` shows those that are\n"
    );
}

#[test]
fn a_silence_may_end_at_a_time_and_be_about_everything() {
    let home = Home::new();
    let hour = 3_600_000_000;
    let until = Timestamp::from_micros(Timestamp::now().as_micros() + hour).to_string();
    let ran = home.run(["silence", "--all", "--until", &until, "--note", "n"]);
    let told = format!("silence 1: everything, until {until} (for 1h)\n");
    assert_eq!((ran.code, ran.out), (0, told));
    let ran = home.run([
        "silence", "--all", "--for", "90m", "--note", "n", "--json", "--actor", "cron",
    ]);
    let json = ran.json();
    let silence = &json["silence"];
    assert_eq!(silence["matches"], json!({}));
    assert_eq!(
        (&silence["created_by"], &silence["note"]),
        (&json!("cron"), &json!("n"))
    );
    assert!(home.at(".local/share/alert/state.db").exists());
}

#[test]
fn a_silence_that_makes_no_sense_is_wrong_usage_and_changes_nothing() {
    let home = home();
    let note = ["--note", "n"];
    for (arguments, told) in [
        (
            &["--for", "2h"][..],
            "no condition is given, give some, or --all for every alert",
        ),
        (&["sorce=a", "--for", "2h"], "`sorce=a` is no condition: "),
        (&["sorce=a", "--for", "2h"], "did you mean `source`?"),
        (
            &["source=a", "source=b", "--for", "2h"],
            "`source=b` is no condition: ",
        ),
        (&["severity=loud", "--for", "2h"], "severity is one of"),
        (
            &["\u{1b}[2J=a", "--for", "2h"],
            "`\\u001b[2J=a` is no condition",
        ),
        (&["--all", "--for", "0s"], "would be over already"),
        (
            &["--all", "--until", "2020-01-01T00:00:00Z"],
            "would be over already",
        ),
        (
            &["--all", "--until", "tomorrow"],
            "--until is `tomorrow`: not a time",
        ),
        (&["--all", "--for", "367d"], "lasts at most 366 days"),
        (
            &["--all", "--until", "9990-01-01T00:00:00Z"],
            "lasts at most 366 days",
        ),
        (&["--all", "--for", "2"], "expected"),
        (&["--all", "source=a", "--for", "2h"], "cannot be used with"),
        (&["--all"], "--for <DURATION>"),
        (
            &["--all", "--for", "2h", "--until", "2090-01-01T00:00:00Z"],
            "cannot be used with",
        ),
    ] {
        let ran = act(&home, &[&["silence"], arguments, &note].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains(told), "{told}: {ran:?}");
        assert!(!ran.err.contains('\u{1b}'), "{ran:?}");
    }
    for without in [&["--note", " "][..], &[]] {
        let ran = act(
            &home,
            &[&["silence", "--all", "--for", "2h"], without].concat(),
        );
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("--note"), "{ran:?}");
    }
    for id in ["", "one", "1.5"] {
        let ran = act(&home, &["unsilence", id]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    }
    assert!(reader(&home).silences(Timestamp::now()).unwrap().is_empty());
    assert!(audit(&home).is_empty());
}

#[test]
fn an_act_counts_where_the_audit_trail_cannot_be_written_and_that_is_told() {
    let home = home();
    let database = rusqlite::Connection::open(home.at("a.db")).unwrap();
    let trigger = "CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END";
    database.execute_batch(trigger).unwrap();
    for arguments in [
        &["ack", "1"][..],
        &["silence", "--all", "--for", "1h", "--note", "n"],
        &["unsilence", "1"],
        &["resolve", "disk:/"],
    ] {
        let ran = act(&home, arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        let told = "warning: it is done, but has no entry in the audit trail: ";
        assert!(ran.err.starts_with(told), "{ran:?}");
        assert!(!ran.out.is_empty(), "{ran:?}");
    }
    let json = act(&home, &["ack", "1", "--json"]).json();
    assert!(json["unaudited"].is_string(), "{json}");
    let incident = incident(&home);
    assert!(!incident.is_open());
    assert_eq!(incident.acked_by.as_deref(), Some("ann"));
}

#[test]
fn without_a_database_there_is_nothing_to_do_and_none_is_made() {
    let home = Home::new();
    home.write("alert.toml", CONFIG);
    for arguments in [
        &["ack", "1"][..],
        &["resolve", "disk:/"],
        &["unsilence", "1"],
    ] {
        let ran = act(&home, arguments);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(
            ran.err.contains("a.db`: there is no such file yet"),
            "{ran:?}"
        );
        let json = act(&home, &[arguments, &["--json"]].concat());
        assert_eq!(json.code, 1, "{json:?}");
        assert_eq!(json.json()["error"]["class"], "absent");
    }
    assert!(!home.at("a.db").exists());
    assert!(!home.at("a.jsonl").exists(), "nothing was sent");
}

#[test]
fn of_several_databases_one_is_named() {
    let home = Home::new();
    home.write(
        "alert.toml",
        format!("{CONFIG}\n[sinks.other]\ntype = \"sqlite-state\"\npath = \"b.db\"\n"),
    );
    let silence = ["silence", "--all", "--for", "1h", "--note", "n"];
    let ran = act(&home, &silence);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    assert!(
        ran.err
            .ends_with("say which with --state: `book`, `other`\n"),
        "{ran:?}"
    );
    let ran = act(&home, &[&silence[..], &["--state", "log"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    assert!(
        ran.err
            .contains("is called `log`, there are `book`, `other`"),
        "{ran:?}"
    );
    let ran = act(&home, &[&silence[..], &["--state", "other"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(home.at("b.db").exists() && !home.at("a.db").exists());
}

#[test]
fn quiet_acts_say_nothing_and_a_full_screen_changes_nothing() {
    let home = home();
    for arguments in [
        &["ack", "1"][..],
        &["silence", "--all", "--for", "1h", "--note", "n"],
        &["unsilence", "1"],
        &["resolve", "disk:/"],
    ] {
        let ran = act(&home, &[arguments, &["--quiet"]].concat());
        assert!(ran.is_quiet(), "{ran:?}");
    }
    let script = "ALERT_CONFIG=alert.toml \"$0\" silence --all --for 1h --note n > /dev/full";
    let ran = common::run(&mut home.shell(script));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert_eq!(reader(&home).silences(Timestamp::now()).unwrap().len(), 1);
}

#[test]
fn what_else_is_wrong_with_the_config_hinders_no_act() {
    let home = home();
    let broken = "[sinks.bad]\ntype = \"fil\"\n[sinks.worse]\ntype = = 5\n[alrt]\n";
    home.write("alert.toml", format!("{CONFIG}\n{broken}"));
    let ran = act(&home, &["ack", "1"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let ran = act(&home, &["resolve", "disk:/"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("unknown sink type `fil`"), "{ran:?}");
    assert!(
        ran.out
            .ends_with("resolved the incident of disk:/: critical disk full\n"),
        "{ran:?}"
    );
    assert!(!incident(&home).is_open());
    // Which database is meant must be known.
    home.write("alert.toml", CONFIG.replace("\"a.db\"", "5"));
    let ran = act(&home, &["ack", "1"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    let told = "error: the database of sink `book` is not known: ";
    assert!(ran.err.starts_with(told), "{ran:?}");
}

#[test]
fn an_incident_that_cannot_be_closed_is_told_and_the_sinks_have_heard_of_it() {
    let home = home();
    let holder = rusqlite::Connection::open(home.at("a.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ran = act(
        &home,
        &["resolve", "disk:/", "--timeout", "500ms", "--json"],
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    let told = "error: the incident could not be closed: state database `";
    assert!(ran.err.contains(told), "{ran:?}");
    let json = ran.json();
    assert_eq!(json["outcomes"]["log"]["verdict"], "delivered");
    assert_eq!(json["resolved_at"], Value::Null);
    assert!(json["unclosed"].as_str().unwrap().contains("try again"));
    holder.execute_batch("COMMIT").unwrap();
    assert!(incident(&home).is_open());
    assert_eq!(act(&home, &["resolve", "disk:/", "-q"]).code, 0);
    assert!(!incident(&home).is_open());
}

#[cfg(unix)]
#[test]
fn hostile_texts_are_kept_and_never_make_a_terminal_act() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    let home = home();
    let hostile = "\u{1b}[2J\u{202e}\r\nx'; DROP TABLE audit; --";
    let bytes = OsString::from_vec(b"\xff\x1b]0;t\x07".to_vec());
    let run = |arguments: &[&str]| {
        let mut command = home.command();
        command.args(arguments).arg("--actor").arg(&bytes);
        let ran = common::run(command.env("ALERT_CONFIG", "alert.toml"));
        let bad = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2028}".contains(c);
        for shown in [&ran.out, &ran.err] {
            assert!(!shown.contains(bad), "{ran:?}");
        }
        ran
    };
    let key = format!("key{hostile}");
    let firing = ["emit", "info", hostile, "--dedup-key", &key, "-q"];
    assert_eq!(act(&home, &firing).code, 0);
    assert_eq!(run(&["ack", "3", "--note", hostile]).code, 0);
    let terms = [
        &format!("source={hostile}"),
        &format!("context.{hostile}=a"),
    ];
    for term in terms {
        let silence = ["silence", term, "--for", "1h", "--note", hostile];
        let ran = run(&silence);
        assert!(
            ran.code == 0 || ran.err.contains("is no condition"),
            "{ran:?}"
        );
    }
    assert_eq!(run(&["unsilence", "1", "--note", hostile]).code, 0);
    for arguments in [
        ["ack", hostile],
        ["unsilence", hostile],
        ["silence", hostile],
    ] {
        assert_eq!(run(&arguments).code, 2);
    }
    assert_eq!(run(&["resolve", hostile]).code, 1);
    let stored = reader(&home).incident(&key).unwrap();
    assert!(stored.is_some(), "the key is kept as it was given");
    assert_eq!(run(&["resolve", &key, "--note", hostile]).code, 0);
    let stored = reader(&home).incident(&key).unwrap().unwrap();
    assert!(!stored.is_open());
    assert_eq!(stored.acked_by.as_deref(), Some("\u{fffd}\u{1b}]0;t\u{7}"));
    let entries = reader(&home).audit(&AuditQuery::new()).unwrap();
    assert_eq!(entries.len(), 4, "{entries:?}");
    assert!(
        entries
            .iter()
            .all(|entry| entry.note.as_deref() == Some(hostile))
    );
}
