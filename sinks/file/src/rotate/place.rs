//! The folder in which a log and its rotated files lie.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::names::{Form, Moment, Names, Rotated};
use crate::complaint::{Doing, Failure};
use crate::system::{self, Lock};

/// Where the file really is: behind all links, since it is the file that steps aside.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    log: PathBuf,
    folder: PathBuf,
    names: Names,
}

impl Place {
    /// Of the file that is at this path now.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        let log = fs::canonicalize(path).doing("finding the file")?;
        let (Some(folder), Some(name)) = (log.parent(), log.file_name()) else {
            return Err(io::Error::from(ErrorKind::InvalidInput)).doing("finding its folder");
        };
        let (folder, names) = (folder.to_owned(), Names::of(name));
        Ok(Self { log, folder, names })
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn path(&self, moment: Moment, form: Form) -> PathBuf {
        self.folder.join(self.names.rotated(moment, form))
    }

    /// What is there of rotated files.
    pub(crate) fn rotated(&self) -> Result<Rotated, Failure> {
        let mut rotated = Rotated::new();
        for entry in fs::read_dir(&self.folder).doing("reading the folder")? {
            let entry = entry.doing("reading the folder")?;
            if let Some((moment, form)) = self.names.read(&entry.file_name()) {
                rotated.entry(moment).or_default().push(form);
            }
        }
        Ok(rotated)
    }

    /// Makes a file for whoever may use the log; never opens one that is there.
    pub(crate) fn create(&self, path: &Path, like: &Metadata) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        system::for_this_user(&mut options);
        let file = options.open(path)?;
        if let Err(error) = system::own_like(&file, like) {
            // It is empty, and of no use.
            let _ = fs::remove_file(path);
            return Err(error);
        }
        Ok(file)
    }

    /// The lock under which files get and lose their names, or `None` while another process has
    /// it. It ends when it is dropped. Never waits.
    pub(crate) fn lock(&self, like: &Metadata) -> Result<Option<File>, Failure> {
        let path = self.folder.join(self.names.lock());
        let file = match system::open_plain(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => match self.create(&path, like) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => system::open_plain(&path),
                created => created,
            },
            opened => opened,
        };
        let file = file.doing("opening the lock file beside it")?;
        match system::lock_alone(&file) {
            Lock::Held => Ok(Some(file)),
            Lock::Taken => Ok(None),
            Lock::Unknown => Err(io::Error::from(ErrorKind::Unsupported)).doing("locking"),
        }
    }

    /// Makes what happened to names survive a loss of power.
    pub(crate) fn sync_names(&self) -> Result<(), Failure> {
        system::sync_folder(&self.folder).doing("syncing the folder")
    }
}

/// Removes a file, or finds it gone.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        end => end,
    }
}
