//! `alert new-sink` writes a whole crate, or nothing and says why.
//!
//! That the crate builds, passes its tests and delivers is tried by `.ci/new-sink`.

mod common;

use std::fs;
use std::path::Path;

use common::Home;

/// This repository.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The paths of all files below, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("it is a folder") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("it is inside");
                found.push(inside.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

const FILES: [&str; 14] = [
    ".gitignore",
    "Cargo.toml",
    "README.md",
    "alert.toml",
    "examples/alert.rs",
    "examples/receiver.rs",
    "src/config.rs",
    "src/connection.rs",
    "src/lib.rs",
    "src/sink.rs",
    "tests/answers.rs",
    "tests/conformance.rs",
    "tests/linked.rs",
    "tests/service/mod.rs",
];

#[test]
fn a_whole_crate_is_written_and_its_files_are_named() {
    let home = Home::new();
    let ran = home.run(["new-sink", "my-pager"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let folder = home.at("alert-sink-my-pager");
    assert_eq!(files(&folder), FILES);
    for file in FILES {
        assert!(
            ran.out.contains(&format!("\n  {file}\n")),
            "{file}: {ran:?}"
        );
    }
    assert!(ran.out.contains("\n  cd alert-sink-my-pager\n"), "{ran:?}");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for line in [
        "name = \"alert-sink-my-pager\"".to_owned(),
        "[workspace]".to_owned(),
        format!("alert-core = \"{}\"", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(
            manifest.lines().any(|other| other == line),
            "{line}: {manifest}"
        );
    }
    // Nothing else is beside it: no draft.
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_checkout_is_named_by_its_path_and_a_folder_may_have_spaces() {
    let home = Home::new();
    let path = "in a folder/of its own";
    let ran = home.run(["new-sink", "core", "--path", path, "--alert", CHECKOUT]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("\n  cd 'in a folder/of its own'\n"),
        "{ran:?}"
    );
    let manifest = fs::read_to_string(home.at(path).join("Cargo.toml")).unwrap();
    let core = Path::new(CHECKOUT)
        .canonicalize()
        .unwrap()
        .join("alert-core");
    let line = format!("alert-core = {{ path = \"{}\" }}", core.display());
    assert!(manifest.contains(&line), "{manifest}");
}

#[test]
fn as_json_it_tells_the_same() {
    let home = Home::new();
    let told = home
        .run(["new-sink", "x", "--alert", "0.1", "--json"])
        .json();
    assert_eq!(told["type"], "x");
    assert_eq!(told["crate"], "alert-sink-x");
    assert_eq!(told["folder"], "alert-sink-x");
    assert_eq!(told["files"].as_array().map(Vec::len), Some(FILES.len()));
    assert_eq!(told["next"][0], "cd alert-sink-x");
    assert!(told["note"].is_string());
}

#[test]
fn a_name_that_cannot_be_is_refused_and_nothing_is_written() {
    let long = "x".repeat(54);
    for (name, reason) in [
        ("file", "`file` is taken by alert-sink-file"),
        ("discord", "`discord` is taken by alert-sink-discord"),
        ("1abc", "`1abc` cannot name a sink type: lower-case letters"),
        ("Rust", "`Rust` cannot name a sink type"),
        ("../x", "cannot name a sink type"),
        ("x\u{1b}[2J", r"`x\u001b[2J` cannot name a sink type"),
        ("type", "`type` is a word of every config"),
        (&long, "at most 53 characters"),
    ] {
        let home = Home::new();
        let ran = home.run(["new-sink", name]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(
            ran.err.starts_with("error: ") && ran.err.contains(reason),
            "{ran:?}"
        );
        assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
        assert!(files(home.path()).is_empty(), "{name}");
    }
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let home = Home::new();
    fs::create_dir(home.at("mine")).unwrap();
    home.write("mine/work.txt", "mine");
    home.write("taken", "a file");
    for (path, reason) in [
        ("mine", "the folder mine is not empty"),
        (".", "the folder . is not empty"),
        ("taken", "taken cannot be the new folder: "),
        ("taken/x", "taken/x cannot be the new folder: "),
    ] {
        let ran = home.run(["new-sink", "x", "--path", path]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(ran.err.contains(reason), "{ran:?}");
    }
    assert_eq!(files(home.path()), ["mine/work.txt", "taken"]);
}

#[test]
fn an_empty_folder_is_filled_and_stays_the_same_folder() {
    let home = Home::new();
    let ran = home.run(["new-sink", "x", "--path", "."]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(files(home.path()), FILES);
}

#[test]
fn a_place_without_the_library_is_no_checkout() {
    let home = Home::new();
    for given in ["1abc", "nowhere", "."] {
        let ran = home.run(["new-sink", "x", "--alert", given]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        let reason = format!("`{given}` is neither a version nor a checkout");
        assert!(ran.err.contains(&reason), "{ran:?}");
    }
    assert!(files(home.path()).is_empty());
}
