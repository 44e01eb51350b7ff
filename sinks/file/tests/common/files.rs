//! The rotated files of a log, as somebody finds them who knows the README alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// All files of a log, by name: first the rotated ones, oldest first.
pub fn names(log: &Path) -> Vec<String> {
    let name = log.file_name().unwrap().to_str().unwrap();
    let mut names: Vec<String> = fs::read_dir(log.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|found| found.starts_with(&format!("{name}.2")))
        .collect();
    names.sort();
    names
}

/// The text of all files, each after the one before it.
pub fn text(log: &Path) -> String {
    let mut text = String::new();
    for name in names(log) {
        text += &read(&log.with_file_name(name));
    }
    text + &fs::read_to_string(log).unwrap_or_default()
}

fn read(path: &PathBuf) -> String {
    let mut text = String::new();
    let mut file = File::open(path).unwrap();
    if path.extension().is_some_and(|ending| ending == "gz") {
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        file.read_to_string(&mut text).unwrap();
    }
    text
}

/// How often each record is there; every line must be one.
#[track_caller]
pub fn count(log: &Path) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for line in text(log).lines() {
        let title = super::title(line).unwrap_or_else(|| panic!("not a record: {line:?}"));
        *count.entry(title.to_owned()).or_insert(0) += 1;
    }
    count
}
