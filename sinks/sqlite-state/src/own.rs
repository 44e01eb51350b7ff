//! What the sinks of this process are called, by their databases: an observer is made of a config,
//! which does not know the name that its sink has in the pipeline.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

type Names = BTreeSet<(PathBuf, String)>;

/// More have no program that is not out for it.
const MOST: usize = 1_024;

static NAMES: Mutex<Names> = Mutex::new(BTreeSet::new());

fn lock() -> MutexGuard<'static, Names> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sink of this name writes into this database.
pub(crate) fn is(path: &Path, sink: &str) {
    let mut names = lock();
    names.insert((path.to_owned(), sink.to_owned()));
    if names.len() > MOST {
        names.pop_first();
    }
}

/// Whether one does.
pub(crate) fn writes(path: &Path, sink: &str) -> bool {
    lock().iter().any(|(its, name)| its == path && name == sink)
}
