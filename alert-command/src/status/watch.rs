//! `alert status --watch`: the status drawn anew, until a person has seen enough.

mod console;
mod wake;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use alert::config::Environment;

use self::console::Console;
use self::wake::{Caller, Wake, Woken};
use super::arguments::Status;
use super::{Seen, told};
use crate::failure::Failure;
use crate::page::Page;
use crate::screen::Screen;
use crate::table::Hue;

pub(super) fn run(arguments: &Status, every: Duration, screen: &Screen) -> ExitCode {
    if !screen.is_terminal() {
        let text = "--watch needs a terminal, a pipe or a file gets the status without it";
        return Failure::usage(text).end(false, screen);
    }
    match watch(arguments, every) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(signal)) => {
            // The shell is to know why it ended.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
        }
        Err(failure) => failure.end(false, screen),
    }
}

type Read = Result<Seen, Failure>;

/// Returns the signal that ended it, if it was one.
fn watch(arguments: &Status, every: Duration) -> Result<Option<i32>, Failure> {
    let path = arguments.database.path(&Environment::real())?;
    let (wake, caller) = Wake::new().map_err(|error| cannot(&error))?;
    let (asks, answers) = reader(path, caller).map_err(|error| cannot(&error))?;
    let console = Console::take();
    let mut frame = Frame::default();
    // When the next reading is due; none while one is under way.
    let mut due = Some(Instant::now());
    loop {
        if due.is_some_and(|due| due <= Instant::now()) {
            due = asks.try_send(()).is_err().then(|| after(every));
        }
        match wake.wait(due) {
            Woken::Enough => return Ok(None),
            Woken::Signal(signal) => return Ok(Some(signal)),
            Woken::Suspend(signal) => {
                console.release();
                // Stops here, and goes on here.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
                console.retake();
            }
            Woken::Look => {}
        }
        if let Ok(read) = answers.try_recv() {
            frame.update(read);
            due = Some(after(every));
        }
        console.draw(&frame);
    }
}

fn after(every: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(every).unwrap_or(now)
}

fn cannot(error: &std::io::Error) -> Failure {
    Failure::io(format!("cannot watch: {error}"))
}

/// A thread that reads whenever it is asked to, so that a busy database holds up no key and no
/// signal. It is left alone at the end.
fn reader(path: PathBuf, caller: Caller) -> std::io::Result<(SyncSender<()>, Receiver<Read>)> {
    let (ask, asked) = sync_channel(1);
    let (answer, answers) = sync_channel(1);
    std::thread::Builder::new().spawn(move || {
        while let Ok(()) = asked.recv() {
            if answer.send(Seen::of(path.clone())).is_err() {
                return;
            }
            caller.call();
        }
    })?;
    Ok((ask, answers))
}

/// What is drawn: the last status that could be read, and why there is no newer one.
#[derive(Debug, Default)]
struct Frame {
    seen: Option<Seen>,
    trouble: Option<Failure>,
}

impl Frame {
    fn update(&mut self, read: Read) {
        match read {
            Ok(seen) => {
                self.seen = Some(seen);
                self.trouble = None;
            }
            Err(failure) => self.trouble = Some(failure),
        }
    }

    fn text(&self, screen: &Screen) -> String {
        // In the last column some terminals would clear with the rest of the line what stands there.
        let columns = screen
            .table_columns()
            .map(|columns| columns.saturating_sub(1));
        let mut page = Page::new(columns, screen.out_paint());
        match (&self.trouble, &self.seen) {
            (Some(failure), _) => page.line(Hue::Red, failure.text()),
            (None, None) => page.line(Hue::Dim, "reading"),
            (None, Some(_)) => {}
        }
        let mut text = page.finish();
        if let Some(seen) = &self.seen {
            text.push_str(&told::page(seen, columns, screen.out_paint()));
        }
        text
    }
}
