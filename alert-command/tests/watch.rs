//! `alert status --watch` on a terminal.
#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use common::Home;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// Nothing takes longer unless it is broken.
const LONGEST: Duration = Duration::from_secs(30);
const TAKE: &str = "\u{1b}[?1049h\u{1b}[?25l";
const RELEASE: &str = "\u{1b}[?25h\u{1b}[?1049l";

/// A terminal on which the status is watched.
struct Watched {
    child: Child,
    /// What a person sees and types on.
    ours: File,
    /// Kept open, so that its state can be asked for at the end.
    theirs: File,
    written: Receiver<Vec<u8>>,
    seen: String,
}

impl Watched {
    fn begin(home: &Home, columns: u16) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let name = OsStr::from_bytes(name.to_bytes());
        let theirs = File::options().read(true).write(true).open(name).unwrap();
        let ours = File::from(ours);
        resize(&theirs, columns);
        let side = || Stdio::from(theirs.try_clone().unwrap());
        let mut command = home.command();
        command
            .args(["status", "--watch=100ms"])
            .env("TERM", "dumb");
        let child = command
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        let (write, written) = channel();
        let mut reader = ours.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                if write.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let seen = String::new();
        Self {
            child,
            ours,
            theirs,
            written,
            seen,
        }
    }

    /// Waits until this is written, and forgets all up to there.
    fn until(&mut self, text: &str) -> String {
        let began = Instant::now();
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let left = LONGEST.saturating_sub(began.elapsed());
            match self.written.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("{error}: no {text:?} in {:?}", self.seen),
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The terminal is as it was, and the process has ended.
    fn ended(mut self) -> ExitStatus {
        self.until(RELEASE);
        let status = self.child.wait().unwrap();
        let modes = tcgetattr(&self.theirs).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO));
        status
    }
}

fn resize(terminal: &File, columns: u16) {
    let size = Winsize {
        ws_row: 40,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

fn emit(home: &Home, title: &str) {
    let ran = home.run(["emit", "critical", title, "--dedup-key", title]);
    assert!(ran.is_quiet(), "{ran:?}");
}

#[test]
fn it_draws_what_changes_and_ends_with_a_key() {
    let home = Home::new();
    let mut watched = Watched::begin(&home, 100);
    watched.until(TAKE);
    watched.until("nothing was stored");
    emit(&home, "first trouble");
    watched.until("first trouble");
    emit(&home, "second trouble");
    watched.until("open incidents: 2 critical");
    let modes = tcgetattr(&watched.theirs).unwrap().local_modes;
    assert!(!modes.intersects(LocalModes::ICANON | LocalModes::ECHO));
    watched.ours.write_all(b"xq").unwrap();
    assert_eq!(watched.ended().code(), Some(0));
}

#[test]
fn it_draws_for_the_size_that_the_terminal_has() {
    let home = Home::new();
    emit(
        &home,
        "a title of some length that a narrow terminal cannot show as a whole",
    );
    let mut watched = Watched::begin(&home, 160);
    watched.until("cannot show as a whole");
    resize(&watched.theirs, 50);
    // A terminal tells the programs in its foreground; this one has none.
    watched.signal(Signal::WINCH);
    watched.until("a title of some");
    watched.until("…");
    watched.ours.write_all(b"q").unwrap();
    watched.ended();
}

#[test]
fn a_signal_ends_it_as_any_program_with_the_terminal_as_it_was() {
    let home = Home::new();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut watched = Watched::begin(&home, 100);
        watched.until("nothing was stored");
        watched.signal(signal);
        assert_eq!(watched.ended().signal(), Some(signal.as_raw()));
    }
}

#[test]
fn a_database_that_cannot_be_read_is_told_and_watched_on() {
    let home = Home::new();
    emit(&home, "before");
    let path = home.at(".local/share/alert/state.db");
    let kept = home.at("kept.db");
    let mut watched = Watched::begin(&home, 200);
    watched.until("before");
    std::fs::rename(&path, &kept).unwrap();
    watched.until("nothing was stored");
    let other =
        "no database at all, but it is long enough to be looked at, whoever does it".repeat(9);
    std::fs::write(&path, other).unwrap();
    watched.until("state database `");
    std::fs::rename(&kept, &path).unwrap();
    watched.until("open incidents: 1 critical");
    watched.ours.write_all(b"q").unwrap();
    assert_eq!(watched.ended().code(), Some(0));
}

#[test]
fn it_stops_and_goes_on_like_any_program() {
    let home = Home::new();
    let mut watched = Watched::begin(&home, 100);
    watched.until("nothing was stored");
    watched.signal(Signal::TSTP);
    watched.until(RELEASE);
    // What goes on before it has stopped would stop for ever.
    let stopped = waitpid(Some(Pid::from_child(&watched.child)), WaitOptions::UNTRACED);
    assert!(stopped.unwrap().unwrap().1.stopped());
    watched.signal(Signal::CONT);
    watched.until(TAKE);
    watched.until("nothing was stored");
    watched.ours.write_all(b"q").unwrap();
    assert_eq!(watched.ended().code(), Some(0));
}
