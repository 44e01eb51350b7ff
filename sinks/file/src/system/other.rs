//! Without Unix: plain appending. Files have no identity here that could be compared, so a file
//! that was renamed is followed until the sink opens anew, and nothing is locked.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions, create_dir_all};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::Shape;
use crate::trouble::Trouble;

/// Nothing: there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {}

impl fmt::Display for Identity {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

pub(crate) fn identity(_: &Metadata) -> Option<Identity> {
    None
}

pub(crate) fn shape(there: &Metadata) -> Shape {
    if there.is_dir() {
        Shape::Folder
    } else {
        Shape::Regular
    }
}

pub(crate) fn open(path: &Path) -> Result<File, Trouble> {
    let open = || OpenOptions::new().append(true).create(true).open(path);
    match (open(), path.parent()) {
        (Ok(file), _) => Ok(file),
        (Err(error), Some(folder)) if error.kind() == ErrorKind::NotFound => create_dir_all(folder)
            .and_then(|()| open())
            .map_err(Trouble::Failed),
        (Err(error), _) => Err(Trouble::Failed(error)),
    }
}

pub(crate) fn last_byte(_: &Path, of: Identity) -> Option<(u64, u8)> {
    match of {}
}

pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub(crate) fn for_this_user(_: &mut OpenOptions) {}

pub(crate) fn own_like(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

pub(crate) fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn wait_for_room(_: &File, _: Duration) -> bool {
    false
}
