//! Whatever state the process is in: the alert is delivered, the exit code is the same.
#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;
use std::time::Duration;

use common::{Home, Ran, run};

const EMIT: [&str; 4] = ["emit", "critical", "t", "--json"];

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// It is in the log, and nothing else is the matter.
fn delivered(home: &Home, ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(home.log().len(), 1, "{ran:?}");
}

/// With this done to the command.
fn emitted(change: impl FnOnce(&mut Command) -> &mut Command) -> Ran {
    let home = Home::new();
    let mut command = home.command();
    let ran = run(change(command.args(EMIT)));
    delivered(&home, &ran);
    ran
}

#[test]
fn a_full_standard_output_or_error_changes_nothing() {
    emitted(|command| command.stdout(full()));
    // Something is to be told there.
    emitted(|command| command.args(["--context-json", "1"]).stderr(full()));
    emitted(|command| {
        command
            .args(["--context-json", "1"])
            .stdout(full())
            .stderr(full())
    });
}

#[test]
fn closed_streams_change_nothing() {
    for closed in [">&-", "2>&-", "<&-", ">&- 2>&- <&-"] {
        let home = Home::new();
        let script = format!("exec \"$0\" emit critical t --json --context-json 1 {closed}");
        let ran = run(&mut home.shell(&script));
        delivered(&home, &ran);
        // No stream's number was given to the log.
        assert!(home.log()[0].contains(" CRITICAL t {"), "{:?}", home.log());
    }
}

#[test]
fn a_standard_input_that_cannot_be_read_is_told_and_the_rest_is_sent() {
    let home = Home::new();
    let mut command = home.command();
    let folder = File::open(home.path()).unwrap();
    let ran = run(command.args(["emit", "critical", "t", "-"]).stdin(folder));
    delivered(&home, &ran);
    assert!(
        ran.err
            .starts_with("warning: cannot read standard input: is a directory"),
        "{ran:?}"
    );
}

#[test]
fn streams_without_a_reader_change_nothing() {
    let without_reader = || std::io::pipe().unwrap().1;
    emitted(|command| command.stdout(without_reader()));
    emitted(|command| {
        command
            .args(["--context-json", "1"])
            .stderr(without_reader())
    });
}

/// A pipe that takes nothing more, and its reader, which takes nothing.
fn stuck() -> (PipeReader, PipeWriter) {
    use rustix::fs::{OFlags, fcntl_setfl};

    let (reader, mut writer) = std::io::pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    while writer.write(&[b'x'; 4096]).is_ok() {}
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    (reader, writer)
}

#[test]
fn a_reader_that_has_stopped_does_not_hold_it_up() {
    let (_reader, writer) = stuck();
    let ran = emitted(|command| command.stdout(writer));
    assert!(ran.took < Duration::from_secs(10), "{ran:?}");
}

#[test]
fn a_check_whose_output_nobody_takes_ends_with_its_exit_code() {
    let home = Home::new();
    home.run(["emit", "critical", "t", "--dedup-key", "k"]);
    let check = || {
        let mut command = home.command();
        command.args(["status", "--check"]);
        command
    };
    let (_reader, writer) = stuck();
    let ran = run(check().stdout(writer));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.took < Duration::from_secs(5), "{ran:?}");
    let ran = run(check().stdout(full()));
    assert_eq!((ran.code, ran.err.as_str()), (2, ""), "{ran:?}");
}

#[test]
fn arguments_that_are_not_utf_8_get_marks() {
    let home = Home::new();
    let bad = OsStr::from_bytes(b"b\xffd");
    let mut command = home.command();
    command.arg("emit").args([bad; 3]);
    for option in ["--source", "--dedup-key", "--context-json"] {
        command.args([OsStr::new(option), bad]);
    }
    command.args([OsStr::new("-c"), OsStr::from_bytes(b"k\xff=v\xff")]);
    command.args([OsStr::new("--link"), OsStr::from_bytes(b"k\xff=v\xff")]);
    let ran = run(&mut command);
    delivered(&home, &ran);
    let line = &home.log()[0];
    assert!(
        line.contains("INFO b\u{fffd}d | b\u{fffd}d {\"severity\": \"b\u{fffd}d\""),
        "{line}"
    );
    assert!(line.contains("\"k\u{fffd}\": \"v\u{fffd}\""), "{line}");
}

#[test]
fn an_environment_that_is_not_utf_8_changes_nothing() {
    let home = Home::new();
    let mut command = home.command();
    let bad = OsStr::from_bytes(b"b\xffd");
    let ran = run(command
        .args(EMIT)
        .env(bad, bad)
        .env("NO_COLOR", bad)
        .env("TERM", bad));
    delivered(&home, &ran);
    let mut command = home.command();
    let ran = run(command.args(EMIT).env("ALERT_LOG", bad));
    assert_eq!(home.log().len(), 2, "the data folder's log takes it");
    assert!(ran.err.contains("ALERT_LOG is not UTF-8"), "{ran:?}");
}

