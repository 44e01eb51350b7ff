//! What is made from the definitions of commands and sinks: schema, completions, manual pages.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::{Home, golden, run};
use serde_json::Value;

#[test]
fn the_schema_is_that_of_every_linked_type() {
    let home = Home::new();
    let ran = home.run(["schema"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.ends_with("}\n"));
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(schema, alert::config::schema(&alert::Registry::linked()));
    for kind in ["file", "tracing"] {
        assert!(
            ran.out.contains(&format!("\"const\": \"{kind}\"")),
            "{kind}"
        );
    }
    let tables = schema["properties"].as_object().unwrap().keys();
    let outline: String = tables.map(|name| format!("{name}\n")).collect();
    golden("schema-outline.txt", &outline);
}

#[test]
fn the_schema_is_written_to_a_file_as_a_whole() {
    let home = Home::new();
    home.write("s.json", "old");
    let ran = home.run(["schema", "-o", "s.json"]);
    assert!(ran.is_quiet(), "{ran:?}");
    let written = std::fs::read_to_string(home.at("s.json")).unwrap();
    assert_eq!(written, home.run(["schema", "--output", "-"]).out);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    let ran = home.run(["schema", "-o", "absent/s.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.starts_with("error: cannot write `absent/s.json`: "),
        "{ran:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_the_schema_stays_a_link_and_others_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    home.write("real.json", "");
    std::os::unix::fs::symlink("real.json", home.at("link.json")).unwrap();
    let mut command = home.shell("umask 022; exec \"$0\" schema -o link.json");
    assert_eq!(run(&mut command).code, 0);
    assert!(
        home.at("link.json")
            .symlink_metadata()
            .unwrap()
            .is_symlink()
    );
    let real = home.at("real.json").metadata().unwrap();
    assert!(real.len() > 1000);
    assert_eq!(real.permissions().mode() & 0o777, 0o644);
}

#[test]
fn every_shell_gets_completions_that_know_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = home.run(["completions", shell]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        for word in ["explain", "validate", "completions", "expect"] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
}

/// Whether a program is here; where it is not, its test says so and is over.
fn is_here(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let here = command.status().is_ok();
    if !here {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: there is no `{program}` here");
    }
    here
}

#[test]
fn bash_completes_commands_and_options() {
    if !is_here("bash") {
        return;
    }
    let home = Home::new();
    home.write("c.bash", home.run(["completions", "bash"]).out);
    for (words, cword, wanted) in [
        ("alert exp", 1, "explain"),
        ("alert explain --exp", 2, "--expect"),
    ] {
        let script = format!(
            "set -e; . ./c.bash; COMP_WORDS=({words}); COMP_CWORD={cword}
             _alert alert \"${{COMP_WORDS[$COMP_CWORD]}}\" \"${{COMP_WORDS[$COMP_CWORD-1]}}\"
             echo \"${{COMPREPLY[@]}}\""
        );
        let mut command = home.with("bash");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let ran = run(command.args(["--norc", "-c", &script]).env("PATH", path));
        assert_eq!(
            (ran.code, ran.err.as_str(), ran.out.trim()),
            (0, "", wanted),
            "{ran:?}"
        );
    }
}

#[test]
fn the_manual_page_tells_commands_exit_codes_variables_and_what_is_stable() {
    let home = Home::new();
    let page = home.run(["man"]);
    assert_eq!((page.code, page.err.as_str()), (0, ""));
    for heading in [
        "NAME",
        "SYNOPSIS",
        "SUBCOMMANDS",
        "\"EXIT STATUS\"",
        "ENVIRONMENT",
        "STABILITY",
    ] {
        assert!(
            page.out.contains(&format!("\n.SH {heading}\n")),
            "{heading}: {}",
            page.out
        );
    }
    let ran = home.run(["man", "-o", "man1"]);
    assert!(ran.is_quiet(), "{ran:?}");
    let folder = home.at("man1");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("alert.1"), page.out);
    assert!(read("alert-explain.1").contains("expect"));
    let mut pages: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    for command in [
        "ack",
        "emit",
        "init",
        "man",
        "schema",
        "sinks",
        "state",
        "state-set",
        "test",
        "validate",
    ] {
        assert!(pages.contains(&format!("alert-{command}.1")), "{pages:?}");
    }
    for page in &pages {
        formatted(&home, &folder.join(page));
    }
}

/// That what is here to read manual pages has nothing to say against it.
fn formatted(home: &Home, page: &Path) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let readers = [
        ("mandoc", &["-T", "lint", "-W", "error"][..]),
        ("groff", &["-man", "-ww", "-z", "-Tutf8"]),
        ("man", &["--warnings", "-l"]),
    ];
    for (program, arguments) in readers {
        if !is_here(program) {
            continue;
        }
        let mut command = home.with(program);
        command
            .args(arguments)
            .arg(page)
            .env("PATH", &path)
            .env("LC_ALL", "C.UTF-8");
        let ran = run(&mut command);
        // A stub of `man` says that pages are not installed here.
        assert!(
            ran.err.is_empty() && (ran.code == 0 || ran.out.contains("minimized")),
            "{program}: {ran:?}"
        );
    }
}

#[test]
fn a_folder_for_pages_that_cannot_be_made_is_told() {
    let home = Home::new();
    home.write("file", "");
    let ran = home.run(["man", "-o", "file/man1"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(
        ran.err
            .starts_with("error: cannot make the folder `file/man1`: "),
        "{ran:?}"
    );
}
