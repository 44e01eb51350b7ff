use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alert_core::{
    Alert, Attempt, Batch, Delivered, OpenContext, Silences, Sink, SinkError, Timestamp, terminal,
};

use crate::config::StateConfig;
use crate::database::{Database, Trouble};
use crate::keeper::{Keeper, Task};
use crate::record::record;
use crate::{own, reader};

/// What is left of an attempt's time for writing once the wait for other programs is over.
const WRITING: Duration = Duration::from_millis(200);

/// Writes alerts into the state database; see the crate's documentation.
/// [`StateConfig`] opens it.
#[derive(Debug)]
pub struct StateSink {
    database: Database,
    /// `None` if its thread could not be made.
    keeper: Option<Keeper>,
}

impl StateSink {
    pub(crate) fn open(
        path: PathBuf,
        config: &StateConfig,
        cx: &OpenContext<'_>,
    ) -> Result<Self, SinkError> {
        let within = cx.deadline().saturating_duration_since(Instant::now());
        let synchronous = config.synchronous.level();
        let mut database = Database::open(&path, synchronous, within / 2)
            .map_err(|trouble| sink_error(&path, &trouble))?;
        heed(&mut database, cx.silences());
        own::is(&path, cx.name());
        let keeper = Keeper::start(Task {
            path,
            synchronous,
            keep: config.keep.clone(),
            silences: cx.silences().clone(),
        });
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
}

/// Silences hold from the first delivery on, also in a program that lives for a moment only. What
/// cannot be read now, the keeper reads.
fn heed(database: &mut Database, silences: &Silences) {
    let now = Timestamp::now();
    if let Ok(found) = database.read(|connection| reader::in_force(connection, now)) {
        silences.replace(found.iter().map(|stored| stored.silence()));
    }
}

fn sink_error(path: &Path, trouble: &Trouble) -> SinkError {
    let path = path.to_string_lossy();
    let text = format!("`{}`: {trouble}", terminal(&path));
    match trouble {
        Trouble::Busy | Trouble::Full => SinkError::transient(text).not_sent(),
        Trouble::Failed(_) => SinkError::transient(text),
        _ => SinkError::unusable(text),
    }
}

impl Sink for StateSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let patience = batch.remaining().saturating_sub(WRITING);
        let alerts = || batch.iter().map(|(alert, _)| alert);
        self.database
            .write(patience, |transaction| record(transaction, alerts()))
            .map_err(|trouble| sink_error(self.database.path(), &trouble))?;
        if let Some(keeper) = &self.keeper {
            keeper.wrote();
        }
        Ok(())
    }
}
