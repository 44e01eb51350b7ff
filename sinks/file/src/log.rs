//! The file behind a path, whatever becomes of it.
//!
//! A writer holds a shared lock on the file from before it looks whether that is still the one at
//! the path until its write has ended. So once a file was moved away and can be locked alone,
//! nothing more will be written to it.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use alert_core::Timestamp;

use crate::append::{Appended, Kind, append};
use crate::day::Day;
use crate::group::Group;
use crate::system::{self, Identity, Lock, Shape};
use crate::trouble::Trouble;

/// How long a full pipe may take to take more, before that is told.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a lock is tried before waiting for it in earnest.
const TRIES: usize = 100;
/// How long to wait between two further tries.
const BETWEEN: Duration = Duration::from_millis(1);
/// How often a file may be replaced while it is opened. Then it is taken as it is: some file
/// systems give a file another number each time.
const OPENINGS: usize = 64;

/// A path, and the file that was last found there.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    open: Option<Open>,
    patience: Duration,
    names_last: bool,
}

/// An open file.
#[derive(Debug)]
pub(crate) struct Open {
    file: Arc<File>,
    shape: Shape,
    identity: Option<Identity>,
    /// Its length when it was last looked at, and what was written since.
    end: u64,
    /// The day of what it holds, where that is known.
    day: Option<Day>,
    /// It ends with half a record.
    torn: bool,
    /// A lock is held, from a look at the path to the writes after it.
    locked: bool,
    /// Nothing more will go into it.
    gone: bool,
}

