use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alert_core::{
    Alert, Attempt, Batch, Delivered, OpenContext, Silences, Sink, SinkError, Timestamp, terminal,
};

use crate::config::StateConfig;
use crate::database::{Database, SetAside, Trouble};
use crate::keeper::{Keeper, Task};
use crate::record::record;
use crate::upkeep::Upkeep;
use crate::{own, reader};

/// What is left of an attempt's time for writing once the wait for other programs is over.
const WRITING: Duration = Duration::from_millis(200);

/// Another program is not waited for longer than this in one attempt, however long it may take.
const LONGEST: Duration = Duration::from_secs(5);

/// Writes alerts into the state database; see the crate's documentation.
/// [`StateConfig`] opens it.
#[derive(Debug)]
pub struct StateSink {
    /// `None` if its thread could not be made. It goes first, so that the sink closes the database
    /// after it.
    keeper: Option<Keeper>,
    database: Database,
}

impl StateSink {
    pub(crate) fn open(
        path: PathBuf,
        config: &StateConfig,
        cx: &OpenContext<'_>,
    ) -> Result<Self, SinkError> {
        let within = cx.deadline().saturating_duration_since(Instant::now());
        let synchronous = config.synchronous.level();
        let patience = (within / 2).min(LONGEST);
        let (mut database, aside) = Database::open_or_replace(&path, synchronous, patience)
            .map_err(|trouble| sink_error(&path, &trouble))?;
        tell(&path, aside);
        if let Some(remark) = database.remark() {
            let path = path.to_string_lossy();
            tracing::warn!(target: "alert", sink = cx.name(), "`{}`: {remark}", terminal(&path));
        }
        heed(&mut database, cx.silences());
        // Programs that live for a moment only would else never prune. If it fails now, the next
        // write tells why.
        let _ = Upkeep::first_step(&config.keep, &mut database);
        own::is(&path, cx.name());
        let task = Task {
            path,
            synchronous,
            silences: cx.silences().clone(),
        };
        let keeper = Keeper::start(task, config.keep.clone());
        if let Err(error) = &keeper {
            tracing::warn!(
                target: "alert", sink = cx.name(),
                "cannot make a thread for the state database: {error}; new silences are not heeded and nothing is pruned"
            );
        }
        Ok(Self {
            database,
            keeper: keeper.ok(),
        })
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Trouble> {
        let patience = || batch.remaining().saturating_sub(WRITING).min(LONGEST);
        if let Some(reason) = self.keeper.as_ref().and_then(Keeper::damage) {
            self.replace(&reason, patience())?;
        }
        match self.record(batch, patience()) {
            Err(Trouble::Damaged(reason)) => {
                self.replace(&reason, patience())?;
                self.record(batch, patience())
            }
            answer => answer,
        }
    }

    fn record(&mut self, batch: &Batch<'_>, patience: Duration) -> Result<(), Trouble> {
        let alerts = batch.iter().map(|(alert, _)| alert);
        self.database
            .write(patience, |transaction| record(transaction, alerts))
    }

    fn replace(&mut self, reason: &str, patience: Duration) -> Result<(), Trouble> {
        let aside = self.database.replace_damaged(reason, patience)?;
        tell(self.database.path(), aside);
        Ok(())
    }
}

/// Says that a database was set aside.
fn tell(path: &Path, aside: Option<SetAside>) {
    if let Some(SetAside { to, reason }) = aside {
        let (path, to) = (path.to_string_lossy(), to.to_string_lossy());
        tracing::error!(
            target: "alert",
            "the state database `{}` is damaged ({reason}): it was set aside as `{}`, and what can be read of it comes back",
            terminal(&path), terminal(&to)
        );
    }
}

/// Those that the config began with may be of long ago: a sink is opened again and again. What
/// cannot be read now, the keeper reads.
fn heed(database: &mut Database, silences: &Silences) {
    let now = Timestamp::now();
    if let Ok(found) = database.read(|connection| reader::to_heed(connection, now)) {
        silences.replace(found);
    }
}

fn sink_error(path: &Path, trouble: &Trouble) -> SinkError {
    let path = path.to_string_lossy();
    let text = format!("`{}`: {trouble}", terminal(&path));
    match trouble {
        Trouble::Busy | Trouble::Full => SinkError::transient(text).not_sent(),
        Trouble::Failed(_) => SinkError::transient(text),
        // A transaction that found it damaged changed nothing.
        Trouble::Damaged(_) | Trouble::Replaced => SinkError::transient(text),
        _ => SinkError::unusable(text),
    }
}

impl Sink for StateSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        self.write(batch)
            .map_err(|trouble| sink_error(self.database.path(), &trouble))?;
        if let Some(keeper) = &self.keeper {
            keeper.wrote();
        }
        Ok(())
    }
}
