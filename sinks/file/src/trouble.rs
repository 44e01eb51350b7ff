//! What a failure to open or to write means, and what a person can do about it.

use std::io::{self, ErrorKind};
use std::path::Path;

use alert_core::{SinkError, terminal};

/// Why the file could not be opened or written.
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "only Unix tells these two apart")
)]
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The system said no.
    Failed(io::Error),
    /// The records are written, and may be lost with the power.
    NotSynced(io::Error),
    /// A named pipe from which nobody reads.
    NoReader,
    /// A symbolic link where others could have put it.
    ForeignLink,
    /// A socket, a disk: nothing for a log.
    NoFile,
}

/// Class, code, and the text around the path.
type Meaning = (Class, &'static str, &'static str, &'static str);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// It passes by itself, or once a person has made room; the file is the right one.
    Passes,
    /// Somebody has to change something.
    Stays,
}
use Class::{Passes, Stays};

impl Trouble {
    /// Whether the same file may take the next attempt.
    pub(crate) fn passes(&self) -> bool {
        self.meaning().0 == Passes
    }

    /// The failure as the lane wants it. Nothing whole of an alert was written, so what passes
    /// is counted as no attempt: the alerts wait until they are too old.
    pub(crate) fn of(self, path: &Path) -> SinkError {
        let (class, code, before, after) = self.meaning();
        let path = path.to_string_lossy();
        let text = format!("{before}`{}`{after}", terminal(&path));
        let error = match class {
            // They are in the file: another try writes them again.
            Passes if matches!(self, Trouble::NotSynced(_)) => {
                SinkError::transient(text).ambiguous()
            }
            Passes => SinkError::transient(text).not_sent(),
            Stays => SinkError::unusable(text),
        };
        let error = error.code(code);
        match self {
            Trouble::Failed(cause) | Trouble::NotSynced(cause) => error.caused_by(cause),
            _ => error,
        }
    }

    fn meaning(&self) -> Meaning {
        match self {
            Trouble::Failed(error) => meaning(error),
            Trouble::NotSynced(_) => (
                Passes,
                "not-synced",
                "the disk of ",
                " did not take what was written, see the system's log",
            ),
            Trouble::NoReader => (
                Passes,
                "no-reader",
                "",
                " is a named pipe without a reader, start the program that reads it",
            ),
            Trouble::ForeignLink => (
                Stays,
                "foreign-link",
                "",
                " is a symbolic link in a folder that others may write to, which is not followed: name a file in a folder of your own",
            ),
            Trouble::NoFile => (
                Stays,
                "no-file",
                "",
                " is neither a file nor a pipe nor a character device, name another path",
            ),
        }
    }
}

#[cfg(unix)]
fn of_this_system(error: &io::Error) -> Option<Meaning> {
    use rustix::io::Errno;
    Some(match Errno::from_io_error(error)? {
        Errno::LOOP => (
            Stays,
            "link-loop",
            "",
            " leads through symbolic links that go round in a circle, mend one of them",
        ),
        Errno::PERM => (
            Stays,
            "not-permitted",
            "",
            " must not be changed: it or its folder is immutable or append-only (`lsattr` shows it), or this process is confined",
        ),
        Errno::NXIO | Errno::NODEV => (
            Stays,
            "no-device",
            "",
            " is a socket or a device that is not there, name another path",
        ),
        Errno::MFILE | Errno::NFILE => (
            Passes,
            "too-many-files",
            "too many files are open for ",
            " to be opened too, raise the limit (`ulimit -n`)",
        ),
        Errno::IO => (
            Passes,
            "io",
            "the disk failed at ",
            ", see the system's log",
        ),
        _ => return None,
    })
}

#[cfg(not(unix))]
fn of_this_system(_: &io::Error) -> Option<Meaning> {
    None
}

fn meaning(error: &io::Error) -> Meaning {
    if let Some(meaning) = of_this_system(error) {
        return meaning;
    }
    match error.kind() {
        ErrorKind::StorageFull => (
            Passes,
            "disk-full",
            "no space is left on the disk of ",
            ", free some",
        ),
        ErrorKind::QuotaExceeded => (
            Passes,
            "quota",
            "the disk quota is used up at ",
            ", free some space or raise it",
        ),
        ErrorKind::FileTooLarge => (
            Passes,
            "file-too-large",
            "",
            " has reached the file size limit, move it away or raise the limit (`ulimit -f`)",
        ),
        ErrorKind::WouldBlock => (
            Passes,
            "reader-slow",
            "the reader of ",
            " does not keep up, or has stopped",
        ),
        ErrorKind::BrokenPipe => (
            Passes,
            "reader-gone",
            "the reader of ",
            " went away, start it again",
        ),
        ErrorKind::ReadOnlyFilesystem => (
            Stays,
            "read-only",
            "",
            " is on a read-only file system, mount it writable or name another path",
        ),
        ErrorKind::PermissionDenied => (
            Stays,
            "no-permission",
            "",
            " must not be written by this user, who needs the right to write it and to enter its folders",
        ),
        ErrorKind::IsADirectory => (Stays, "is-folder", "", " is a folder, name a file in it"),
        ErrorKind::NotADirectory => (
            Stays,
            "no-folder",
            "a file stands where ",
            " needs a folder, move it away or name another path",
        ),
        // Missing folders were made: what is still missing is behind a link.
        ErrorKind::NotFound => (
            Stays,
            "dangling-link",
            "",
            " leads through a symbolic link to a folder that is not there, make that folder",
        ),
        ErrorKind::InvalidFilename => (
            Stays,
            "bad-name",
            "the file system does not take a name as long as that of ",
            ", name a shorter path",
        ),
        _ => (Passes, "write", "cannot write ", ""),
    }
}

#[cfg(test)]
mod tests {
    use alert_core::ErrorClass;
    use std::error::Error as _;

    use super::*;

    fn error_of(errno: i32) -> SinkError {
        Trouble::Failed(io::Error::from_raw_os_error(errno)).of(Path::new("/var/a.log"))
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_passes_is_transient_and_what_stays_is_unusable() {
        // EINTR, EIO, EAGAIN, ENFILE, EMFILE, EFBIG, ENOSPC, EPIPE, ESTALE, EDQUOT
        for errno in [4, 5, 11, 23, 24, 27, 28, 32, 116, 122] {
            assert_eq!(error_of(errno).class(), ErrorClass::Transient, "{errno}");
        }
        // EPERM, ENOENT, ENXIO, EACCES, ENOTDIR, EISDIR, EROFS, ENAMETOOLONG, ELOOP
        for errno in [1, 2, 6, 13, 20, 21, 30, 36, 40] {
            assert_eq!(error_of(errno).class(), ErrorClass::Unusable, "{errno}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_failure_names_the_path_the_cure_and_the_cause() {
        let error = error_of(28);
        assert_eq!(
            error.to_string(),
            "no space is left on the disk of `/var/a.log`, free some"
        );
        assert_eq!(error.code_word(), Some("disk-full"));
        let cause = error.source().unwrap().to_string();
        assert!(cause.contains("os error 28"), "{cause}");
    }

    #[test]
    fn a_path_in_a_failure_is_one_harmless_line() {
        let error = Trouble::NoReader.of(Path::new("a\n\u{1b}[2J"));
        assert!(error.to_string().starts_with(r"`a\n\u001b[2J`"), "{error}");
    }
}
