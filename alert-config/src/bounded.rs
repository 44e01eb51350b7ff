//! Files read without hanging and without end.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Reads a regular file of at most `most` bytes. Anything else (a folder, a FIFO, a device, a
/// larger file) is refused with a reason that completes "cannot read `x`: ". May block as long
/// as the file system does.
pub(crate) fn read(path: &Path, most: u64) -> Result<(Vec<u8>, Metadata), String> {
    // Looked at before it is opened, since opening a device may already do something.
    regular(&std::fs::metadata(path).map_err(|error| reason(&error))?)?;
    let file = open(path).map_err(|error| reason(&error))?;
    let metadata = file.metadata().map_err(|error| reason(&error))?;
    // And again: it may have become something else in between.
    regular(&metadata)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| reason(&error))?;
    if bytes.len() as u64 > most {
        return Err(format!("it is larger than {} KiB", most / 1024));
    }
    Ok((bytes, metadata))
}

fn regular(metadata: &Metadata) -> Result<(), String> {
    match () {
        () if metadata.is_file() => Ok(()),
        () if metadata.is_dir() => Err("it is a folder".into()),
        () => Err("it is not a regular file".into()),
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO that has taken the file's place would otherwise wait for a writer.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".into(),
        ErrorKind::PermissionDenied => "permission denied".into(),
        ErrorKind::NotADirectory => "a part of its path is not a folder".into(),
        _ => error.to_string().to_lowercase(),
    }
}
