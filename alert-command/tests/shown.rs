//! What the commands that read the state database show, of a database that the command itself
//! filled.

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::{Home, Ran, run};

fn database(home: &Home) -> PathBuf {
    home.at(".local/share/alert/state.db")
}

/// Raises an alert.
fn emit(home: &Home, arguments: &[&str]) {
    let ran = home.run([&["emit"], arguments].concat());
    assert!(ran.is_quiet(), "{ran:?}");
}

/// A home with alerts, open incidents and what people did about them.
fn busy() -> Home {
    let home = Home::new();
    let disk = ["--source", "billing-eu", "--dedup-key", "disk:/var"];
    emit(
        &home,
        &[&["info", "started", "--source", "nightly"][..]].concat(),
    );
    emit(
        &home,
        &[&["critical", "disk full", "no space\nat all"][..], &disk].concat(),
    );
    emit(
        &home,
        &[&["critical", "disk full", "still"][..], &disk].concat(),
    );
    emit(
        &home,
        &[
            "warning",
            "slow",
            "--source",
            "billing-us",
            "--dedup-key",
            "slow",
        ],
    );
    emit(
        &home,
        &[
            "warning",
            "slow",
            "--source",
            "billing-us",
            "--dedup-key",
            "slow",
            "--resolve",
        ],
    );
    home
}

