//! What becomes of alerts when something happens to the file.
#![cfg(unix)]

mod common;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;

use alert_core::{Alert, ErrorClass, OpenContext, SinkConfig};
use alert_sink_file::{FileConfig, Format};
use common::{LONG, open, say, say_all, send, titles, try_open};

#[test]
fn alerts_are_appended_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/a.log");
    let mut sink = open(&path);
    for n in 0..3 {
        say(&mut sink, &n.to_string()).unwrap();
    }
    let ends = say_all(&mut sink, (3..10).map(|n| n.to_string()), LONG);
    assert!(ends.iter().all(Result::is_ok));
    drop(sink);
    say(&mut open(&path), "10").unwrap();
    assert_eq!(
        titles(&path),
        (0..=10).map(|n| n.to_string()).collect::<Vec<_>>()
    );
}

#[test]
fn a_batch_larger_than_one_write_is_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let long = |n| format!("{n} {}", "x".repeat(1_000));
    let ends = say_all(&mut open(&path), (0..1_024).map(long), LONG);
    assert!(ends.iter().all(Result::is_ok));
    assert_eq!(titles(&path), (0..1_024).map(long).collect::<Vec<_>>());
}

#[test]
fn a_full_disk_passes() {
    let mut sink = open("/dev/full");
    for _ in 0..2 {
        let ends = say_all(&mut sink, ["a".into(), "b".into()], LONG);
        for end in ends {
            let error = end.unwrap_err();
            assert_eq!(error.class(), ErrorClass::Transient);
            assert_eq!(error.code_word(), Some("disk-full"));
        }
    }
}

#[test]
fn a_device_takes_alerts() {
    say(&mut open("/dev/null"), "gone").unwrap();
}

#[test]
fn after_a_rename_the_next_alert_is_in_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("a.log"), folder.path().join("a.log.1"));
    let mut sink = open(&path);
    say(&mut sink, "1").unwrap();
    fs::rename(&path, &old).unwrap();
    say(&mut sink, "2").unwrap();
    assert_eq!(
        (titles(&old), titles(&path)),
        (vec!["1".into()], vec!["2".into()])
    );
}

#[test]
fn after_a_removal_file_and_folder_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs/a.log");
    let mut sink = open(&path);
    say(&mut sink, "1").unwrap();
    fs::remove_file(&path).unwrap();
    say(&mut sink, "2").unwrap();
    assert_eq!(titles(&path), ["2"]);
    fs::remove_dir_all(folder.path().join("logs")).unwrap();
    say(&mut sink, "3").unwrap();
    assert_eq!(titles(&path), ["3"]);
}

#[test]
fn after_a_truncation_the_next_alert_is_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mut sink = open(&path);
    say(&mut sink, "1").unwrap();
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    say(&mut sink, "2").unwrap();
    assert_eq!(titles(&path), ["2"]);
    let length = fs::metadata(&path).unwrap().len();
    // Cut off in the middle of a record.
    OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length / 2)
        .unwrap();
    say(&mut sink, "3").unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(
        text.lines().nth(1).and_then(common::title) == Some("3"),
        "{text}"
    );
}

#[test]
fn a_torn_record_is_ended_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, "half a rec").unwrap();
    let mut sink = open(&path);
    say(&mut sink, "1").unwrap();
    // Another process was killed, or its disk was full, while the sink is open.
    let mut other = OpenOptions::new().append(true).open(&path).unwrap();
    other.write_all(b"another ha").unwrap();
    say(&mut sink, "2").unwrap();
    say(&mut sink, "3").unwrap();
    other.write_all(b"a foreign line\n").unwrap();
    say(&mut sink, "4").unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let seen: Vec<_> = text
        .lines()
        .map(|line| common::title(line).unwrap_or(line))
        .collect();
    assert_eq!(
        seen,
        [
            "half a rec",
            "1",
            "another ha",
            "2",
            "3",
            "a foreign line",
            "4"
        ]
    );
}

#[test]
fn a_torn_record_is_ended_also_while_another_process_is_at_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, "half a rec").unwrap();
    let other = OpenOptions::new().append(true).open(&path).unwrap();
    other.lock_shared().unwrap();
    let mut sink = open(&path);
    say(&mut sink, "1").unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let last = text.strip_prefix("half a rec\n").unwrap();
    assert_eq!(common::title(last.trim_end()), Some("1"));
}

#[test]
fn an_empty_file_begins_without_a_line_break() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, "").unwrap();
    say(&mut open(&path), "1").unwrap();
    assert_eq!(titles(&path), ["1"]);
}

#[test]
fn a_file_replaced_by_a_link_is_followed_and_by_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, target) = (folder.path().join("a.log"), folder.path().join("b.log"));
    let mut sink = open(&path);
    say(&mut sink, "1").unwrap();
    fs::remove_file(&path).unwrap();
    symlink(&target, &path).unwrap();
    say(&mut sink, "2").unwrap();
    assert_eq!(titles(&target), ["2"]);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = say(&mut sink, "3").unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unusable);
    assert!(
        error
            .to_string()
            .ends_with("is a folder, name a file in it"),
        "{error}"
    );
    fs::remove_dir(&path).unwrap();
    say(&mut sink, "4").unwrap();
    assert_eq!(titles(&path), ["4"]);
}

#[test]
fn what_wants_a_person_says_what_is_to_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "").unwrap();
    symlink("round", at("round")).unwrap();
    symlink("missing/a.log", at("dangling")).unwrap();
    let cases = [
        (folder.path().to_owned(), "is-folder"),
        (at("file/a.log"), "no-folder"),
        (at("round"), "link-loop"),
        (at("dangling"), "dangling-link"),
        (at(&"n".repeat(300)), "bad-name"),
    ];
    for (path, code) in cases {
        let error = try_open(&path).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unusable, "{error}");
        assert_eq!(error.code_word(), Some(code), "{error}");
        assert!(error.to_string().contains('`'), "{error}");
    }
    let error = try_open("~bob/a.log").unwrap_err();
    assert!(error.to_string().contains("~bob"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn where_nothing_may_be_created_not_even_by_root_the_sink_is_unusable() {
    // Whoever runs this, sysfs takes no new file; which of three reasons it gives depends.
    let error = try_open("/sys/alerts.log").unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unusable);
    let code = error.code_word().unwrap();
    assert!(
        ["no-permission", "not-permitted", "read-only"].contains(&code),
        "{error}"
    );
}

#[test]
fn a_folder_that_turned_read_only_is_unusable_until_it_is_writable() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mode = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o500);
    // Root may write everywhere; then only the second half can be tested.
    if fs::write(folder.path().join("probe"), "").is_err() {
        let error = try_open(&path).unwrap_err();
        assert_eq!(error.code_word(), Some("no-permission"), "{error}");
    }
    mode(0o700);
    say(&mut open(&path), "1").unwrap();
    assert_eq!(titles(&path), ["1"]);
}

#[test]
fn a_block_of_json_lines_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let config = FileConfig::new(&path).format(Format::Json);
    let mut sink = config.open(&OpenContext::new("log", LONG)).unwrap();
    let alert = Alert::critical("t\u{2028}").context("count", 5).build();
    send(&mut sink, &alert, LONG).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(r"t\u2028"), "{text}");
    let back: Alert = serde_json::from_str(&text).unwrap();
    assert_eq!((back.id(), back.title()), (alert.id(), "t\u{2028}"));
}
