//! Which file a path means, also before the file is there, so that no two sinks share one.

use std::fs;
use std::path::{Path, PathBuf};

use super::findings::Findings;
use crate::alert::terminal;

/// How many links in a row are followed where the last leads to nothing yet.
const LINKS: usize = 8;

impl Findings {
    /// Claims the file at this absolute path, by whatever names: two paths that lead to one file,
    /// also over links of both sorts (hard links on Unix), are one claim. Asks the file system,
    /// opens nothing; the file need not be there yet.
    pub fn claims_file(&mut self, path: &Path) {
        // Both names of it: one by which two paths to a file are one, and one that holds before the
        // file exists and when another process creates it in between.
        self.claims("file", place(path, LINKS).to_string_lossy());
        if let Some(identity) = fs::metadata(path).ok().as_ref().and_then(identity) {
            self.claims("file", identity);
        }
    }

    /// Warns at this key of what a person should look at where a file is to be: that there is a
    /// folder, and on Unix a mode that lets others read or write what is there.
    pub fn warns_of_place(&mut self, key: &'static str, path: &Path, there: &fs::Metadata) {
        let shown = path.to_string_lossy();
        let shown = terminal(&shown);
        if there.is_dir() {
            self.warning(key, format!("`{shown}` is a folder, name a file in it"));
        } else if let Some(mode) = loose_mode(there) {
            let text = format!(
                "`{shown}` may be read or written by others (mode {mode:04o}), `chmod 600` ends that"
            );
            self.warning(key, text);
        }
    }
}

#[cfg(unix)]
fn loose_mode(there: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let mode = there.mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn loose_mode(_: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn identity(there: &fs::Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    Some(format!("{}:{}", there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Option<String> {
    None
}

/// The path without links and detours, as far as it exists.
fn place(path: &Path, links: usize) -> PathBuf {
    if let Ok(place) = fs::canonicalize(path) {
        return place;
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return path.to_owned();
    };
    match fs::read_link(path) {
        Ok(target) if links > 0 => place(&folder.join(target), links - 1),
        _ => place(folder, links).join(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether two of these are one file to those who look.
    fn are_one(one: &Path, other: &Path) -> bool {
        let claims = |path: &Path| {
            let mut found = Findings::new();
            found.claims_file(path);
            found.into_parts().1
        };
        let others = claims(other);
        claims(one).iter().any(|claim| others.contains(claim))
    }

    #[test]
    fn two_files_are_two_and_a_detour_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert!(!are_one(&at("a"), &at("b")));
        assert!(are_one(&at("a"), &at("./a")));
        fs::create_dir(at("sub")).unwrap();
        assert!(are_one(&at("a"), &at("sub/../a")));
        fs::write(at("a"), "").unwrap();
        fs::write(at("b"), "").unwrap();
        assert!(!are_one(&at("a"), &at("b")));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_one_over_links_of_both_sorts_also_before_it_is_there() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink(at("a"), at("link")).unwrap();
        symlink("link", at("over two")).unwrap();
        assert!(are_one(&at("a"), &at("link")));
        assert!(are_one(&at("a"), &at("over two")));
        fs::write(at("a"), "").unwrap();
        fs::hard_link(at("a"), at("hard")).unwrap();
        assert!(are_one(&at("link"), &at("hard")));
        symlink(at("circle"), at("circle")).unwrap();
        assert!(are_one(&at("circle"), &at("circle")));
    }
}
