use alert_core::{Alert, Attempt, Batch, Delivered, Sink, SinkError};

use crate::group::{GROUP, Group};
use crate::log::{Log, Open};
use crate::record::Form;
use crate::trouble::Trouble;

/// Appends alerts to a file; see the crate's documentation. [`FileConfig`](crate::FileConfig)
/// opens it.
#[derive(Debug)]
pub struct FileSink {
    log: Log,
    form: Form,
    group: Group,
}

/// Whether more of the batch follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Follows,
    No,
}

impl FileSink {
    pub(crate) fn new(log: Log, form: Form) -> Self {
        Self {
            log,
            form,
            group: Group::new(),
        }
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Trouble> {
        let open = self.log.ready()?;
        let full = if open.takes_one_by_one() { 1 } else { GROUP };
        let mut first = 0;
        for (index, (alert, attempt)) in batch.iter().enumerate() {
            self.group.add(|out| self.form.write(alert, attempt, out));
            if self.group.size() >= full && index + 1 < batch.len() {
                append(open, &self.group, batch, first, More::Follows)?;
                self.group.clear();
                first = index + 1;
            }
        }
        append(open, &self.group, batch, first, More::No)
    }
}

/// Appends the records of alerts from `first` on. What is in the file is settled, unless all of
/// the batch is there.
fn append(
    open: &mut Open,
    group: &Group,
    batch: &Batch<'_>,
    first: usize,
    more: More,
) -> Result<(), Trouble> {
    let appended = open.append(group, batch.remaining());
    if appended.error.is_some() || more == More::Follows {
        for member in first..first + appended.records {
            batch.settle(member, Ok(Delivered::new()));
        }
    }
    appended
        .error
        .map_or(Ok(()), |error| Err(Trouble::Failed(error)))
}

impl Sink for FileSink {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let end = self.write(batch);
        self.group.clear();
        end.map_err(|trouble| trouble.of(self.log.path()))
    }
}
