//! What is at the path before SQLite sees it. The database file itself is asked about by path only,
//! and opened only while it is being created.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::trouble::Trouble;

/// As many links as Linux follows.
const LINKS: usize = 40;

/// The path to which links lead, as SQLite follows them: the files beside the database are beside
/// that one. Nothing needs to be there yet.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::canonicalize(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            answer => return answer,
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        match fs::read_link(&path) {
            Ok(target) => path = folder.join(target),
            Err(_) => {
                let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
                return match fs::canonicalize(folder) {
                    Ok(folder) => Ok(folder.join(name)),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(path),
                    Err(error) => Err(error),
                };
            }
        }
    }
    Err(io::Error::other("too many links follow each other"))
}

/// How long the file is, `None` if there is none. What is no file is refused.
pub(super) fn length(path: &Path) -> Result<Option<u64>, Trouble> {
    let there = match fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if there.is_file() {
        return Ok(Some(there.len()));
    }
    let what = shape(&there);
    Err(Trouble::Denied(format!(
        "it is {what}, name a file of its own"
    )))
}

fn shape(there: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = there.file_type();
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    if there.is_dir() {
        "a folder"
    } else {
        "no regular file"
    }
}

/// Makes the folders that are missing above this file, for this user alone.
pub(super) fn make_folders(path: &Path) -> Result<(), Trouble> {
    let mut missing = Vec::new();
    for folder in path.ancestors().skip(1) {
        match fs::metadata(folder) {
            Ok(there) if there.is_dir() => break,
            Ok(_) => {
                return Err(Trouble::Denied(
                    "what should be its folder is none".to_owned(),
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => missing.push(folder),
            Err(error) => return Err(folder_trouble(&error)),
        }
    }
    for folder in missing.into_iter().rev() {
        match private_folder(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(folder_trouble(&error));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new().mode(0o700).create(folder)?;
    // A umask may have taken away what the owner needs.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)
}

/// Makes the file, empty and for this user alone. Only under the exclusive lock: nobody may have it
/// open in this process when this descriptor is closed.
pub(super) fn make_file(path: &Path) -> Result<(), Trouble> {
    match private_file(fs::OpenOptions::new().create_new(true), path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(folder_trouble(&error)),
        _ => Ok(()),
    }
}

/// Opens a file which gets mode 0600, whatever the umask, if it is created by that.
pub(super) fn private_file(options: &mut fs::OpenOptions, path: &Path) -> io::Result<fs::File> {
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = options.mode(0o600).open(path)?;
        let there = file.metadata()?;
        if there.len() == 0 && there.permissions().mode() & 0o600 != 0o600 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

pub(super) fn folder_trouble(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::NotFound => {
            let why = error.to_string().to_lowercase();
            Trouble::Denied(format!(
                "nothing can be written in its folder, make that writable or name another: {why}"
            ))
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Full,
        _ => Trouble::Failed(error.to_string().to_lowercase()),
    }
}

/// The file with this ending after the whole name, such as `-wal`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
