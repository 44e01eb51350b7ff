//! The real logrotate, in both of its ways, while sinks write.

#![cfg(unix)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use alert_core::Size;
use alert_sink_file::{FileConfig, FileSink, Rotate};
use common::{open_config, say, skipped, titles};

/// Rotates once; false where there is no logrotate.
fn logrotate(log: &Path, way: &str) -> bool {
    let config = log.with_file_name("logrotate.conf");
    let state = log.with_file_name("logrotate.state");
    let mut text = format!("{} {{\n rotate 9\n {way}\n missingok\n", log.display());
    // Root is asked whose files it may touch in folders of others.
    if rustix::process::geteuid().is_root() {
        text += " su root root\n";
    }
    fs::write(&config, text + "}\n").unwrap();
    fs::set_permissions(&config, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let run = Command::new("/usr/sbin/logrotate")
        .args(["--force", "--state"])
        .args([&state, &config])
        .output();
    match run {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            true
        }
        Err(_) => {
            skipped("there is no logrotate here (Debian's package `logrotate`)");
            false
        }
    }
}

/// What the files hold after three alerts with a rotation after each of the first two.
fn rotated_by(way: &str, open: impl Fn(&Path) -> FileSink) -> Option<[Vec<String>; 3]> {
    let folder = tempfile::tempdir().unwrap();
    let log: PathBuf = folder.path().join("a.log");
    let mut sinks = [open(&log), open(&log)];
    for round in 0..3 {
        for (n, sink) in sinks.iter_mut().enumerate() {
            say(sink, &format!("{round}-{n}")).unwrap();
        }
        if round < 2 && !logrotate(&log, way) {
            return None;
        }
    }
    Some(["a.log.2", "a.log.1", "a.log"].map(|name| titles(log.with_file_name(name))))
}

fn expected() -> [Vec<String>; 3] {
    [0, 1, 2].map(|round| [0, 1].map(|n| format!("{round}-{n}")).to_vec())
}

fn plain(log: &Path) -> FileSink {
    common::open(log)
}

fn rotating(log: &Path) -> FileSink {
    let rotate = Rotate::daily().or_at(Size::from_bytes(1 << 20));
    open_config(&FileConfig::new(log).rotate(rotate))
}

#[test]
fn after_logrotate_has_made_a_new_file_alerts_go_there() {
    for way in ["create", "create 0640", "nocreate"] {
        for open in [plain, rotating] {
            let Some(files) = rotated_by(way, open) else {
                return;
            };
            assert_eq!(files, expected(), "{way}");
        }
    }
}

#[test]
fn after_logrotate_has_copied_and_cut_the_file_alerts_go_on_at_its_beginning() {
    for open in [plain, rotating] {
        let Some(files) = rotated_by("copytruncate", open) else {
            return;
        };
        assert_eq!(files, expected());
    }
}