fn done(home: &Home, arguments: &[&str]) -> Ran {
    let ran = home.run(arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    ran
}

/// The numbers of the alerts that a list has, the newest first.
fn numbers(ran: &Ran) -> Vec<i64> {
    let alerts = ran.json()["alerts"].clone();
    let alerts = alerts.as_array().unwrap().iter();
    alerts
        .map(|alert| alert["number"].as_i64().unwrap())
        .collect()
}

#[test]
fn where_nothing_was_stored_it_is_said_and_is_no_failure() {
    let home = Home::new();
    let said = format!(
        "no state database at `{}` yet: nothing was stored\n",
        database(&home).display()
    );
    for command in ["status", "history", "audit"] {
        let ran = done(&home, &[command]);
        assert_eq!(ran.out, said);
    }
    assert!(done(&home, &["status", "--json"]).json()["status"].is_null());
    assert!(numbers(&done(&home, &["history", "--json"])).is_empty());
    let ran = home.run(["history", "1"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert!(!database(&home).exists(), "reading creates nothing");
}

#[test]
fn the_status_tells_alerts_incidents_counts_sinks_silences_results_and_acts() {
    let home = busy();
    done(&home, &["ack", "2", "--actor", "ann", "--note", "on it"]);
    done(
        &home,
        &[
            "silence",
            "source=nightly",
            "--for",
            "2h",
            "--note",
            "deploy",
            "--actor",
            "bob",
        ],
    );
    done(&home, &["state", "set", "status/backup", "812"]);
    let ran = done(&home, &["status"]);
    let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "last alerts severity raised at source title critical ",
        " billing-eu disk full warning ",
        "open incidents: 1 critical severity key title since at times acknowledged critical disk:/var disk full ",
        " 2 by ann ",
        ": on it `alert history --open` has the numbers for `alert ack NUMBER`, `alert resolve KEY` ends one raised in the last critical warning info hour 2 2 1 day 2 2 1 week 2 2 1 ",
        "sinks program sink state success error waiting lost alert log closed ",
        "silences id match by why ends at 1 source=nightly bob deploy in 1h ",
        "results backup 812 ",
        "newest audit entries done at by action subject change ",
        " bob silence silence:1 deploy ",
    ] {
        assert!(words.contains(part), "{part}\n{}", ran.out);
    }
    assert!(!words.contains("recover"), "{}", ran.out);
}

#[test]
fn a_table_keeps_the_width_of_its_terminal_and_a_pipe_gets_whole_lines() {
    let home = Home::new();
    let long = "a title that is so long that no terminal of eighty columns has room for it beside all the rest";
    emit(
        &home,
        &["warning", long, "--source", "s", "--dedup-key", "k"],
    );
    let whole = done(&home, &["history"]);
    assert!(whole.out.contains(long), "{whole:?}");
    for columns in ["40", "80", "130"] {
        for arguments in [&["status"][..], &["history"], &["history", "1"], &["audit"]] {
            let mut command = home.command();
            let ran = run(command.args(arguments).env("COLUMNS", columns));
            for line in ran.out.lines() {
                assert!(line.chars().count() <= columns.parse().unwrap(), "{line}");
            }
        }
    }
    let mut narrow = home.command();
    let ran = run(narrow.args(["history"]).env("COLUMNS", "80"));
    assert!(
        ran.out
            .contains("a title that is so long that no terminal…"),
        "{ran:?}"
    );
}

#[test]
fn the_history_is_what_meets_all_conditions_the_newest_first() {
    let home = busy();
    for (conditions, found) in [
        (&[][..], &[5, 4, 3, 2, 1][..]),
        (&["--recent", "2"], &[5, 4]),
        (&["--severity", "CRIT"], &[3, 2]),
        (&["--source", "billing-*"], &[5, 4, 3, 2]),
        (&["--source", "billing-*", "--severity", "warning"], &[5, 4]),
        (&["--since", "1h"], &[5, 4, 3, 2, 1]),
        (&["--since", "2999-01-01"], &[]),
        (&["--open"], &[3, 2]),
        (&["--search", "STILL"], &[3]),
        (&["--key", "slow"], &[5, 4]),
    ] {
        let ran = done(&home, &[&["history", "--json"], conditions].concat());
        assert_eq!(numbers(&ran), found, "{conditions:?}");
    }
    let ran = done(&home, &["history", "--search", "nowhere"]);
    assert_eq!(ran.out, "no alert\n");
    for refused in [
        &["--severity", "bad"][..],
        &["--since", "yesterday"],
        &["seventeen"],
        &["1", "--open"],
    ] {
        let ran = home.run([&["history"], refused].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
    }
}

#[test]
fn an_alert_is_shown_with_all_that_is_known_about_it() {
    let home = busy();
    done(&home, &["ack", "2", "--actor", "ann", "--note", "on it"]);
    let ran = done(&home, &["history", "2"]);
    let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "2 critical: disk full id ",
        "status firing source billing-eu dedup key disk:/var message no space at all context: none ",
        "what became of it at other sinks known at program sink verdict attempts took now ",
        " alert log delivered 1 ",
        "incident: open dedup key disk:/var severity critical title disk full began ",
        "audit entries done at by action subject change ",
        " ann ack ",
    ] {
        assert!(words.contains(part), "{part}\n{}", ran.out);
    }
    let json = done(&home, &["history", "2", "--json"]).json();
    let id = json["alert"]["id"].as_str().unwrap();
    let by_id = done(&home, &["history", id, "--json"]).json();
    assert_eq!(by_id["alert"], json["alert"]);
    let ran = home.run(["history", "99"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("no alert `#99` is stored"), "{ran:?}");
}

#[test]
fn the_audit_trail_is_what_meets_all_conditions() {
    let home = busy();
    done(&home, &["ack", "2", "--actor", "ann", "--note", "on it"]);
    done(
        &home,
        &[
            "silence", "source=x", "--for", "2h", "--note", "deploy", "--actor", "bob",
        ],
    );
    done(&home, &["unsilence", "1", "--actor", "ann"]);
    for (conditions, found) in [
        (&[][..], &["unsilence", "silence", "ack"][..]),
        (&["--recent", "1"], &["unsilence"]),
        (&["--actor", "ann"], &["unsilence", "ack"]),
        (&["--action", "silence"], &["silence"]),
        (&["--subject", "silence:1"], &["unsilence", "silence"]),
        (&["--since", "2999-01-01"], &[]),
    ] {
        let ran = done(&home, &[&["audit", "--json"], conditions].concat());
        let json = ran.json();
        let entries = json["entries"].as_array().unwrap().iter();
        let actions: Vec<_> = entries
            .map(|entry| entry["action"].as_str().unwrap())
            .collect();
        assert_eq!(actions, found, "{conditions:?}");
    }
    assert_eq!(
        done(&home, &["audit", "--actor", "eve"]).out,
        "no audit entry\n"
    );
    let ran = done(&home, &["audit"]);
    assert!(ran.out.contains("  on it"), "{ran:?}");
}

#[test]
fn the_status_tells_the_worst_first_what_is_over_and_where_to_look_further() {
    let home = busy();
    emit(&home, &["critical", "gone", "--dedup-key", "gone"]);
    emit(
        &home,
        &["critical", "gone", "--dedup-key", "gone", "--resolve"],
    );
    emit(&home, &["info", "note", "--dedup-key", "note"]);
    let out = done(&home, &["status"]).out;
    let at = |part: &str| out.find(part).unwrap_or_else(|| panic!("{part}\n{out}"));
    let incidents = at("open incidents: 1 critical, 1 info");
    let row =
        |severity: &str| incidents + out[incidents..].find(&format!("\n  {severity} ")).unwrap();
    assert!(
        row("critical") < row("info"),
        "the newest is not the worst: {out}"
    );
    let last = |severity| out.lines().find(|line| line.starts_with(severity)).unwrap();
    assert!(last("  critical").ends_with("  gone   resolved"), "{out}");
    assert!(last("  info").ends_with("  note"), "{out}");
    at(
        "  `alert history --open` has the numbers for `alert ack NUMBER`, `alert resolve KEY` ends one\n",
    );
    assert!(
        !out.contains("`alert test SINK`"),
        "no sink is in trouble: {out}"
    );

    let config = "[sinks.state]\ntype = \"sqlite-state\"\npath = \"trouble.db\"\n\
                  [sinks.bad]\ntype = \"generic-webhook\"\nurl = \"http://127.0.0.1:9/\"\n";
    home.write("trouble.toml", config);
    let config = ["--config", "trouble.toml"];
    home.run([&["emit", "info", "t", "--timeout", "1s"][..], &config].concat());
    let out = done(&home, &[&["status"], &config[..]].concat()).out;
    assert!(
        out.contains("  `alert history NUMBER` tells what became of an alert, `alert test SINK` tries a sink\n"),
        "{out}"
    );
    assert!(!out.contains("alert history --open"), "none is open: {out}");
}

/// Exit code and line of a check, which says nothing else.
fn checked(home: &Home, more: &[&str]) -> (i32, String) {
    let ran = home.run([&["status", "--check"], more].concat());
    assert_eq!(ran.err, "");
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    assert!(ran.took < Duration::from_secs(5), "{ran:?}");
    (ran.code, ran.out)
}

#[test]
fn a_check_exits_with_what_a_monitoring_system_expects() {
    let home = Home::new();
    let (code, line) = checked(&home, &[]);
    assert_eq!(code, 3);
    assert!(
        line.starts_with("ALERT UNKNOWN - no state database at `"),
        "{line}"
    );

    emit(&home, &["info", "t", "--dedup-key", "i"]);
    let (code, line) = checked(&home, &[]);
    assert_eq!(code, 0);
    assert!(
        line.starts_with("ALERT OK - 1 info open | critical=0;;0;0; warning=0;0;;0; info=1;;;0; "),
        "{line}"
    );

    emit(&home, &["warning", "a|b", "--dedup-key", "w"]);
    let (code, line) = checked(&home, &[]);
    assert_eq!(code, 1);
    assert!(
        line.starts_with("ALERT WARNING - 1 warning, 1 info open: a/b (w) since "),
        "{line}"
    );

    emit(&home, &["critical", "c", "--dedup-key", "c"]);
    let (code, line) = checked(&home, &[]);
    assert_eq!(code, 2);
    assert!(
        line.starts_with("ALERT CRITICAL - 1 critical, 1 warning, 1 info open: c (c) since "),
        "{line}"
    );

    done(&home, &["ack", "3"]);
    assert_eq!(checked(&home, &[]).0, 2, "acknowledged is not over");
    let (code, line) = checked(&home, &["--acknowledged-ok"]);
    assert_eq!(code, 1);
    assert!(line.contains(", 1 acknowledged: a/b (w) since "), "{line}");

    emit(&home, &["critical", "d", "--dedup-key", "d"]);
    emit(&home, &["critical", "e", "--dedup-key", "e"]);
    done(&home, &["ack", "5"]);
    let (code, line) = checked(&home, &["--acknowledged-ok"]);
    assert_eq!(code, 2);
    assert!(
        line.contains(", 2 acknowledged: d (d) since "),
        "what is excused is not the reason: {line}"
    );
}

#[test]
fn a_check_that_cannot_find_out_is_unknown_and_options_that_make_no_sense_stay_2() {
    let home = busy();
    std::fs::write(
        database(&home),
        "no database at all, but long enough to be looked at",
    )
    .unwrap();
    let (code, line) = checked(&home, &[]);
    assert_eq!(code, 3, "{line}");
    assert!(
        line.starts_with("ALERT UNKNOWN - state database `"),
        "{line}"
    );
    let (code, _) = checked(&home, &["--config", "nowhere.toml"]);
    assert_eq!(code, 3);
    let two = "[sinks.a]\ntype = \"sqlite-state\"\npath = \"a.db\"\n\
               [sinks.b]\ntype = \"sqlite-state\"\npath = \"b.db\"\n";
    home.write("two.toml", two);
    for (config, told) in [
        (
            &["--state", "lok"][..],
            "no `sqlite-state` sink is called `lok`",
        ),
        (
            &["--config", "two.toml"],
            "say which with --state: `a`, `b`",
        ),
    ] {
        let (code, line) = checked(&home, config);
        assert_eq!(code, 3, "{line}");
        assert!(
            line.starts_with("ALERT UNKNOWN - ") && line.contains(told),
            "{line}"
        );
    }
    for wrong in [&["--check", "--json"][..], &["--acknowledged-ok"]] {
        let ran = home.run([&["status"], wrong].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    for command in ["status", "history", "audit"] {
        let ran = home.run([command]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    }
}

#[test]
fn a_check_of_a_later_version_is_unknown() {
    let home = busy();
    let connection = rusqlite::Connection::open(database(&home)).unwrap();
    connection
        .pragma_update(None, "user_version", 1_000_000)
        .unwrap();
    drop(connection);
    let (code, line) = checked(&home, &[]);
    assert_eq!(code, 3, "{line}");
}

#[test]
fn a_check_of_a_database_that_another_program_holds_is_unknown_in_time() {
    let home = busy();
    let connection = rusqlite::Connection::open(database(&home)).unwrap();
    // With this not even readers are let in.
    connection
        .pragma_update(None, "locking_mode", "exclusive")
        .unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (code, line) = checked(&home, &[]);
    let told = "ALERT UNKNOWN - the state database could not be read within 3 s\n";
    assert_eq!((code, line.as_str()), (3, told));
    drop(connection);
    assert_eq!(checked(&home, &[]).0, 2);
}

#[test]
#[cfg(unix)]
fn a_check_of_what_hangs_ends() {
    let home = Home::new();
    // Opening a pipe without a writer never ends.
    let ran = run(&mut home.shell("mkfifo fifo; exec \"$0\" status --check --config fifo"));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    assert!(ran.took < Duration::from_secs(8), "{ran:?}");
}

#[test]
fn watching_needs_a_terminal() {
    let home = Home::new();
    for wrong in [&["--watch"][..], &["--watch=1s"], &["--watch", "--json"]] {
        let ran = home.run([&["status"], wrong].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    let often = home.run(["status", "--watch=99ms"]);
    assert_eq!(often.code, 2);
    assert!(often.err.contains("expected at least 100ms"), "{often:?}");
    let enough = home.run(["status", "--watch=100ms"]);
    assert!(enough.err.contains("needs a terminal"), "{enough:?}");
}
