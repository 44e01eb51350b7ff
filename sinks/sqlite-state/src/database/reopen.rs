//! Opening anew by itself: another file is at the path, or the files beside it are gone.

use rusqlite::Connection;

use super::aside;
use super::identity::{Identity, Inode};
use super::link::Link;
use super::lock::{Hold, Lock};
use super::migrate;
use super::open::{Database, Opening, Purpose};
use super::patience::Patience;
use super::trouble::Trouble;

impl Database {
    pub(super) fn reopen(&mut self, patience: &mut Patience) -> Result<(), Trouble> {
        let is_doubtful = self.is_doubtful;
        self.leave(patience)?;
        let opened = match self.purpose {
            Purpose::Read => Database::open_to_read(&self.path, patience.left())?,
            Purpose::Write(synchronous) => Opening {
                path: &self.path,
                synchronous,
                within: self.patience,
                steps: migrate::STEPS,
            }
            .open_ours(patience)?,
        };
        let (within, replaces) = (self.patience, self.replaces);
        *self = opened;
        self.patience = within;
        self.replaces = replaces;
        self.is_doubtful = is_doubtful;
        Ok(())
    }

    /// Leaves the files that were open, so that nothing of them is lost and nothing of them gets
    /// into what is at the path now.
    fn leave(&mut self, patience: &mut Patience) -> Result<(), Trouble> {
        if self.link.is_none() {
            return Ok(());
        }
        let file = self.identity.database.filter(|file| file.is_at(&self.path));
        let is_replaced = Inode::at(&self.real).is_some();
        match file {
            Some(file) => {
                let _lock = self.lock_to_leave(patience)?;
                self.leave_what_lost_its_files(file, patience)?;
            }
            None if is_replaced => {
                let _lock = self.lock_to_leave(patience)?;
                self.let_go();
                let now = Identity::at(&self.real);
                // A WAL of the old file beside the new one would be written into it.
                if now.database != self.identity.database
                    && now.wal.is_some()
                    && now.wal == self.identity.wal
                {
                    aside::move_strays(&self.real)?;
                }
            }
            None => {}
        }
        self.let_go();
        Ok(())
    }

    fn lock_to_leave(&self, patience: &mut Patience) -> Result<Option<Lock>, Trouble> {
        match Lock::take(&self.real, Hold::Exclusive, patience) {
            Ok(lock) => Ok(Some(lock)),
            // Who may only read has nothing to save.
            Err(_) if self.purpose == Purpose::Read => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    fn leave_what_lost_its_files(
        &mut self,
        file: Inode,
        patience: &mut Patience,
    ) -> Result<(), Trouble> {
        let was = self.identity;
        let now = Identity::at(&self.real);
        if now == was {
            return Ok(());
        }
        // Somebody removed the WAL. It still exists here, and nobody has begun another: what is in
        // it goes into the database. With another one there already, that would be written over.
        let is_to_be_saved = now.wal.is_none() && was.wal.is_some();
        let left = patience.left();
        Link::close_all(file, patience, |connection| {
            if !is_to_be_saved || connection.is_readonly("main")? {
                return Ok(());
            }
            connection.busy_timeout(left)?;
            match write_back(connection) {
                Err(trouble @ (Trouble::Busy | Trouble::Full)) => Err(trouble),
                // It will not get better.
                _ => Ok(()),
            }
        })?;
        if is_to_be_saved {
            aside::remove_index(&self.real)?;
        }
        Ok(())
    }
}

fn write_back(connection: &Connection) -> Result<(), Trouble> {
    let is_busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if is_busy { Err(Trouble::Busy) } else { Ok(()) }
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
