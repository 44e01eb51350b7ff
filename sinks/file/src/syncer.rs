//! The thread that makes records durable some time after they were written.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::complaint::Complaint;

/// How long a sink that is dropped waits for the last records.
const GRACE: Duration = Duration::from_secs(1);

type Sync = fn(&File) -> io::Result<()>;

/// The thread, as long as the sink has it.
#[derive(Debug)]
pub(crate) struct Syncer {
    desk: Arc<Desk>,
    ended: Receiver<()>,
    complaint: Complaint,
}

#[derive(Debug, Default)]
struct Desk {
    slip: Mutex<Slip>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Slip {
    /// What was written to since the last time; more than one when the log was rotated.
    written: Vec<Arc<File>>,
    over: bool,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Slip> {
        self.slip.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Syncer {
    pub(crate) fn start(every: Duration, sync: Sync) -> io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let complaint = Complaint::default();
        let (ending, ended) = sync_channel(0);
        let (theirs, told) = (desk.clone(), complaint.clone());
        thread::Builder::new()
            .name("alert-file-fsync".to_owned())
            .spawn(move || {
                let _ending: SyncSender<()> = ending;
                while let Some(written) = next(&theirs, every) {
                    match written.iter().try_for_each(|file| sync(file)) {
                        Ok(()) => told.ends(),
                        Err(error) => told.begins(|| {
                            format!("written records may not survive a loss of power: {error}")
                        }),
                    }
                }
            })?;
        Ok(Self {
            desk,
            ended,
            complaint,
        })
    }

    /// Notes that this file was written to. Never waits for the disk.
    pub(crate) fn wrote(&self, file: &Arc<File>) {
        let mut slip = self.desk.lock();
        if !slip.written.iter().any(|known| Arc::ptr_eq(known, file)) {
            slip.written.push(file.clone());
            if slip.written.len() == 1 {
                self.desk.changed.notify_one();
            }
        }
    }

    /// What goes wrong here.
    pub(crate) fn complaint(&self) -> &Complaint {
        &self.complaint
    }
}

impl Drop for Syncer {
    /// Waits for a second at most.
    fn drop(&mut self) {
        self.desk.lock().over = true;
        self.desk.changed.notify_one();
        // Its end is a closed channel; a disk that hangs is not waited for.
        let _ = self.ended.recv_timeout(GRACE);
    }
}

/// What is to be synced, once it is time.
fn next(desk: &Desk, every: Duration) -> Option<Vec<Arc<File>>> {
    let slip = desk
        .changed
        .wait_while(desk.lock(), |slip| slip.written.is_empty() && !slip.over)
        .unwrap_or_else(PoisonError::into_inner);
    let (mut slip, _) = desk
        .changed
        .wait_timeout_while(slip, every, |slip| !slip.over)
        .unwrap_or_else(PoisonError::into_inner);
    let written = std::mem::take(&mut slip.written);
    (!written.is_empty()).then_some(written)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const FOR_EVER: Duration = Duration::from_secs(3_600);

    #[test]
    fn what_was_written_is_synced_before_the_sink_is_gone_and_once() {
        static SYNCED: AtomicUsize = AtomicUsize::new(0);
        let syncer = Syncer::start(FOR_EVER, |_| {
            SYNCED.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        let [one, two] = [(); 2].map(|()| Arc::new(tempfile::tempfile().unwrap()));
        for file in [&one, &two, &one, &one] {
            syncer.wrote(file);
        }
        assert_eq!(SYNCED.load(Ordering::SeqCst), 0);
        drop(syncer);
        assert_eq!(SYNCED.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn what_was_written_is_synced_when_it_is_time() {
        static SYNCED: AtomicUsize = AtomicUsize::new(0);
        let syncer = Syncer::start(Duration::from_millis(1), |_| {
            SYNCED.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
        .unwrap();
        let file = Arc::new(tempfile::tempfile().unwrap());
        for times in 1..4 {
            syncer.wrote(&file);
            while SYNCED.load(Ordering::SeqCst) < times {
                thread::yield_now();
            }
        }
    }

    #[test]
    fn a_disk_that_fails_is_told() {
        let syncer = Syncer::start(Duration::from_millis(1), |_| {
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap();
        syncer.wrote(&Arc::new(tempfile::tempfile().unwrap()));
        let text = loop {
            match syncer.complaint().text() {
                Some(text) => break text,
                None => thread::yield_now(),
            }
        };
        assert!(text.ends_with("loss of power: no storage space"), "{text}");
    }
}
