//! What the watch waits for: signals, keys, a reading that has come, the time.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level::pipe;

/// A socket for each signal, and one for the readings.
#[derive(Debug)]
pub(super) struct Wake {
    signals: Vec<(i32, UnixStream)>,
    called: UnixStream,
    /// Whether somebody is at the keyboard.
    keys: bool,
}

/// Wakes it from another thread.
#[derive(Debug)]
pub(super) struct Caller(UnixStream);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// A key said so, or nobody can see it any more.
    Enough,
    /// A signal that ends.
    Signal(i32),
    /// A signal that stops for a while.
    Suspend(i32),
    /// Something else: the size, a reading, the time.
    Look,
}

impl Caller {
    pub(super) fn call(&self) {
        // A full socket wakes as well.
        let _ = (&self.0).write(&[1]);
    }
}

impl Wake {
    /// From here on the signals have no other effect, so what was changed can be restored.
    pub(super) fn new() -> io::Result<(Self, Caller)> {
        let mut signals = Vec::new();
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH] {
            let (ours, theirs) = UnixStream::pair()?;
            ours.set_nonblocking(true)?;
            pipe::register(signal, theirs)?;
            signals.push((signal, ours));
        }
        let (called, caller) = UnixStream::pair()?;
        called.set_nonblocking(true)?;
        caller.set_nonblocking(true)?;
        let keys = rustix::termios::isatty(io::stdin());
        let wake = Self {
            signals,
            called,
            keys,
        };
        Ok((wake, Caller(caller)))
    }

    /// Waits for one of them, or until it is due; without that as long as it takes.
    pub(super) fn wait(&self, due: Option<Instant>) -> Woken {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        // A terminal that has gone is told without being asked for.
        let mut ready = vec![PollFd::new(&stdout, PollFlags::empty())];
        if self.keys {
            ready.push(PollFd::new(&stdin, PollFlags::IN));
        }
        for socket in self
            .signals
            .iter()
            .map(|(_, socket)| socket)
            .chain([&self.called])
        {
            ready.push(PollFd::new(socket, PollFlags::IN));
        }
        match poll(&mut ready, left.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Woken::Enough,
        }
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        let screen = ready[0].revents();
        let key = self.keys && !ready[1].revents().is_empty();
        drop(ready);
        heard(&self.called);
        let heard: Vec<i32> = self
            .signals
            .iter()
            .filter(|(_, socket)| heard(socket))
            .map(|&(signal, _)| signal)
            .collect();
        let is_for_later = |signal: i32| signal == SIGTSTP || signal == SIGWINCH;
        if let Some(&signal) = heard.iter().find(|&&signal| !is_for_later(signal)) {
            return Woken::Signal(signal);
        }
        if screen.intersects(gone) || (key && is_enough()) {
            return Woken::Enough;
        }
        match heard.contains(&SIGTSTP) {
            true => Woken::Suspend(SIGTSTP),
            false => Woken::Look,
        }
    }
}

/// Takes all that came.
fn heard(socket: &UnixStream) -> bool {
    let (mut any, mut bytes) = (false, [0; 64]);
    let mut socket = socket;
    while socket.read(&mut bytes).is_ok_and(|read| read > 0) {
        any = true;
    }
    any
}

/// Whether what was typed says so, or nothing can be typed any more.
fn is_enough() -> bool {
    let mut bytes = [0; 64];
    match rustix::io::read(io::stdin(), &mut bytes) {
        Ok(0) => true,
        Ok(read) => bytes[..read].iter().any(|byte| matches!(byte, b'q' | b'Q')),
        Err(Errno::INTR | Errno::AGAIN) => false,
        Err(_) => true,
    }
}
