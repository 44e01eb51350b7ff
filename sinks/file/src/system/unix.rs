use std::fmt;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown,
};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::Shape;
use crate::trouble::Trouble;

/// Which file it is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inode {} of device {}", self.inode, self.device)
    }
}

pub(crate) fn identity(there: &Metadata) -> Option<Identity> {
    Some(Identity {
        device: there.dev(),
        inode: there.ino(),
    })
}

pub(crate) fn shape(there: &Metadata) -> Shape {
    let kind = there.file_type();
    if kind.is_file() {
        Shape::Regular
    } else if kind.is_fifo() {
        Shape::Pipe
    } else if kind.is_char_device() {
        Shape::Device
    } else if kind.is_dir() {
        Shape::Folder
    } else {
        Shape::Other
    }
}

/// Opens for appending; creates the file and its folders. Never waits for a pipe's reader.
pub(crate) fn open(path: &Path) -> Result<File, Trouble> {
    let mut folders_made = false;
    loop {
        let folder = path.parent().and_then(|folder| folder.metadata().ok());
        let shared = folder.as_ref().is_some_and(others_may_write);
        let opened = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(flags(shared))
            .open(path);
        let error = match opened {
            Ok(file) => return Ok(file),
            Err(error) => error,
        };
        match Errno::from_io_error(&error) {
            Some(Errno::NOENT) if folder.is_none() && !folders_made => {
                make_folders(path).map_err(Trouble::Failed)?;
                folders_made = true;
            }
            Some(Errno::LOOP) if shared && path.is_symlink() => return Err(Trouble::ForeignLink),
            Some(Errno::NXIO) if is_pipe(path) => return Err(Trouble::NoReader),
            _ => return Err(Trouble::Failed(error)),
        }
    }
}

fn flags(shared: bool) -> i32 {
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if shared {
        flags |= OFlags::NOFOLLOW;
    }
    flags.bits() as i32
}

/// Whether somebody else, root aside, could plant a link in this folder.
fn others_may_write(folder: &Metadata) -> bool {
    let owner = folder.uid();
    folder.mode() & 0o022 != 0 || (owner != 0 && owner != rustix::process::geteuid().as_raw())
}

fn make_folders(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn is_pipe(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|there| there.file_type().is_fifo())
}

/// The length of this very file and its last byte, if it may be read.
pub(crate) fn last_byte(path: &Path, of: Identity) -> Option<(u64, u8)> {
    let reader = OpenOptions::new()
        .read(true)
        .custom_flags(flags(false))
        .open(path)
        .ok()?;
    let there = reader.metadata().ok()?;
    if identity(&there) != Some(of) {
        return None;
    }
    let mut byte = [0];
    let last = there.len().checked_sub(1)?;
    reader.read_exact_at(&mut byte, last).ok()?;
    Some((there.len(), byte[0]))
}

/// Opens what is an ordinary file for reading, and nothing that a link leads to.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags(true))
        .open(path)?;
    match file.metadata().as_ref().map(shape) {
        Ok(Shape::Regular) => Ok(file),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Whatever these options create is for this user alone.
pub(crate) fn for_this_user(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// Gives a new file the owner, the group and the mode of another one, so that whoever may use that
/// may use this.
pub(crate) fn own_like(file: &File, like: &Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (like.uid(), like.gid()) {
        // Only root may give it away; the group is what others have their rights by.
        fchown(file, Some(like.uid()), Some(like.gid()))
            .or_else(|_| fchown(file, None, Some(like.gid())))?;
    }
    file.set_permissions(Permissions::from_mode(like.mode() & 0o777))
}

/// Lets two files swap their names, in one step. Not every system and file system can.
pub(crate) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(io::Error::from)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    {
        let _ = (one, other);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Makes the names in a folder survive a loss of power.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Waits until a pipe or a terminal takes more; false if it does not within this time.
pub(crate) fn wait_for_room(file: &File, within: Duration) -> bool {
    let within = Timespec {
        tv_sec: i64::try_from(within.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: within.subsec_nanos().into(),
    };
    match poll(&mut [PollFd::new(file, PollFlags::OUT)], Some(&within)) {
        Ok(ready) => ready > 0,
        Err(error) => error == Errno::INTR,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_created_is_for_this_user_alone() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b/c.log");
        open(&path).unwrap();
        for (place, mode) in [("a", 0o700), ("a/b", 0o700), ("a/b/c.log", 0o600)] {
            let there = fs::metadata(root.path().join(place)).unwrap();
            assert_eq!(there.mode() & 0o777, mode, "{place}");
        }
    }

    #[test]
    fn a_link_is_followed_in_an_own_folder_and_refused_in_a_shared_one() {
        let root = tempfile::tempdir().unwrap();
        let link = root.path().join("link.log");
        symlink("target.log", &link).unwrap();
        open(&link).unwrap();
        assert!(root.path().join("target.log").is_file());
        for mode in [0o777, 0o1777, 0o770] {
            fs::set_permissions(root.path(), Permissions::from_mode(mode)).unwrap();
            assert!(matches!(open(&link), Err(Trouble::ForeignLink)), "{mode:o}");
        }
        open(&root.path().join("target.log")).unwrap();
    }

    #[test]
    fn the_last_byte_is_that_of_the_same_file() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.log");
        fs::write(&path, "abc").unwrap();
        let of = identity(&fs::metadata(&path).unwrap()).unwrap();
        assert_eq!(last_byte(&path, of), Some((3, b'c')));
        fs::write(root.path().join("b.log"), "x").unwrap();
        fs::rename(root.path().join("b.log"), &path).unwrap();
        assert_eq!(last_byte(&path, of), None);
    }
}
