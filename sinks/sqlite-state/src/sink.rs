use std::path::Path;
use std::time::{Duration, Instant};

use alert_core::{Alert, Attempt, Batch, Delivered, OpenContext, Sink, SinkError};

use crate::config::{StateConfig, Synchronous};
use crate::database::{self, Database, Trouble};
use crate::record::record;

/// Writes alerts into the state database; see the crate's documentation.
/// [`StateConfig`] opens it.
#[derive(Debug)]
pub struct StateSink {
    database: Database,
}

impl StateSink {
    pub(crate) fn open(
        path: &Path,
        config: &StateConfig,
        cx: &OpenContext<'_>,
    ) -> Result<Self, SinkError> {
        let synchronous = match config.synchronous {
            Synchronous::Normal => database::Synchronous::Normal,
            Synchronous::Full => database::Synchronous::Full,
        };
        let within = cx.deadline().saturating_duration_since(Instant::now());
        let (database, _) = Database::open_or_replace(path, synchronous, within / 2)
            .map_err(|trouble| sink_error(path, &trouble))?;
        Ok(Self { database })
    }
}

fn sink_error(path: &Path, trouble: &Trouble) -> SinkError {
    let path = path.to_string_lossy();
    let text = format!("`{}`: {trouble}", alert_core::terminal(&path));
    match trouble {
        Trouble::Busy | Trouble::Full | Trouble::Failed(_) => SinkError::transient(text),
        _ => SinkError::unusable(text),
    }
}

impl Sink for StateSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let patience = batch.remaining().saturating_sub(Duration::from_millis(200));
        let alerts = batch.iter().map(|(alert, _)| alert);
        self.database
            .write(patience, |transaction| record(transaction, alerts))
            .map_err(|trouble| sink_error(self.database.path(), &trouble))
    }
}
