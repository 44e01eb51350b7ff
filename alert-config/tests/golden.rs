//! What a person sees of a config with mistakes, word for word.
//!
//! `tests/golden/x.txt` is what the strict door says of `tests/golden/x.toml`. With
//! `ALERT_GOLDEN=write` in the environment the texts are written anew, to be looked at.

mod common;

use std::fs;
use std::path::Path;

use alert_config::Environment;

#[test]
fn mistakes_are_shown_as_the_golden_texts_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join("golden");
    let environment = Environment::empty()
        .with("TONE", "s3cret-tone")
        .with("EMPTY", "");
    let write = std::env::var_os("ALERT_GOLDEN").is_some();
    let mut seen = 0;
    for file in fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("it can be listed").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a golden config is text");
        let shown = common::shown_with(&text, &environment);
        let golden = path.with_extension("txt");
        if write {
            fs::write(&golden, &shown).expect("the golden text can be written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(shown, expected, "{}", path.display());
        assert!(!shown.contains("s3cret"), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} golden configs were found");
}
