//! The thread that looks after the database beside the deliveries: which silences are in force,
//! what is to be pruned, how large the log of writes has become.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use alert_core::{Silences, Timestamp, mine, terminal};
use tracing::dispatcher;

use crate::config::Keep;
use crate::database::{Database, Synchronous, Trouble};
use crate::prune::{self, Limits, Step};
use crate::reader;
use crate::wall::Wall;

/// How often the database is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long a delivery has the database for itself between two steps of pruning.
const BETWEEN: Duration = Duration::from_millis(20);
/// How long other programs are waited for when it opens.
const PATIENCE: Duration = Duration::from_millis(250);
/// After so many looks it is pruned though nothing was written: alerts grow old by themselves.
const QUIET: u32 = 120;
/// After so many looks a database that could not be opened is tried again.
const AGAIN: u32 = 10;
/// A log of writes this long is told.
const LONG: u64 = 256 << 20;

/// What the thread needs.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) path: PathBuf,
    pub(crate) synchronous: Synchronous,
    pub(crate) keep: Keep,
    pub(crate) silences: Silences,
}

/// The thread, as long as the sink has it.
#[derive(Debug)]
pub(crate) struct Keeper(Arc<Desk>);

#[derive(Debug, Default)]
struct Desk {
    slip: Mutex<Slip>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slip {
    /// The sink has written since the last look.
    wrote: bool,
    over: bool,
}

impl Keeper {
    pub(crate) fn start(task: Task) -> io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let theirs = Arc::clone(&desk);
        let subscriber = dispatcher::get_default(Clone::clone);
        thread::Builder::new()
            .name("alert-state".to_owned())
            .spawn(move || {
                let _mine = mine();
                dispatcher::with_default(&subscriber, || Round::of(task).run(&theirs));
            })?;
        Ok(Self(desk))
    }

    /// Says that the sink has written. Never waits.
    pub(crate) fn wrote(&self) {
        self.0.lock().wrote = true;
    }
}

impl Drop for Keeper {
    /// The thread ends by itself: it may be waiting for another program, and the sink must not.
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.changed.notify_one();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Slip> {
        self.slip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits; whether there is still a sink, and whether it wrote meanwhile.
    fn wait(&self, time: Duration) -> Option<bool> {
        let (mut slip, _) = self
            .changed
            .wait_timeout_while(self.lock(), time, |slip| !slip.over)
            .unwrap_or_else(PoisonError::into_inner);
        let wrote = std::mem::take(&mut slip.wrote);
        (!slip.over).then_some(wrote)
    }
}

/// What the thread knows from one look to the next.
struct Round {
    task: Task,
    wall: Wall,
    database: Option<Database>,
    /// What SQLite calls the state of the database that was read last.
    version: Option<i64>,
    /// There may be something to prune.
    unpruned: bool,
    looks: u32,
    /// It could not be opened, and is tried again later.
    waits: bool,
    is_long: bool,
}

impl Round {
    fn of(task: Task) -> Self {
        Self {
            task,
            wall: Wall::new(Timestamp::now(), Instant::now()),
            database: None,
            version: None,
            unpruned: true,
            looks: 0,
            waits: false,
            is_long: false,
        }
    }

    fn run(mut self, desk: &Desk) {
        let mut pause = Duration::ZERO;
        while let Some(wrote) = desk.wait(pause) {
            if wrote {
                // What is written can be opened.
                self.waits = false;
                self.unpruned = true;
            }
            pause = match self.look() {
                Ok(true) => LOOK,
                Ok(false) => BETWEEN,
                Err(trouble) => {
                    self.fails(&trouble);
                    LOOK
                }
            };
        }
    }

    /// Whether all is done for now.
    fn look(&mut self) -> Result<bool, Trouble> {
        self.looks = self.looks.wrapping_add(1);
        if self.looks.is_multiple_of(QUIET) {
            self.unpruned = true;
        }
        if self.looks.is_multiple_of(AGAIN) {
            self.waits = false;
            self.look_at_log();
        }
        let now = Timestamp::now();
        let believed = self.wall.look(now, Instant::now());
        let mut database = match self.database.take() {
            Some(database) => database,
            None if self.waits => return Ok(true),
            None => Database::open(&self.task.path, self.task.synchronous, PATIENCE)?,
        };
        self.heed(&mut database, now)?;
        let done = match self.unpruned {
            true => self.prune(&mut database, believed)?,
            false => true,
        };
        self.database = Some(database);
        Ok(done)
    }

    /// Brings the silences into the pipeline if the database has changed.
    fn heed(&mut self, database: &mut Database, now: Timestamp) -> Result<(), Trouble> {
        let known = self.version;
        let found = database.read(|connection| {
            // Changes of this very connection do not count, and it makes no silences.
            let version = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
            if known == Some(version) {
                return Ok(None);
            }
            reader::in_force(connection, now).map(|found| Some((version, found)))
        })?;
        if let Some((version, found)) = found {
            self.version = Some(version);
            // Another program may have written what is to be pruned.
            self.unpruned = true;
            let silences = found.iter().map(|stored| stored.silence());
            self.task.silences.replace(silences);
        }
        Ok(())
    }

    /// One short transaction, and only if nobody is at it: the next batch comes first.
    fn prune(&mut self, database: &mut Database, now: Timestamp) -> Result<bool, Trouble> {
        let limits = Limits::at(&self.task.keep, now);
        let is_due = database.read(|connection| prune::is_due(connection, &limits))?;
        if !is_due {
            self.unpruned = false;
            return Ok(true);
        }
        let pruned = database.write(Duration::ZERO, |transaction| {
            prune::prune(transaction, &limits, &mut Step::new())
        });
        match pruned {
            Ok(all) => {
                self.unpruned = !all;
                Ok(all)
            }
            Err(Trouble::Busy) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// The sink itself tells what is wrong with the database when it writes, and does about it what
    /// can be done. Here it is only opened anew.
    fn fails(&mut self, trouble: &Trouble) {
        self.database = None;
        self.version = None;
        self.waits = !matches!(trouble, Trouble::Replaced);
        tracing::debug!(target: "alert", "the state database cannot be looked after: {trouble}");
    }

    /// A reader that never ends keeps the log from being begun anew, so that it grows.
    fn look_at_log(&mut self) {
        let log = beside(&self.task.path, "-wal");
        let length = std::fs::metadata(log).map_or(0, |log| log.len());
        if length > LONG && !self.is_long {
            self.is_long = true;
            let (path, megabytes) = (self.task.path.to_string_lossy(), length >> 20);
            tracing::warn!(
                target: "alert",
                "the write-ahead log of `{}` has grown to {megabytes} MiB: a program that reads the database does not come to an end",
                terminal(&path)
            );
        } else if length < LONG / 2 {
            self.is_long = false;
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
