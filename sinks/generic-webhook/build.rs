//! Lists the presets, so that a file in `presets` is all that a new one needs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() {
    let folder =
        Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("presets");
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", folder.display()).expect("cargo listens");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of the presets can be read")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let mut list = String::from("[\n");
    for path in files {
        let name = path.file_stem().and_then(|name| name.to_str());
        let name = name.expect("a preset has a name in UTF-8");
        writeln!(list, "    ({name:?}, include_str!({path:?})),").expect("a text takes all");
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("presets.rs");
    fs::write(out, list).expect("cargo's own folder can be written");
}
