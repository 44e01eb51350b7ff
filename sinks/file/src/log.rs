//! The file behind a path, whatever becomes of it.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::append::{Appended, Kind, append};
use crate::group::Group;
use crate::system::{self, Identity, Shape};
use crate::trouble::Trouble;

/// How long a full pipe may take to take more, before that is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// A path, and the file that was last found there.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    open: Option<Open>,
}

/// An open file.
#[derive(Debug)]
pub(crate) struct Open {
    file: File,
    shape: Shape,
    identity: Option<Identity>,
    /// Its length when it was last looked at, and what was written since.
    end: u64,
    /// It ends with half a record.
    torn: bool,
    /// A lock is held, from a look at the end to the write after it.
    locked: bool,
    /// Nothing more will go into it.
    gone: bool,
}

impl Log {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that is at the path now: opened anew if it was renamed, removed or replaced.
    pub(crate) fn ready(&mut self) -> Result<&mut Open, Trouble> {
        let kept = self.open.take().filter(|open| !open.gone);
        let there = kept.as_ref().and_then(|_| fs::metadata(&self.path).ok());
        let open = match (kept, there) {
            (Some(mut open), Some(there)) if open.is(&there) => {
                open.catch_up(&self.path, there.len());
                open
            }
            _ => Open::at(&self.path)?,
        };
        Ok(self.open.insert(open))
    }
}

impl Open {
    fn at(path: &Path) -> Result<Self, Trouble> {
        let file = system::open(path)?;
        let there = file.metadata().map_err(Trouble::Failed)?;
        let shape = system::shape(&there);
        if !matches!(shape, Shape::Regular | Shape::Pipe | Shape::Device) {
            return Err(Trouble::NoFile);
        }
        let mut open = Self {
            file,
            shape,
            identity: system::identity(&there),
            end: 0,
            torn: false,
            locked: false,
            gone: false,
        };
        open.catch_up(path, there.len());
        Ok(open)
    }

    fn is(&self, there: &Metadata) -> bool {
        self.identity == system::identity(there)
    }

    /// A length that is not ours: others write too, or it was cut off. What they left at its end
    /// may be half a record, after a full disk or a kill.
    fn catch_up(&mut self, path: &Path, length: u64) {
        if self.shape == Shape::Regular && self.end != length {
            self.end = length;
            self.torn = self.ends_torn(path);
        }
    }

    fn ends_torn(&mut self, path: &Path) -> bool {
        let Some(identity) = self.identity else {
            return false;
        };
        let is_torn = |(_, last): &(u64, u8)| *last != b'\n';
        if !system::last_byte(path, identity)
            .as_ref()
            .is_some_and(is_torn)
        {
            return false;
        }
        // It may also be half a write: other sinks hold the lock shared while they write.
        match system::lock_alone(&self.file) {
            None => true,
            Some(false) => false,
            Some(true) => {
                self.locked = true;
                let now = system::last_byte(path, identity);
                self.end = now.map_or(self.end, |(length, _)| length);
                now.as_ref().is_some_and(is_torn)
            }
        }
    }

    /// Whether each record should be a write of its own: a pipe takes up to 4 KiB in one piece,
    /// also when others write into it.
    pub(crate) fn takes_one_by_one(&self) -> bool {
        self.shape != Shape::Regular
    }

    /// Appends whole records, within about three quarters of this time.
    pub(crate) fn append(&mut self, group: &Group, within: Duration) -> Appended {
        if self.shape == Shape::Regular && !self.locked {
            self.locked = system::lock_shared(&self.file);
        }
        let kind = match self.shape {
            Shape::Regular => Kind::File,
            _ => Kind::Stream,
        };
        let file = &self.file;
        let room = room(file, within);
        let appended = append(
            group,
            kind,
            &mut self.torn,
            |bytes| (&*file).write(bytes),
            room,
        );
        if self.locked {
            system::unlock(&self.file);
            self.locked = false;
        }
        self.end = self.end.saturating_add(appended.bytes);
        self.gone = appended.error.as_ref().is_some_and(|error| {
            matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::StaleNetworkFileHandle
            )
        });
        appended
    }
}

/// Waits for a full stream as long as it moves now and then, and the attempt has time.
fn room(file: &File, within: Duration) -> impl FnMut() -> bool {
    let start = Instant::now();
    let all = within / 4 * 3;
    let each = (within / 4).min(PATIENCE);
    move || {
        let left = all.saturating_sub(start.elapsed()).min(each);
        !left.is_zero() && system::wait_for_room(file, left)
    }
}
