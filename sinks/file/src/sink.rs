use std::io;

use alert_core::{Alert, Attempt, Batch, Delivered, Sink, SinkError};

use crate::complaint::Complaint;
use crate::group::{GROUP, Group};
use crate::log::{Log, Open};
use crate::record::Form;
use crate::rotate::Rotation;
use crate::syncer::Syncer;
use crate::trouble::Trouble;

/// Appends alerts to a file; see the crate's documentation. [`FileConfig`](crate::FileConfig)
/// opens it.
#[derive(Debug)]
pub struct FileSink {
    log: Log,
    form: Form,
    group: Group,
    rotation: Option<Rotation>,
    durable: Durable,
}

/// Whether records are made to survive a loss of power, and how.
#[derive(Debug)]
pub(crate) enum Durable {
    No,
    AtOnce,
    Later(Syncer),
}

/// Whether more of the batch follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Follows,
    No,
}

impl FileSink {
    pub(crate) fn new(log: Log, form: Form, rotation: Option<Rotation>, durable: Durable) -> Self {
        Self {
            log,
            form,
            group: Group::new(),
            rotation,
            durable,
        }
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Trouble> {
        self.log.ready()?;
        // Sooner than need be, so that the first record can tell if it fails.
        if let Some(rotation) = &mut self.rotation
            && rotation.before(&mut self.log, 1)
        {
            self.log.ready()?;
        }
        let full = match &self.rotation {
            _ if self.log.open().is_some_and(|open| open.takes_one_by_one()) => 1,
            Some(rotation) => rotation.group(),
            None => GROUP,
        };
        let mut first = 0;
        let told = self.to_tell();
        let mut telling = told.as_deref();
        for (index, (alert, attempt)) in batch.iter().enumerate() {
            let telling = telling.take();
            self.group
                .add(|out| self.form.write(alert, attempt, telling, out));
            if self.group.size() >= full && index + 1 < batch.len() {
                self.append(batch, first, told.as_deref(), More::Follows)?;
                self.group.clear();
                first = index + 1;
            }
        }
        self.append(batch, first, told.as_deref(), More::No)
    }

    /// Appends the records of alerts from `first` on. What is in the file is settled, unless all of
    /// the batch is there.
    fn append(
        &mut self,
        batch: &Batch<'_>,
        first: usize,
        told: Option<&str>,
        more: More,
    ) -> Result<(), Trouble> {
        if let Some(rotation) = &mut self.rotation
            && rotation.before(&mut self.log, self.group.size())
        {
            self.log.ready()?;
        }
        let Some(open) = self.log.open() else {
            // Nothing takes it between being ready and here.
            return Err(Trouble::Failed(io::ErrorKind::NotFound.into()));
        };
        let appended = open.append(&self.group, batch.remaining());
        if appended.records > 0 {
            self.durable.wrote(open)?;
        }
        if appended.error.is_some() || more == More::Follows {
            for member in first..first + appended.records {
                batch.settle(member, Ok(Delivered::new()));
            }
        }
        if let Some(told) = told
            && appended.records > 0
        {
            self.complaints()
                .for_each(|complaint| complaint.was_told(told));
        }
        appended
            .error
            .map_or(Ok(()), |error| Err(Trouble::Failed(error)))
    }

    fn complaints(&self) -> impl Iterator<Item = &Complaint> {
        let rotation = self.rotation.iter().flat_map(Rotation::complaints);
        let syncing = match &self.durable {
            Durable::Later(syncer) => Some(syncer.complaint()),
            Durable::No | Durable::AtOnce => None,
        };
        rotation.chain(syncing)
    }

    /// What the next record is to tell of troubles beside its road.
    fn to_tell(&self) -> Option<String> {
        self.complaints()
            .filter_map(Complaint::text)
            .reduce(|all, text| format!("{all}; {text}"))
    }
}

impl Durable {
    /// To be called with each write, before its records count as delivered.
    fn wrote(&self, open: &Open) -> Result<(), Trouble> {
        match self {
            Durable::No => Ok(()),
            Durable::AtOnce => open.sync().map_err(Trouble::NotSynced),
            Durable::Later(syncer) => {
                if open.holds().is_some() {
                    syncer.wrote(open.file());
                }
                Ok(())
            }
        }
    }
}

impl Sink for FileSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let end = self.write(batch);
        self.log.release();
        self.group.clear();
        end.map_err(|trouble| trouble.of(self.log.path()))
    }
}
