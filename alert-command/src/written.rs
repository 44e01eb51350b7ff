//! Files that the command writes.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;

/// For whom a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// As the process's umask has it.
    Others,
    /// This user alone, and so are the folders that are made for it.
    Owner,
}

/// Whether a file that is there already is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Replace,
    Keep,
}

/// Writes a file as a whole or not at all; a symbolic link is followed, a device or a pipe written
/// to. Blocks on the file system.
///
/// # Errors
/// If it cannot be written, or is there already and is to be kept.
pub(crate) fn write(
    path: &Path,
    text: &str,
    readers: Readers,
    existing: Existing,
) -> Result<(), Failure> {
    let cannot = |error: io::Error| {
        let why = error.to_string().to_lowercase();
        Failure::io(format!("cannot write `{}`: {why}", path.display()))
    };
    let there = || {
        let text = format!(
            "`{}` is there already, give --force to replace it",
            path.display()
        );
        Failure::io(text)
    };
    match path.metadata() {
        Ok(found) if existing == Existing::Keep && !found.is_dir() => return Err(there()),
        Ok(found) if found.is_dir() => return Err(cannot(ErrorKind::IsADirectory.into())),
        Ok(found) if !found.is_file() => {
            let written = File::options().write(true).open(path);
            return written
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(cannot);
        }
        _ => {}
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let fresh = begun(folder, text, readers).map_err(cannot)?;
    let placed = match existing {
        Existing::Replace => fresh.persist(&target),
        Existing::Keep => fresh.persist_noclobber(&target),
    };
    match placed {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => Err(there()),
        Err(failed) => Err(cannot(failed.error)),
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn folder(path: &Path, readers: Readers) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    #[cfg(not(unix))]
    let _ = readers;
    builder.create(path)
}

fn begun(parent: &Path, text: &str, readers: Readers) -> io::Result<NamedTempFile> {
    if readers == Readers::Owner {
        folder(parent, readers)?;
    }
    let mut builder = Builder::new();
    builder.prefix(".alert-");
    #[cfg(unix)]
    {
        let mode = match readers {
            Readers::Others => 0o666,
            Readers::Owner => 0o600,
        };
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    }
    let mut file = builder.tempfile_in(parent)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}
