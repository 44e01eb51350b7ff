//! A folder that is there with all its files, or not at all.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::template::File;

/// Whether a crate may be written there: nothing, or an empty folder, has the name.
pub(super) fn look(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!(
            "the folder {shown} is not empty: name another with --path"
        )),
        // A link that leads nowhere is something too.
        Err(error) if error.kind() == ErrorKind::NotFound && folder.symlink_metadata().is_err() => {
            Ok(())
        }
        Err(error) => Err(format!("{shown} cannot be the new folder: {error}")),
    }
}

/// Writes the files under another name, then gives them theirs. After an error none of them is left.
pub(super) fn write(folder: &Path, files: &[File]) -> Result<(), String> {
    let told = |error: io::Error| format!("cannot write {}: {error}", folder.display());
    // One that is there stays the same folder: somebody may be in it.
    let draft = if folder.is_dir() {
        make_draft(folder, "new-sink".as_ref())
    } else {
        beside(folder)
    };
    let draft = draft.map_err(told)?;
    let written = fill(&draft, files).and_then(|()| {
        if folder.is_dir() {
            move_up(&draft, folder)
        } else {
            fs::rename(&draft, folder)
        }
    });
    written.map_err(|error| {
        // What cannot be removed is under a name that says what it is.
        let _ = fs::remove_dir_all(&draft);
        told(error)
    })
}

fn beside(folder: &Path) -> io::Result<PathBuf> {
    let whole = std::path::absolute(folder)?;
    let (Some(parent), Some(name)) = (whole.parent(), whole.file_name()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    fs::create_dir_all(parent)?;
    make_draft(parent, name)
}

fn make_draft(parent: &Path, name: &OsStr) -> io::Result<PathBuf> {
    let mut draft = OsString::from(".");
    draft.push(name);
    draft.push(format!(".draft-{}", std::process::id()));
    let draft = parent.join(draft);
    fs::create_dir(&draft)?;
    Ok(draft)
}

fn fill(draft: &Path, files: &[File]) -> io::Result<()> {
    for (path, text) in files {
        let path = draft.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// What is in the draft takes its place in the folder around it; after an error it is in the draft again.
fn move_up(draft: &Path, folder: &Path) -> io::Result<()> {
    let mut moved = Vec::new();
    let result = fs::read_dir(draft).and_then(|entries| {
        for entry in entries {
            let name = entry?.file_name();
            fs::rename(draft.join(&name), folder.join(&name))?;
            moved.push(name);
        }
        fs::remove_dir(draft)
    });
    if result.is_err() {
        for name in moved {
            let _ = fs::rename(folder.join(&name), draft.join(&name));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn after_an_error_nothing_is_left() {
        let home = tempfile::tempdir().unwrap();
        // A file cannot be a folder too.
        let files = [("a", String::new()), ("a/b", String::new())];
        let absent = home.path().join("absent");
        assert!(write(&absent, &files).is_err());
        assert!(names(home.path()).is_empty());
        let empty = home.path().join("empty");
        fs::create_dir(&empty).unwrap();
        assert!(write(&empty, &files).is_err());
        assert_eq!(names(home.path()), ["empty"]);
        assert!(names(&empty).is_empty());
    }

    #[test]
    fn a_move_that_fails_halfway_is_undone() {
        let home = tempfile::tempdir().unwrap();
        let draft = home.path().join("draft");
        fs::create_dir_all(draft.join("a")).unwrap();
        fs::create_dir_all(draft.join("b")).unwrap();
        // Whichever comes first, one of them has no room above.
        fs::create_dir_all(home.path().join("b/full")).unwrap();
        assert!(move_up(&draft, home.path()).is_err());
        assert_eq!(names(&draft).len(), 2);
        assert!(!home.path().join("a").exists());
    }
}
