//! Which file a path means, also before the file is there, so that no two sinks share one.

use std::fs;
use std::path::{Path, PathBuf};

use super::findings::Findings;

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