impl Log {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            open: None,
            patience: Duration::ZERO,
            names_last: false,
        }
    }

    /// Waits this long for a lock that another process holds, before it writes without one.
    pub(crate) fn waits(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Makes the name of each file that it opens survive a loss of power.
    pub(crate) fn keeps_names(mut self) -> Self {
        self.names_last = true;
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that was at the path when it was last looked at.
    pub(crate) fn open(&mut self) -> Option<&mut Open> {
        self.open.as_mut()
    }

    /// The file that is at the path now: opened anew if it was renamed, removed or replaced. It is
    /// locked until [`Log::release`].
    pub(crate) fn ready(&mut self) -> Result<&mut Open, Trouble> {
        let mut kept = self.open.take().filter(|open| !open.gone);
        for _ in 0..OPENINGS {
            let (mut open, is_new) = match kept.take() {
                Some(open) => (open, false),
                None => (self.anew()?, true),
            };
            if is_new && open.shape != Shape::Regular || open.is_ready_at(&self.path, self.patience)
            {
                return Ok(self.open.insert(open));
            }
            open.release();
        }
        let open = self.anew()?;
        Ok(self.open.insert(open))
    }

    fn anew(&self) -> Result<Open, Trouble> {
        let open = Open::at(&self.path)?;
        if self.names_last
            && open.shape == Shape::Regular
            && let Some(folder) = self.path.parent()
        {
            system::sync_folder(folder).map_err(Trouble::NotSynced)?;
        }
        Ok(open)
    }

    /// Lets others have the file.
    pub(crate) fn release(&mut self) {
        if let Some(open) = &mut self.open {
            open.release();
        }
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
        Ok(Self {
            file: Arc::new(file),
            shape,
            identity: system::identity(&there),
            end: 0,
            day: None,
            torn: false,
            locked: false,
            gone: false,
        })
    }

    /// Whether this is the file that was looked at.
    pub(crate) fn is(&self, there: &Metadata) -> bool {
        self.identity == system::identity(there)
    }

    fn look(&self, path: &Path) -> Option<Metadata> {
        fs::metadata(path).ok().filter(|there| self.is(there))
    }

    /// Locks the file and looks whether it is at the path, and how it ends.
    fn is_ready_at(&mut self, path: &Path, patience: Duration) -> bool {
        if self.shape == Shape::Regular && !self.locked && !self.hold(path, patience) {
            return false;
        }
        let Some(there) = self.look(path) else {
            return false;
        };
        !self.has_become(&there) || self.catch_up(path)
    }

    /// Locks the file, unless it is gone from the path. A lock that cannot be had in time is done
    /// without: its holder may be stopped, and alerts would not get through.
    fn hold(&mut self, path: &Path, patience: Duration) -> bool {
        let mut until = None;
        for tried in 0.. {
            match system::lock_shared(&self.file) {
                Lock::Held => {
                    self.locked = true;
                    break;
                }
                Lock::Unknown => break,
                // What was moved away may be locked for long, while it is compressed.
                Lock::Taken if self.look(path).is_none() => return false,
                Lock::Taken if tried < TRIES => thread::yield_now(),
                Lock::Taken => {
                    let until = *until.get_or_insert_with(|| Instant::now().checked_add(patience));
                    if until.is_none_or(|until| Instant::now() >= until) {
                        break;
                    }
                    thread::park_timeout(BETWEEN);
                }
            }
        }
        true
    }

    /// Notes how long it is now; whether that is not what is known. Others write too, or it was
    /// cut off.
    fn has_become(&mut self, there: &Metadata) -> bool {
        if self.shape != Shape::Regular || self.end == there.len() {
            return false;
        }
        if self.end == 0 || there.len() < self.end {
            let written = there.modified().ok().map(Timestamp::from);
            self.day = written.filter(|_| there.len() > 0).map(Day::of);
        }
        self.end = there.len();
        true
    }

    /// What others left at the end may be half a record, after a full disk or a kill. Whether the
    /// file is still at the path.
    fn catch_up(&mut self, path: &Path) -> bool {
        self.torn = false;
        let Some(identity) = self.identity else {
            return true;
        };
        let is_torn = |(_, last): &(u64, u8)| *last != b'\n';
        if !system::last_byte(path, identity)
            .as_ref()
            .is_some_and(is_torn)
        {
            return true;
        }
        // It may also be half a write: others hold the lock shared while they write.
        match system::lock_alone(&self.file) {
            Lock::Unknown => {
                self.torn = true;
                return true;
            }
            Lock::Held => {
                self.locked = true;
                let now = system::last_byte(path, identity);
                self.end = now.map_or(self.end, |(length, _)| length);
                self.torn = now.as_ref().is_some_and(is_torn);
            }
            Lock::Taken => self.locked = system::lock_shared(&self.file) == Lock::Held,
        }
        // Between the two locks there was none.
        self.look(path).is_some()
    }

    fn release(&mut self) {
        if self.locked {
            system::unlock(&self.file);
            self.locked = false;
        }
    }

    /// The file itself, to be made durable.
    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// How long it is, if it is a file that can be rotated.
    pub(crate) fn holds(&self) -> Option<u64> {
        (self.shape == Shape::Regular).then_some(self.end)
    }

    /// The day of what it holds: today, if nothing else is known. A clock that was set back takes
    /// it back.
    pub(crate) fn day(&mut self, today: Day) -> Day {
        let day = self.day.map_or(today, |day| day.min(today));
        *self.day.insert(day)
    }

    /// Ends half a record, so that what is read after this file begins a line. What cannot be
    /// written now is no loss.
    pub(crate) fn end_torn(&mut self) {
        if self.torn && (&*self.file).write(b"\n").is_ok_and(|taken| taken == 1) {
            self.torn = false;
            self.end = self.end.saturating_add(1);
        }
    }

    /// Waits until what was written is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self.shape {
            Shape::Regular => self.file.sync_data(),
            _ => Ok(()),
        }
    }

    /// Whether each record should be a write of its own: a pipe takes up to 4 KiB in one piece,
    /// also when others write into it.
    pub(crate) fn takes_one_by_one(&self) -> bool {
        self.shape != Shape::Regular
    }

    /// Appends whole records, within about three quarters of this time.
    pub(crate) fn append(&mut self, group: &Group, within: Duration) -> Appended {
        let kind = match self.shape {
            Shape::Regular => Kind::File,
            _ => Kind::Stream,
        };
        let file = &*self.file;
        let room = room(file, within);
        let appended = append(
            group,
            kind,
            &mut self.torn,
            |bytes| (&*file).write(bytes),
            room,
        );
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
