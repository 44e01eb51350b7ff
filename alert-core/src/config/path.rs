//! What a person means by a path.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::alert::terminal;

/// The absolute path that a config's `path` means, as things are now: a leading `~/` is the home
/// folder, a relative path begins at the folder in which the program runs. Asks the file system
/// for nothing but that folder.
///
/// # Errors
/// If it can be no path, or the home folder or the current one is not known: what is wrong with
/// it, in one line.
pub fn resolve_path(path: &Path) -> Result<PathBuf, String> {
    let path = expand(path, std::env::home_dir().as_deref())?;
    std::path::absolute(&path).map_err(|error| {
        format!("the folder in which the program runs is gone, give an absolute path: {error}")
    })
}

/// Replaces a leading `~/`, which no one else does: that is the shell's work.
fn expand(path: &Path, home: Option<&Path>) -> Result<PathBuf, String> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.is_empty() {
        return Err("the path is empty".into());
    }
    if bytes.contains(&0) {
        return Err("the path holds a nul byte".into());
    }
    match path.components().next() {
        Some(Component::Normal(first)) if first == OsStr::new("~") => {
            let home = home.filter(|home| home.is_absolute());
            let home = home.ok_or("`~` needs HOME to be set to an absolute path")?;
            // What is stripped was seen to be there.
            Ok(home.join(path.strip_prefix("~").unwrap_or(path)))
        }
        Some(Component::Normal(first)) if first.as_encoded_bytes().starts_with(b"~") => {
            let first = first.to_string_lossy();
            let first = terminal(&first);
            Err(format!(
                "only `~/` is expanded, not `{first}`: write the folder out (or `./{first}`, if it is called so)"
            ))
        }
        _ => Ok(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(path: &str) -> Result<PathBuf, String> {
        expand(Path::new(path), Some(Path::new("/home/eve")))
    }

    #[test]
    fn a_leading_tilde_is_the_home_folder() {
        assert_eq!(expanded("~/logs/a.log"), Ok("/home/eve/logs/a.log".into()));
        assert_eq!(expanded("~"), Ok("/home/eve/".into()));
        for same in ["/a/~/b", "a~", "./~b", "logs/a.log", "/a"] {
            assert_eq!(expanded(same), Ok(same.into()), "{same}");
        }
    }

    #[test]
    fn a_tilde_of_somebody_else_is_refused_by_name() {
        let error = expanded("~bob/a.log").unwrap_err();
        assert!(error.contains("`~bob`"), "{error}");
        assert!(expanded("~\u{1b}[2J/x").unwrap_err().contains(r"\u001b"));
    }

    #[test]
    fn without_a_home_a_tilde_is_refused() {
        for home in [None, Some(Path::new("")), Some(Path::new("relative"))] {
            let error = expand(Path::new("~/a.log"), home).unwrap_err();
            assert!(error.contains("HOME"), "{error}");
        }
    }

    #[test]
    fn what_can_be_no_path_is_refused() {
        assert_eq!(expanded(""), Err("the path is empty".into()));
        assert_eq!(expanded("a\0b"), Err("the path holds a nul byte".into()));
    }

    #[test]
    fn a_relative_path_begins_at_the_current_folder() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(
            resolve_path(Path::new("logs/a.log")),
            Ok(here.join("logs/a.log"))
        );
    }
}
