//! How a log steps aside: it swaps its name with a new, empty file, in one step. So there is a log
//! at every moment, no name is ever taken from a file, and whoever is killed in between leaves
//! at most an empty file behind.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use alert_core::Timestamp;

use super::names::{Form, Moment, Rotated, too_many};
use super::place::{Place, remove};
use crate::complaint::{Doing, Failure};
use crate::log::Open;
use crate::system;

/// How many names are tried. Only files that something else makes there use any up.
const NAMES: usize = 16;
/// How often the lock is tried, and with which pauses: 20 ms in all. It is held for less, unless
/// the process that holds it is stopped.
const TRIES: usize = 20;
const BETWEEN: Duration = Duration::from_millis(1);

/// What became of it.
#[derive(Debug)]
pub(crate) enum Turned {
    /// The log is a new file, and the old files are pruned, or not.
    Done(Place, Result<(), Failure>),
    /// Another process is at it, or was.
    ByOthers,
}

/// Whether what happened to names is to survive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Lasting,
    Plain,
}

/// Lets the log step aside if it still is the open file.
pub(crate) fn turn(
    path: &Path,
    open: &mut Open,
    keep: usize,
    naming: Naming,
) -> Result<Turned, Failure> {
    let place = Place::of(path)?;
    let Some((_lock, there)) = lock(&place, open)? else {
        return Ok(Turned::ByOthers);
    };
    open.end_torn();
    let mut rotated = place.rotated()?;
    let written = there.modified().map_or(Timestamp::MIN, Timestamp::from);
    let newest = rotated.keys().next_back().copied();
    let (moment, aside) = reserve(&place, Moment::after(newest, written), &there)?;
    if let Err(error) = swap(&place, &aside, &there) {
        let _ = remove(&aside);
        return Err(error).doing("renaming");
    }
    rotated.insert(moment, vec![Form::Plain]);
    let mut pruned = prune(&place, &rotated, keep);
    if naming == Naming::Lasting {
        pruned = pruned.and(place.sync_names());
    }
    Ok(Turned::Done(place, pruned))
}

/// The lock, and the log as it is under it; `None` if others have rotated, or have the lock for
/// long: then the log takes more until the next batch.
fn lock(place: &Place, open: &Open) -> Result<Option<(fs::File, fs::Metadata)>, Failure> {
    for _ in 0..TRIES {
        let look = || fs::metadata(place.log()).doing("looking at the file");
        let lock = place.lock(&look()?)?;
        let there = look()?;
        if !open.is(&there) {
            return Ok(None);
        }
        if let Some(lock) = lock {
            return Ok(Some((lock, there)));
        }
        thread::park_timeout(BETWEEN);
    }
    Ok(None)
}

/// Makes the file that is to be the new log, under the name that the old one will have.
fn reserve(
    place: &Place,
    first: Moment,
    like: &fs::Metadata,
) -> Result<(Moment, PathBuf), Failure> {
    let mut moment = first;
    for _ in 0..NAMES {
        let aside = place.path(moment, Form::Plain);
        match place.create(&aside, like) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => moment = moment.next(),
            created => return created.map(|_| (moment, aside)).doing("making a new file"),
        }
    }
    Err(io::Error::from(ErrorKind::AlreadyExists)).doing("making a new file")
}

/// Where two names cannot be swapped, the old file takes the name of the new one, which is empty,
/// and another is made.
fn swap(place: &Place, aside: &Path, like: &fs::Metadata) -> io::Result<()> {
    system::exchange(place.log(), aside).or_else(|_| rename(place, aside, like))
}

fn rename(place: &Place, aside: &Path, like: &fs::Metadata) -> io::Result<()> {
    fs::rename(place.log(), aside)?;
    // Another writer may be sooner; a failure is told to the next.
    let _ = place.create(place.log(), like);
    Ok(())
}

/// Removes what is too old, and what killed processes have left.
fn prune(place: &Place, rotated: &Rotated, keep: usize) -> Result<(), Failure> {
    let gone = too_many(rotated, keep);
    let mut end = Ok(());
    for (moment, forms) in rotated {
        let is_gone = gone.contains(moment);
        for form in forms {
            let path = place.path(*moment, *form);
            let is_left = match form {
                // What has its name is whole: it is renamed once it is.
                Form::Plain => forms.contains(&Form::Gzip) || is_empty(&path),
                Form::Gzip => false,
                Form::Part => !forms.contains(&Form::Plain),
            };
            if is_gone || is_left {
                end = end.and(remove(&path).doing("removing an old file"));
            }
        }
    }
    end
}

fn is_empty(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_file() && there.len() == 0)
}
