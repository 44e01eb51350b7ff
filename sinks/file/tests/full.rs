//! A disk that is full while a log is rotated and compressed.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use alert_core::Size;
use alert_sink_file::{Compress, FileConfig, FileSink, Rotate};
use common::{files, open_config, say, skipped};

const KIB: usize = 1_024;
const TOLD: &str = "(rotated file not compressed: ";

/// A disk of half a megabyte, as long as it lives.
struct Disk(tempfile::TempDir);

impl Disk {
    /// Only root may make one.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        skipped("a small disk cannot be mounted here");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

/// Text that hardly shrinks.
fn noise(seed: usize) -> String {
    let mut state = seed as u64 + 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + (state >> 40) as u8 % 26)
    };
    (0..900).map(|_| next()).collect()
}

fn open(log: &Path) -> FileSink {
    let rotate = Rotate::at(Size::from_bytes(128 * 1_024)).compress(Compress::Gzip);
    open_config(&FileConfig::new(log).rotate(rotate))
}

#[test]
fn a_disk_that_is_full_while_a_file_is_compressed_costs_no_alert() {
    let Some(disk) = Disk::new() else { return };
    let (log, filler) = (disk.path().join("a.log"), disk.path().join("filler"));
    // Room for the log and a third of it.
    fs::write(&filler, vec![0; (512 - 172) * KIB]).unwrap();
    let mut sink = open(&log);
    let mut taken = Vec::new();
    for n in 0.. {
        let title = format!("{n} {}", noise(n));
        match say(&mut sink, &title) {
            Ok(()) => taken.push(title),
            Err(error) => {
                assert_eq!(error.code_word(), Some("disk-full"), "{error}");
                break;
            }
        }
    }
    // With a little room, which is not enough to compress, that is told.
    fs::write(&filler, vec![0; (512 - 172 - 16) * KIB]).unwrap();
    let limit = Instant::now() + common::LONG;
    let told = || fs::read_to_string(&log).unwrap().contains(TOLD);
    while !told() {
        assert!(Instant::now() < limit);
        let title = format!("{}", taken.len());
        if say(&mut sink, &title).is_ok() {
            taken.push(title);
        }
    }
    drop(sink);
    let names = files::names(&log);
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].ends_with('Z'), "{names:?}");
    // With room again all goes on, also what was not compressed.
    fs::remove_file(&filler).unwrap();
    let mut sink = open(&log);
    for n in 1_000..1_150 {
        let title = format!("{n} {}", noise(n));
        say(&mut sink, &title).unwrap();
        taken.push(title);
    }
    drop(sink);
    let names = files::names(&log);
    assert!(
        names.len() == 2 && names.iter().all(|name| name.ends_with(".gz")),
        "{names:?}"
    );
    let text = files::text(&log);
    // What is told stands behind the record.
    let record = |line| common::title(str::split(line, " (").next()?);
    let whole: Vec<&str> = text.lines().filter_map(record).collect();
    assert_eq!(whole, taken);
    assert_eq!(text.matches(TOLD).count(), 1);
}
