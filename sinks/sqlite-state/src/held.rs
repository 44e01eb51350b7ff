//! A database that several threads share, none of which waits longer than it may.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::database::{Database, Trouble};
use crate::error::StateError;

/// The one connection of a door, lent to one thread at a time.
///
/// No lock is held while SQLite works, since a mutex cannot be waited for with a limit.
#[derive(Debug)]
pub(crate) struct Held {
    path: PathBuf,
    /// Empty while it is lent.
    slot: Mutex<Option<Database>>,
    back: Condvar,
}

impl Held {
    /// Opens it, at this path of a person's.
    pub(crate) fn open(
        path: &Path,
        open: impl FnOnce(&Path, Duration) -> Result<Database, Trouble>,
        patience: Duration,
    ) -> Result<Held, StateError> {
        let path = alert_core::resolve_path(path).map_err(|why| StateError::refused(path, why))?;
        let database = open(&path, patience).map_err(|trouble| StateError::of(&path, trouble))?;
        Ok(Held {
            path,
            slot: Mutex::new(Some(database)),
            back: Condvar::new(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn error(&self, trouble: Trouble) -> StateError {
        StateError::of(&self.path, trouble)
    }

    /// Does the work. Waits for other threads at most this time; the work is told what is left.
    pub(crate) fn with<R>(
        &self,
        patience: Duration,
        work: impl FnOnce(&mut Database, Duration) -> Result<R, Trouble>,
    ) -> Result<R, StateError> {
        let began = Instant::now();
        let done = match self.lend(patience) {
            Some(mut lent) => {
                lent.use_it(|database| work(database, patience.saturating_sub(began.elapsed())))
            }
            None => Err(Trouble::Busy),
        };
        done.map_err(|trouble| self.error(trouble))
    }

    fn lend(&self, patience: Duration) -> Option<Lent<'_>> {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut slot, _) = self
            .back
            .wait_timeout_while(slot, patience, |slot| slot.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let database = slot.take()?;
        Some(Lent {
            held: self,
            database: Some(database),
        })
    }
}

/// Gives the database back, whatever happens.
struct Lent<'a> {
    held: &'a Held,
    database: Option<Database>,
}

impl Lent<'_> {
    fn use_it<R>(
        &mut self,
        work: impl FnOnce(&mut Database) -> Result<R, Trouble>,
    ) -> Result<R, Trouble> {
        let database = self.database.as_mut();
        work(database.expect("it is taken out in the destructor alone"))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut slot = self
            .held
            .slot
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = self.database.take();
        drop(slot);
        self.held.back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::audit;

    fn held(folder: &tempfile::TempDir) -> Held {
        let path = folder.path().join("state.db");
        Held::open(&path, audit::open, Duration::from_secs(5)).unwrap()
    }

    #[test]
    fn a_thread_waits_for_another_no_longer_than_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let held = held(&folder);
        let patience = Duration::from_millis(20);
        held.with(patience, |_, _| {
            let began = Instant::now();
            let error = held.with(patience, |_, _| Ok(())).unwrap_err();
            assert!(error.is_transient(), "{error}");
            assert!(began.elapsed() >= patience);
            Ok(())
        })
        .unwrap();
        held.with(patience, |_, _| Ok(())).unwrap();
    }

    #[test]
    fn who_waits_goes_on_as_soon_as_the_other_has_done() {
        let folder = tempfile::tempdir().unwrap();
        let held = &held(&folder);
        let long = Duration::from_secs(60);
        let began = Instant::now();
        std::thread::scope(|scope| {
            held.with(long, |_, _| {
                let comes = std::sync::Barrier::new(2);
                let comes = std::sync::Arc::new(comes);
                let theirs = comes.clone();
                scope.spawn(move || {
                    theirs.wait();
                    held.with(long, |_, _| Ok(())).unwrap();
                });
                comes.wait();
                // It most likely waits by the end of this.
                (0..10_000).for_each(|_| std::thread::yield_now());
                Ok(())
            })
            .unwrap();
        });
        assert!(began.elapsed() < long / 2, "it has waited for too long");
    }

    #[test]
    fn the_doors_may_be_shared_by_threads() {
        fn may_be_shared<T: Send + Sync>() {}
        may_be_shared::<crate::StateReader>();
        may_be_shared::<crate::StateStore>();
        may_be_shared::<crate::Audit>();
    }

    #[test]
    fn a_panic_leaves_the_database_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let held = held(&folder);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            held.with(Duration::ZERO, |_, _| -> Result<(), Trouble> {
                panic!("a bug")
            })
        }));
        assert!(panicked.is_err());
        held.with(Duration::ZERO, |_, _| Ok(())).unwrap();
    }
}
