//! The thread that looks after the database beside the deliveries: which silences are in force,
//! what is to be pruned, how large the log of writes has become.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use alert_core::{Silence, Silences, Timestamp, mine, terminal};
use tracing::dispatcher;

use crate::config::Keep;
use crate::database::{Database, Mark, Synchronous, Trouble};
use crate::reader;
use crate::upkeep::Upkeep;
use crate::wall::Wall;

/// How often the database is looked at: a silence holds within a second.
const LOOK: Duration = Duration::from_millis(800);
/// How long a delivery has the database for itself between two steps of pruning.
const BETWEEN: Duration = Duration::from_millis(20);
/// How long other programs are waited for when it opens.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a sink that is dropped waits for the thread.
const GRACE: Duration = Duration::from_millis(50);
/// After so many looks a database that could not be opened is tried again, and one in which nothing
/// was changed is looked at for what has become too old.
const AGAIN: u32 = 10;
/// A log of writes this long is told.
const LONG: u64 = 256 << 20;

/// What the thread needs.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) path: PathBuf,
    pub(crate) synchronous: Synchronous,
    pub(crate) silences: Silences,
}

/// The thread, as long as the sink has it.
#[derive(Debug)]
pub(crate) struct Keeper {
    desk: Arc<Desk>,
    ended: Receiver<()>,
}

#[derive(Debug, Default)]
struct Desk {
    slip: Mutex<Slip>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slip {
    /// The sink has written since the last look.
    wrote: bool,
    /// Found here, and for the sink to do something about.
    damage: Option<String>,
    over: bool,
}

impl Keeper {
    /// Its first look is after a while: opening the database has done what a moment needs.
    pub(crate) fn start(task: Task, keep: Keep) -> io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let theirs = Arc::clone(&desk);
        let (ending, ended) = sync_channel(0);
        let subscriber = dispatcher::get_default(Clone::clone);
        thread::Builder::new()
            .name("alert-state".to_owned())
            .spawn(move || {
                let _ending: SyncSender<()> = ending;
                let _mine = mine();
                dispatcher::with_default(&subscriber, || Round::of(task, keep).run(&theirs));
            })?;
        Ok(Self { desk, ended })
    }

    /// Says that the sink has written. Never waits.
    pub(crate) fn wrote(&self) {
        self.desk.lock().wrote = true;
    }

    /// That the thread has found the database damaged, once. Never waits.
    pub(crate) fn damage(&self) -> Option<String> {
        self.desk.lock().damage.take()
    }
}

impl Drop for Keeper {
    /// Mostly the thread ends at once, and whoever closes the database last leaves one whole file.
    /// It may be waiting for another program: then it ends by itself, and the sink does not wait.
    fn drop(&mut self) {
        self.desk.lock().over = true;
        self.desk.changed.notify_one();
        // Its end is a closed channel.
        let _ = self.ended.recv_timeout(GRACE);
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
    /// What the pipeline was given last.
    silences: Option<Vec<Silence>>,
    upkeep: Upkeep,
    looks: u32,
    /// The database when there was nothing more to do.
    done: Option<Mark>,
    /// It could not be opened, and is tried again later.
    waits: bool,
    is_long: bool,
}

impl Round {
    fn of(task: Task, keep: Keep) -> Self {
        Self {
            task,
            wall: Wall::new(Timestamp::now(), Instant::now()),
            database: None,
            silences: None,
            upkeep: Upkeep::of(keep),
            looks: 0,
            done: None,
            waits: false,
            is_long: false,
        }
    }

    fn run(mut self, desk: &Desk) {
        let mut pause = LOOK;
        while let Some(wrote) = desk.wait(pause) {
            if wrote {
                // What is written can be opened.
                self.waits = false;
            }
            pause = match self.look(desk) {
                Ok(true) => LOOK,
                Ok(false) => BETWEEN,
                Err(trouble) => {
                    self.fails(trouble, desk);
                    LOOK
                }
            };
        }
    }

    /// Whether all is done for now.
    fn look(&mut self, desk: &Desk) -> Result<bool, Trouble> {
        self.looks = self.looks.wrapping_add(1);
        if self.looks.is_multiple_of(AGAIN) {
            self.waits = false;
            // An older sink's thread that was late may have given others meanwhile.
            self.silences = None;
        }
        let now = Timestamp::now();
        let believed = self.wall.look(now, Instant::now());
        let mut database = match self.database.take() {
            Some(database) => database,
            None if self.waits => return Ok(true),
            None => Database::open(&self.task.path, self.task.synchronous, PATIENCE)?,
        };
        if self.looks.is_multiple_of(AGAIN) {
            self.look_at_log(&database);
        }
        let mark = database.mark()?;
        let is_idle = self.done == Some(mark) && !self.looks.is_multiple_of(AGAIN);
        if !is_idle {
            self.done = None;
            self.heed(&mut database, now, desk)?;
            if self.upkeep.step(&mut database, believed)? {
                self.done = Some(mark);
            }
        }
        self.database = Some(database);
        Ok(self.done.is_some())
    }

    /// Brings the silences into the pipeline if there are others than before.
    fn heed(
        &mut self,
        database: &mut Database,
        now: Timestamp,
        desk: &Desk,
    ) -> Result<(), Trouble> {
        let found = database.read(|connection| reader::to_heed(connection, now))?;
        // Under the lock: once the sink is gone, the next one's thread gives them.
        let slip = desk.lock();
        if !slip.over && self.silences.as_ref() != Some(&found) {
            self.task.silences.replace(found.iter().cloned());
            self.silences = Some(found);
        }
        Ok(())
    }

    /// The sink itself tells what is wrong with the database when it writes, and does about it what
    /// can be done. Here it is only opened anew.
    fn fails(&mut self, trouble: Trouble, desk: &Desk) {
        self.database = None;
        self.waits = !matches!(trouble, Trouble::Replaced);
        tracing::debug!(target: "alert", "the state database cannot be looked after: {trouble}");
        if let Trouble::Damaged(reason) = trouble {
            desk.lock().damage = Some(reason);
        }
    }

    /// A reader that never ends keeps the log from being begun anew, so that it grows.
    fn look_at_log(&mut self, database: &Database) {
        let length = database.log_length();
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
