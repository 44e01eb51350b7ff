//! The files of a new crate. Words between double underscores in them stand for the name's spellings.

use super::name::Name;
use super::source::{CRATES, Source};

/// A file's path in the crate, and what it holds.
pub(super) type File = (&'static str, String);

macro_rules! template {
    ($($path:literal from $file:literal,)+) => {
        &[$(($path, include_str!(concat!("template/", $file)))),+]
    };
}

// A folder with a `Cargo.toml` would be left out of this crate's own package, and a `.gitignore` would act on it.
const TEMPLATE: &[(&str, &str)] = template![
    "Cargo.toml" from "manifest.toml",
    ".gitignore" from "gitignore",
    "README.md" from "README.md",
    "alert.toml" from "alert.toml",
    "src/lib.rs" from "src/lib.rs",
    "src/config.rs" from "src/config.rs",
    "src/sink.rs" from "src/sink.rs",
    "src/connection.rs" from "src/connection.rs",
    "examples/alert.rs" from "examples/alert.rs",
    "examples/receiver.rs" from "examples/receiver.rs",
    "tests/conformance.rs" from "tests/conformance.rs",
    "tests/answers.rs" from "tests/answers.rs",
    "tests/linked.rs" from "tests/linked.rs",
    "tests/service/mod.rs" from "tests/service/mod.rs",
];

/// The paths of all files.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    TEMPLATE.iter().map(|(path, _)| *path)
}

/// All files, for this name.
pub(super) fn files(name: &Name, source: &Source) -> Vec<File> {
    let words = [
        ("__kind__", name.kind().to_owned()),
        ("__package__", name.package()),
        ("__crate__", name.library()),
        ("__Kind__", name.camel()),
        ("__KIND__", name.constant()),
    ];
    let sources = CRATES.map(|name| (format!("__{name}__"), source.dependency(name)));
    let fill = |text: &str| {
        // Paths last: what stands in one is nobody's name.
        let named = words
            .iter()
            .fold(text.to_owned(), |text, (word, by)| text.replace(word, by));
        sources
            .iter()
            .fold(named, |text, (word, by)| text.replace(word, by))
    };
    TEMPLATE
        .iter()
        .map(|(path, text)| (*path, fill(text)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_left_unfilled() {
        let name = Name::read("my-pager", &alert::Registry::empty()).unwrap();
        for (path, text) in files(&name, &Source::Version("1".into())) {
            let left: Vec<_> = text.lines().filter(|line| line.contains("__")).collect();
            assert!(left.is_empty(), "{path}: {left:?}");
            assert!(text.ends_with('\n'), "{path}");
        }
    }
}
