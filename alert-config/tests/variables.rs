//! `${…}`: variables, files, defaults, and what is wrong with them.

mod common;

use std::fs;
use std::path::Path;

use alert_config::{Config, Environment};
use alert_core::Problems;
use common::{config_with, registry};

/// What is said of a pager whose number is this text.
fn tone(text: &str, environment: &Environment) -> Vec<String> {
    let text = format!("[sinks.a]\ntype = 'pager'\nurl = 'u'\ntoken = 't'\ntone = {text}\n");
    texts(&config_with(&text, environment).check(&registry()))
}

fn texts(problems: &Problems) -> Vec<String> {
    problems
        .iter()
        .map(|problem| problem.text().to_owned())
        .collect()
}

#[test]
fn a_whole_variable_serves_as_a_number() {
    let environment = Environment::empty().with("TONE", "440").with("EMPTY", "");
    let nothing: [&str; 0] = [];
    assert_eq!(tone("'${TONE}'", &environment), nothing);
    assert_eq!(tone("'${UNSET:-440}'", &environment), nothing);
    assert_eq!(tone("'${EMPTY:-440}'", &environment), nothing);
    assert_eq!(
        tone("'440'", &environment),
        ["expected a whole number from 0 to 65535, found string `440`"]
    );
    assert_eq!(
        tone("'${EMPTY}'", &environment),
        ["expected a whole number from 0 to 65535, found text from a variable"]
    );
}

#[test]
fn the_value_of_a_variable_is_not_expanded_again() {
    let environment = Environment::empty().with("A", "${B}");
    let text =
        "[sinks.a]\ntype = 'file'\npath = '${A}'\n[sinks.b]\ntype = 'file'\npath = '$${B}'\n";
    let problems = config_with(text, &environment).check(&registry());
    assert_eq!(
        texts(&problems),
        ["sinks `a` and `b` have the same file: `${B}`"]
    );
}

#[test]
fn keys_are_not_expanded_and_quotes_cannot_be_left() {
    let environment = Environment::empty().with("A", "x'\nenabled = false\ny = '");
    let text = "[sinks.a]\ntype = 'pager'\nurl = '${A}'\ntoken = 't'\n'${A}' = 1\n";
    let problems = config_with(text, &environment).check(&registry());
    assert_eq!(texts(&problems), ["unknown key `${A}`"]);
}

#[test]
fn other_mistakes_are_found_beside_a_variable_that_is_not_set() {
    let text =
        "[sinks.a]\ntype = 'pager'\nurl = '${A}${B}${A}'\ntoken = '${C}'\ntone = 'x'\nxx = 1\n";
    let problems = config_with(text, &Environment::empty()).check(&registry());
    assert_eq!(
        texts(&problems),
        [
            "variables `A` and `B` are not set",
            "variable `C` is not set",
            "expected a whole number from 0 to 65535, found string `x`",
            "unknown key `xx`",
        ]
    );
}

#[test]
fn a_value_cannot_grow_without_end() {
    let environment = Environment::empty().with("A", "x".repeat(100_000));
    let text = format!("[sinks.a]\ntype = 'file'\npath = '{}'\n", "${A}".repeat(11));
    let problems = config_with(&text, &environment).check(&registry());
    assert_eq!(
        texts(&problems),
        ["the value grows too large by its variables"]
    );
}

/// A pager whose token comes from a file in the folder of the config.
fn with_file(folder: &Path) -> Vec<String> {
    let path = folder.join("alert.toml");
    let text = "[sinks.a]\ntype = 'pager'\nurl = 'u'\ntoken = '${file:token}'\n";
    fs::write(&path, text).expect("it can be written");
    let config = Config::read(&path, &Environment::empty()).expect("it can be read");
    let problems = texts(&config.check(&registry()));
    let folder = folder.to_str().expect("the folder's path is text");
    problems
        .into_iter()
        .map(|text| text.replace(folder, "F"))
        .collect()
}

#[test]
fn a_file_is_read_beside_the_config_if_it_is_a_regular_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    assert_eq!(
        with_file(folder.path()),
        ["cannot read `F/token`: there is no such file"]
    );
    fs::create_dir(&token).expect("a folder can be made");
    assert_eq!(
        with_file(folder.path()),
        ["cannot read `F/token`: it is a folder"]
    );
    fs::remove_dir(&token).expect("it is empty");
    fs::write(&token, vec![b'x'; 64 * 1024 + 1]).expect("it can be written");
    assert_eq!(
        with_file(folder.path())[0],
        "cannot read `F/token`: it is larger than 64 KiB"
    );
    fs::write(&token, b"a\0b").expect("it can be written");
    assert!(
        with_file(folder.path())
            .iter()
            .any(|text| text.contains("holds a NUL"))
    );
    fs::write(&token, b"\xff").expect("it can be written");
    assert!(
        with_file(folder.path())
            .iter()
            .any(|text| text.contains("is not UTF-8"))
    );
}

#[test]
fn one_line_break_at_the_end_of_a_file_is_cut() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = |name: &str, content: &str| {
        fs::write(folder.path().join(name), content).expect("it can be written");
        format!("[sinks.{name}]\ntype = 'file'\npath = '${{file:{name}}}'\n")
    };
    let text = [
        log("a", "/x"),
        log("b", "/x\n"),
        log("c", "/x\r\n"),
        log("d", "/x\n\n"),
        log("e", "/x "),
    ];
    let path = folder.path().join("alert.toml");
    fs::write(&path, text.concat()).expect("it can be written");
    let config = Config::read(&path, &Environment::empty()).expect("it can be read");
    let problems = config.check(&registry());
    let errors: Vec<&str> = problems
        .iter()
        .filter(|p| p.is_error())
        .map(|p| p.text())
        .collect();
    assert_eq!(
        errors,
        [
            "sinks `a` and `b` have the same file: `/x`",
            "sinks `b` and `c` have the same file: `/x`"
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_mentioned_and_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    fs::write(&token, "t").expect("it can be written");
    for (mode, told) in [
        (0o600, None),
        (0o640, None),
        (0o644, Some("0644")),
        (0o602, Some("0602")),
    ] {
        fs::set_permissions(&token, fs::Permissions::from_mode(mode)).expect("it is ours");
        let expected: Vec<String> = told
            .into_iter()
            .map(|mode| format!("other users may use `F/token` (mode {mode})"))
            .collect();
        assert_eq!(with_file(folder.path()), expected);
    }
}

#[cfg(unix)]
#[test]
fn a_fifo_and_a_device_are_refused_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    make_fifo(&token);
    assert_eq!(
        with_file(folder.path()),
        ["cannot read `F/token`: it is not a regular file"]
    );
    fs::remove_file(&token).expect("it is ours");
    std::os::unix::fs::symlink("/dev/zero", &token).expect("a link can be made");
    assert_eq!(
        with_file(folder.path()),
        ["cannot read `F/token`: it is not a regular file"]
    );
    let fifo = folder.path().join("config.toml");
    make_fifo(&fifo);
    let refused = Config::read(&fifo, &Environment::empty()).expect_err("a FIFO is no config");
    assert!(
        refused.to_string().ends_with("it is not a regular file"),
        "{refused}"
    );
}

#[cfg(unix)]
fn make_fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo")
        .arg(path)
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8_is_refused_and_not_shown() {
    use std::os::unix::ffi::OsStringExt;
    let environment = Environment::empty().with("A", std::ffi::OsString::from_vec(vec![0xff]));
    assert_eq!(
        tone("'${A}'", &environment),
        ["the value of variable `A` is not UTF-8"]
    );
}
