//! A rotated file and its compressed form: at every moment one of them is there and whole.

use std::fs::{self, File, FileTimes, Metadata};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::names::{Form, Moment};
use super::place::{Place, remove};
use super::tidy::Stop;
use super::turn::Naming;
use crate::complaint::{Doing, Failure};
use crate::system::{self, Lock};

const PIECE: usize = 64 * 1024;
/// How often, and with which pauses, a lock is tried: a second in all.
const TRIES: usize = 100;
const BETWEEN: Duration = Duration::from_millis(10);

/// Compresses one rotated file. If others are at it, or it is told to stop, the file stays as it
/// is for the next rotation to find.
pub(crate) fn compress(
    place: &Place,
    moment: Moment,
    naming: Naming,
    stop: &Stop,
) -> Result<(), Failure> {
    let path = place.path(moment, Form::Plain);
    let plain = match system::open_plain(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.doing("opening a rotated file")?,
    };
    // A writer that began before the file stepped aside may still be in it; no other will come.
    if patiently(stop, || match system::lock_alone(&plain) {
        Lock::Held => Ok(Some(())),
        Lock::Taken => Ok(None),
        Lock::Unknown => Err(io::Error::from(io::ErrorKind::Unsupported)).doing("locking"),
    })?
    .is_none()
    {
        return Ok(());
    }
    let Some(there) = still_at(&path, &plain).filter(|there| there.len() > 0) else {
        return Ok(());
    };
    let part = place.path(moment, Form::Part);
    let end = write(place, &plain, &there, &part, stop).and_then(|read| match read {
        Some(read) => publish(place, moment, naming, (&plain, read), stop),
        None => Ok(false),
    });
    if !matches!(end, Ok(true)) {
        // What is left of it is removed with the file itself.
        let _ = remove(&part);
    }
    end.map(|_| ())
}

/// Writes the compressed form; how many bytes it stands for, or `None` if it was stopped.
fn write(
    place: &Place,
    plain: &File,
    there: &Metadata,
    part: &Path,
    stop: &Stop,
) -> Result<Option<u64>, Failure> {
    remove(part).doing("removing what is left of a compressed file")?;
    let out = place
        .create(part, there)
        .doing("making a compressed file")?;
    let copied = copy(plain, &out, stop).doing("compressing")?;
    if copied.is_some() {
        if let Ok(written) = there.modified() {
            // For people who sort by it; nothing here reads it.
            let _ = out.set_times(FileTimes::new().set_modified(written));
        }
        out.sync_all().doing("compressing")?;
    }
    Ok(copied)
}

fn copy(mut plain: &File, out: &File, stop: &Stop) -> io::Result<Option<u64>> {
    let mut encoder = GzEncoder::new(out, Compression::default());
    let mut piece = vec![0; PIECE];
    let mut read = 0_u64;
    loop {
        if stop.is_set() {
            return Ok(None);
        }
        match plain.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => {
                encoder.write_all(&piece[..length])?;
                read = read.saturating_add(length as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    encoder.finish()?;
    Ok(Some(read))
}

/// The compressed form takes the place of the plain one, which may have been pruned meanwhile.
fn publish(
    place: &Place,
    moment: Moment,
    naming: Naming,
    (plain, read): (&File, u64),
    stop: &Stop,
) -> Result<bool, Failure> {
    let there = plain.metadata().doing("looking at a rotated file")?;
    let Some(_lock) = patiently(stop, || place.lock(&there))? else {
        return Ok(false);
    };
    let path = place.path(moment, Form::Plain);
    let gzip = place.path(moment, Form::Gzip);
    let is_whole = still_at(&path, plain).is_some_and(|there| there.len() == read);
    if !is_whole || fs::symlink_metadata(&gzip).is_ok() {
        return Ok(false);
    }
    fs::rename(place.path(moment, Form::Part), &gzip).doing("renaming a compressed file")?;
    if naming == Naming::Lasting {
        // Else a loss of power could leave neither. Most file systems keep the order anyway.
        place.sync_names()?;
    }
    remove(&path).doing("removing what is compressed")?;
    Ok(true)
}

fn still_at(path: &Path, file: &File) -> Option<Metadata> {
    let there = fs::symlink_metadata(path).ok()?;
    let ours = file.metadata().ok()?;
    (system::identity(&there) == system::identity(&ours)).then_some(there)
}

/// Tries for a second.
fn patiently<T>(
    stop: &Stop,
    mut attempt: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<Option<T>, Failure> {
    for _ in 0..TRIES {
        if let Some(done) = attempt()? {
            return Ok(Some(done));
        }
        if stop.pause(BETWEEN) {
            break;
        }
    }
    Ok(None)
}
