use std::sync::{Arc, Condvar, Mutex};

use alert_core::{
    Alert, Attempt, Delivered, Fallback, Firing, Losses, Plan, Sink, SinkEntry, SinkError,
};

use super::LIMIT;

/// What a healthy sink received. Clones are the same record.
#[derive(Clone, Default)]
pub(crate) struct Record(Arc<(Mutex<Vec<Received>>, Condvar)>);

/// One delivery, with what it told.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) alert: Alert,
    pub(crate) lost: Losses,
    pub(crate) stands_for: u64,
    pub(crate) firing: Option<Firing>,
    pub(crate) remarks: Vec<String>,
    pub(crate) number: u32,
    pub(crate) late_by: std::time::Duration,
    pub(crate) instead_of: Option<Fallback>,
}

impl Record {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A healthy sink that writes here.
    pub(crate) fn sink(&self, name: &str) -> SinkEntry {
        let record = self.clone();
        SinkEntry::opener(name, move |_| Ok(Recorder(record.clone())))
    }

    /// The same, as a plan.
    pub(crate) fn plan(&self) -> Plan {
        let record = self.clone();
        Plan::opener("record", alert_core::Limits::none(), move |_| {
            Ok(Recorder(record.clone()))
        })
    }

    pub(crate) fn push(&self, alert: &Alert, attempt: &Attempt<'_>) {
        let (list, changed) = &*self.0;
        list.lock().unwrap().push(Received {
            alert: alert.clone(),
            lost: *attempt.lost(),
            stands_for: attempt.stands_for().map_or(0, |held| held.count()),
            firing: attempt.firing().cloned(),
            remarks: attempt.remarks().collect(),
            number: attempt.number(),
            late_by: attempt.late_by(),
            instead_of: attempt.instead_of().cloned(),
        });
        changed.notify_all();
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.0.0.lock().unwrap().clone()
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        self.all()
            .iter()
            .map(|received| received.alert.title().to_owned())
            .collect()
    }

    /// In whose place each was received, as a reader is told.
    pub(crate) fn causes(&self) -> Vec<String> {
        let all = self.all();
        let causes = all
            .iter()
            .filter_map(|received| received.instead_of.as_ref());
        causes.map(ToString::to_string).collect()
    }

    /// Waits until so many were received; all of them.
    pub(crate) fn wait_for(&self, many: usize) -> Vec<Received> {
        let (list, changed) = &*self.0;
        let mut list = list.lock().unwrap();
        while list.len() < many {
            let (next, timeout) = changed.wait_timeout(list, LIMIT).unwrap();
            assert!(!timeout.timed_out(), "received {} of {many}", next.len());
            list = next;
        }
        list.clone()
    }
}

/// The sink of a [`Record`].
pub(crate) struct Recorder(pub(crate) Record);

impl Sink for Recorder {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0.push(alert, attempt);
        Ok(Delivered::new())
    }
}
