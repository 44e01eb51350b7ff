//! Opening anew by itself: another file is at the path, or the files beside it are gone.

use super::aside;
use super::connect;
use super::identity::Identity;
use super::lock::{Hold, Lock};
use super::migrate;
use super::open::{Database, Opening, Purpose};
use super::patience::Patience;
use super::trouble::Trouble;

impl Database {
    pub(super) fn reopen(&mut self, patience: &mut Patience) -> Result<(), Trouble> {
        let is_doubtful = self.is_doubtful;
        let opened = match self.purpose {
            Purpose::Read => {
                self.let_go();
                Database::open_to_read(&self.path, self.patience)?
            }
            Purpose::Write(synchronous) => {
                self.leave(patience)?;
                Opening {
                    path: &self.path,
                    synchronous,
                    within: self.patience,
                    steps: migrate::STEPS,
                }
                .open(patience)?
            }
        };
        *self = opened;
        self.is_doubtful = is_doubtful;
        Ok(())
    }

    /// Leaves the files that were open, so that nothing of them is lost and nothing of them gets
    /// into what is at the path now.
    fn leave(&mut self, patience: &mut Patience) -> Result<(), Trouble> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        let connection = link.get()?;
        let _lock = Lock::take(&self.real, Hold::Exclusive, patience)?;
        let now = Identity::at(&self.real);
        let was = self.identity;
        if now.database == was.database && now.wal.is_none() && was.wal.is_some() {
            // Somebody removed the WAL. It still exists here, and nobody has begun another: what
            // is in it goes into the database. With another one there already, that would be
            // written over.
            connection.busy_timeout(patience.left())?;
            match connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
                .map_err(Trouble::from)
            {
                Ok(0) => {}
                Ok(_) => return Err(Trouble::Busy),
                Err(trouble @ (Trouble::Busy | Trouble::Full)) => return Err(trouble),
                // It will not get better.
                Err(_) => {}
            }
        }
        connect::distrust(connection);
        self.link = None;
        if now.database.is_some() && now.database != was.database && now.wal.is_some() {
            // A WAL of the old file beside the new one would be written into it.
            if now.wal == was.wal {
                aside::move_strays(&self.real)?;
            }
        }
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let now = Identity::at(&self.real);
        // The last one to close a database writes its WAL back, and removes what has that name.
        if now.wal.is_some() && now != self.identity {
            self.let_go();
        }
    }
}