#[test]
fn without_a_home_the_alert_is_on_standard_error() {
    for (name, value) in [("HOME", None), ("HOME", Some("/nowhere/at/all"))] {
        let home = Home::new();
        let mut command = home.command();
        match value {
            None => command.env_remove(name),
            Some(value) => command.env(name, value),
        };
        let ran = run(command.args(["emit", "info", "title", "message", "-c", "count=5"]));
        assert_eq!((ran.code, ran.out.as_str()), (0, ""));
        assert!(ran.err.contains("HOME is not"), "{ran:?}");
        let last = ran.err.lines().last().unwrap();
        assert!(last.starts_with("no sink has this alert: 20"), "{ran:?}");
        assert!(
            last.ends_with(r#" INFO title | message {"count": 5}"#),
            "{ran:?}"
        );
    }
}

#[test]
fn a_current_folder_that_is_gone_changes_nothing() {
    let home = Home::new();
    let script = "mkdir gone; cd gone; rmdir ../gone; exec \"$0\" emit critical t";
    delivered(&home, &run(&mut home.shell(script)));
}

#[test]
fn a_limit_of_the_files_size_is_told_and_ends_nothing() {
    let home = Home::new();
    let script = "ulimit -f 0; exec \"$0\" emit critical t --timeout 500ms";
    let ran = run(&mut home.shell(script));
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(ran.err.contains("log: "), "{ran:?}");
    assert!(ran.err.contains("no sink has this alert: "), "{ran:?}");
}

#[test]
fn a_full_disk_under_the_log_is_told_and_the_alert_is_on_standard_error() {
    let home = Home::new();
    home.write("plain", "");
    // With a place for the state database that has the alert, and without one.
    for (folder, told) in [("data", 1), ("plain/data", 3)] {
        let mut command = home.command();
        command
            .args(["emit", "critical", "t", "--timeout", "300ms"])
            .env("ALERT_LOG", "/dev/full")
            .env("ALERT_DATA_DIR", home.at(folder));
        let ran = run(&mut command);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""));
        let lines: Vec<_> = ran.err.lines().collect();
        assert_eq!(lines.len(), told, "{ran:?}");
        assert!(
            lines[0].starts_with("log: ") && lines[0].contains("/dev/full"),
            "{ran:?}"
        );
        if let [_, state, alert] = lines.as_slice() {
            assert!(
                state.starts_with("state: ") && state.contains("plain"),
                "{ran:?}"
            );
            assert!(alert.contains(" CRITICAL t"), "{ran:?}");
        }
        assert!(ran.took < Duration::from_secs(5), "{ran:?}");
    }
}

#[test]
fn no_colour_where_nobody_sees_it() {
    let ran = emitted(|command| command.args(["--context-json", "1"]).env("TERM", "xterm"));
    assert!(
        !ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'),
        "{ran:?}"
    );
}

/// What a terminal of so many columns shows of what a command tells on both streams.
fn seen(home: &Home, columns: u16, change: impl FnOnce(&mut Command) -> &mut Command) -> String {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};

    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = File::options()
        .read(true)
        .write(true)
        .open(OsStr::from_bytes(name.to_bytes()))
        .unwrap();
    let size = Winsize {
        ws_row: 25,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&theirs, size).unwrap();
    let mut command = home.command();
    let both = theirs.try_clone().unwrap();
    run(change(command.stdout(theirs).stderr(both)));
    drop(command);
    // Once nobody has the other side, reading ends with an error.
    let mut text = Vec::new();
    let _ = File::from(ours).read_to_end(&mut text);
    String::from_utf8(text).unwrap().replace("\r\n", "\n")
}

/// What a terminal shows of an alert.
fn shown(change: impl FnOnce(&mut Command) -> &mut Command) -> String {
    let home = Home::new();
    let text = seen(&home, 200, |command| {
        change(command.args(["emit", "critical", "t"]))
    });
    assert_eq!(home.log().len(), 1, "{text:?}");
    text
}

#[test]
fn on_a_terminal_messages_are_as_wide_as_it_is() {
    let home = Home::new();
    home.write(
        "alert.toml",
        "[sinks.log]\ntype = \"a-type-that-nobody-has\"\n",
    );
    let validate = ["validate", "--config", "alert.toml"];
    let text = seen(&home, 40, |command| {
        command.args(validate).env("TERM", "dumb")
    });
    assert_eq!(
        text.split_once("= help: ").unwrap().0,
        "error: unknown sink type
  `a-type-that-nobody-has`
 --> alert.toml:2:8
  |
2 | type = \"a-type-that-nobody-has\"
  |        ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  "
    );
    for line in text.lines() {
        assert!(line.chars().count() <= 40, "{line}");
    }
    let usage = ["test", "a-sink-with-a-rather-long-name"];
    let text = seen(&home, 40, |command| command.args(usage).env("TERM", "dumb"));
    assert_eq!(
        text,
        "error: no sink is called
    `a-sink-with-a-rather-long-name`,
    there are `log`, `state`
"
    );
    let text = seen(&home, 200, |command| {
        command.args(usage).env("TERM", "dumb").env("COLUMNS", "60")
    });
    assert_eq!(text.lines().count(), 2, "COLUMNS is heard first: {text}");
    assert_eq!(
        home.run(usage).err.lines().count(),
        1,
        "a file gets one line"
    );
}

#[test]
fn on_a_terminal_it_is_told_where_the_alert_went_in_colour() {
    let text = shown(|command| command.env("TERM", "xterm"));
    assert!(
        text.starts_with("\u{1b}[1mlog\u{1b}[0m: \u{1b}[32mdelivered in "),
        "{text:?}"
    );
    assert!(
        text.contains("(~/.local/share/alert/alerts.log)"),
        "{text:?}"
    );
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let text = shown(|command| command.env(name, value));
        assert!(text.starts_with("log: delivered in "), "{text:?}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
    let text = shown(|command| command.env("TERM", "xterm").env("NO_COLOR", ""));
    assert!(
        text.contains('\u{1b}'),
        "an empty one says nothing: {text:?}"
    );
}

#[test]
fn a_pipe_without_a_reader_in_place_of_the_log_is_not_waited_for_for_ever() {
    let home = Home::new();
    let script = "mkfifo fifo; ALERT_LOG=fifo exec \"$0\" emit info t --timeout 300ms --strict";
    let ran = run(&mut home.shell(script));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.starts_with("log: "), "{ran:?}");
    assert!(ran.took < Duration::from_secs(5), "{ran:?}");
}
