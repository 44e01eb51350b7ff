//! The thread that compresses, so that no attempt waits for it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use std::{io, mem};

use super::gzip::compress;
use super::names::Form;
use super::place::Place;
use super::turn::Naming;
use crate::complaint::{Complaint, Failure};

/// The order to stop.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(crate) fn is_set(&self) -> bool {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits; whether it is to stop.
    pub(crate) fn pause(&self, at_most: Duration) -> bool {
        let set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self
            .changed
            .wait_timeout_while(set, at_most, |set| !*set)
            .unwrap_or_else(PoisonError::into_inner);
        *end.0
    }
}

/// The thread, as long as the sink has it.
#[derive(Debug)]
pub(crate) struct Tidy {
    /// One order is enough: it is to compress whatever is there.
    orders: SyncSender<Place>,
    ended: Receiver<()>,
    stop: Arc<Stop>,
    grace: Duration,
}

impl Tidy {
    pub(crate) fn start(naming: Naming, grace: Duration, complaint: Complaint) -> io::Result<Self> {
        let (orders, taken) = sync_channel(1);
        let (ending, ended) = sync_channel(0);
        let stop = Arc::new(Stop::default());
        let stopped = stop.clone();
        thread::Builder::new()
            .name("alert-file-gzip".to_owned())
            .spawn(move || {
                let _ending: SyncSender<()> = ending;
                while let Ok(place) = taken.recv() {
                    match compress_all(&place, naming, &stopped) {
                        Ok(()) => complaint.ends(),
                        Err(failure) => {
                            complaint.begins(|| format!("rotated file not compressed: {failure}"));
                        }
                    }
                }
            })?;
        Ok(Self {
            orders,
            ended,
            stop,
            grace,
        })
    }

    /// Never waits.
    pub(crate) fn order(&self, place: Place) {
        // An order that is waiting already will find the same files.
        let _ = self.orders.try_send(place);
    }
}

impl Drop for Tidy {
    /// Waits for as long as it is given.
    fn drop(&mut self) {
        drop(mem::replace(&mut self.orders, sync_channel(0).0));
        // Its end is a closed channel; that it has none in time is as well.
        let _ = self.ended.recv_timeout(self.grace);
        self.stop.set();
    }
}

fn compress_all(place: &Place, naming: Naming, stop: &Stop) -> Result<(), Failure> {
    for (moment, forms) in place.rotated()? {
        if forms.contains(&Form::Plain) && !forms.contains(&Form::Gzip) {
            compress(place, moment, naming, stop)?;
        }
    }
    Ok(())
}
