//! Standard output and standard error, whatever state they are in.

use std::borrow::Cow;
use std::io::IsTerminal as _;
use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use crate::wrap::wrap;

/// The two streams of the process. Writing never fails, never panics: what a stream does not take
/// is left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    out: Stream,
    err: Stream,
    /// How long a stream that takes nothing is waited for.
    patience: Option<Duration>,
    /// Nothing is told but errors.
    quiet: bool,
}

#[derive(Debug, Clone, Copy)]
struct Stream {
    terminal: bool,
    colour: bool,
    /// How many columns it has, if it is known.
    columns: Option<usize>,
}

/// For how many columns help, tables and trees are laid out where nothing says how many there are;
/// longer lines are harder to read, so it is the most too.
const COLUMNS: usize = 100;
/// Fewer are not taken for what a terminal has.
const FEWEST: usize = 20;

/// A reader that has stopped must not hold up a script that only raised an alert.
const PATIENCE: Duration = Duration::from_secs(2);

impl Screen {
    /// The streams as they are now. Colour is for terminals, unless `NO_COLOR` is set and not
    /// empty, or `TERM` says that it is a plain one. `COLUMNS` says how wide they are, else the
    /// terminal.
    pub(crate) fn of_this_process() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let plain = set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let columns =
            std::env::var_os("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
        let stream = |terminal, measured: Option<(terminal_size::Width, _)>| Stream {
            terminal,
            colour: terminal && !plain,
            columns: columns
                .or(measured.map(|(width, _)| usize::from(width.0)))
                .filter(|&columns| columns >= FEWEST),
        };
        let (out, err) = (std::io::stdout(), std::io::stderr());
        Self {
            out: stream(out.is_terminal(), terminal_size::terminal_size_of(&out)),
            err: stream(err.is_terminal(), terminal_size::terminal_size_of(&err)),
            patience: None,
            quiet: false,
        }
    }

    /// The same streams, on which nothing is told but errors, and what was asked for as JSON.
    pub(crate) fn quiet(self, quiet: bool) -> Self {
        Self { quiet, ..self }
    }

    /// Whether nothing is told but errors.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// For how many columns help, tables and trees on standard output are laid out.
    pub(crate) fn columns(&self) -> usize {
        self.out.columns.unwrap_or(COLUMNS).min(COLUMNS)
    }

    /// How wide tables of what was stored may be, if that is known; in a file or a pipe each of
    /// their rows is a whole line.
    pub(crate) fn table_columns(&self) -> Option<usize> {
        self.out.columns
    }

    /// How many rows the terminal has now, if standard output is one.
    #[cfg(unix)]
    pub(crate) fn rows(&self) -> Option<usize> {
        let measured = terminal_size::terminal_size_of(std::io::stdout());
        measured
            .map(|(_, terminal_size::Height(rows))| usize::from(rows))
            .filter(|&rows| rows > 0)
    }

    /// The same streams, but a reader that has stopped is not waited for as a pager wants it.
    pub(crate) fn impatient(self) -> Self {
        let patience = Some(PATIENCE);
        Self { patience, ..self }
    }

    /// Whether a person sees standard output.
    pub(crate) fn is_terminal(&self) -> bool {
        self.out.terminal
    }

    /// How to colour what goes to standard output.
    pub(crate) fn out_paint(&self) -> Paint {
        Paint(self.out.colour)
    }

    /// How to colour what goes to standard error.
    pub(crate) fn err_paint(&self) -> Paint {
        Paint(self.err.colour)
    }

    /// Writes to standard output.
    pub(crate) fn out(&self, text: &str) {
        write(&std::io::stdout(), text, self.patience);
    }

    /// Tells something on standard output, unless only errors are told.
    pub(crate) fn tell(&self, line: &str) {
        if !self.quiet {
            self.out(&self.out.wrapped(line));
        }
    }

    /// Writes an object as one line of JSON to standard output.
    pub(crate) fn json(&self, shape: &impl serde::Serialize) {
        let document = Document {
            version: VERSION,
            shape,
        };
        // What the command writes is made of texts and numbers: nothing in it can fail.
        let json = serde_json::to_string(&document).unwrap_or_default();
        self.out(&format!("{}\n", alert::json_line(&json)));
    }

    /// Tells a line of what went wrong on standard error.
    pub(crate) fn complain(&self, line: &str) {
        self.err(&self.err.wrapped(line));
    }

    /// Tells on standard error what went wrong, without its full stop; nothing in it makes a
    /// terminal act.
    pub(crate) fn error(&self, text: &str) {
        let word = self.err_paint().red("error");
        self.complain(&format!("{word}: {}\n", alert::terminal(text)));
    }

    /// Tells on standard error what does no harm, unless only errors are told.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            let word = self.err_paint().yellow("warning");
            self.complain(&format!("{word}: {}\n", alert::terminal(text)));
        }
    }

    /// The width that messages on standard error are wrapped to, if they are.
    pub(crate) fn err_columns(&self) -> Option<usize> {
        self.err.message_columns()
    }

    /// Writes to standard error.
    pub(crate) fn err(&self, text: &str) {
        write(&std::io::stderr(), text, self.patience);
    }
}

impl Stream {
    /// Messages are wrapped on terminals only: in a file each is one line, for grep.
    fn message_columns(self) -> Option<usize> {
        self.columns.filter(|_| self.terminal)
    }

    fn wrapped(self, line: &str) -> Cow<'_, str> {
        match self.message_columns() {
            Some(columns) => Cow::Owned(wrap(line, columns, "    ")),
            None => Cow::Borrowed(line),
        }
    }
}

/// Of the shapes of `--json`: it changes if what is in them changes its meaning or goes.
const VERSION: u32 = 1;

#[derive(serde::Serialize)]
struct Document<'a, T> {
    version: u32,
    #[serde(flatten)]
    shape: &'a T,
}

/// A pipe that can be written to takes so many bytes at once without a wait.
#[cfg(unix)]
const PIECE: usize = 4096;

#[cfg(unix)]
fn write(stream: &impl std::os::fd::AsFd, text: &str, patience: Option<Duration>) {
    use rustix::io::Errno;

    let until = patience.and_then(|patience| Instant::now().checked_add(patience));
    let mut left = text.as_bytes();
    while !left.is_empty() && is_ready(stream, until) {
        match rustix::io::write(stream, &left[..left.len().min(PIECE)]) {
            Ok(0) => return,
            Ok(written) => left = &left[written..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            // Full, closed, or nobody reads it.
            Err(_) => return,
        }
    }
}

/// Waits until the stream takes something, or fails at once.
#[cfg(unix)]
fn is_ready(stream: &impl std::os::fd::AsFd, until: Option<Instant>) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    loop {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut streams = [PollFd::new(stream, PollFlags::OUT)];
        match poll(&mut streams, left.as_ref()) {
            Ok(ready) => return ready > 0,
            Err(Errno::INTR) => {}
            Err(_) => return true,
        }
    }
}

#[cfg(not(unix))]
fn write(mut stream: impl std::io::Write, text: &str, _: Option<Duration>) {
    // What it does not take is left out.
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}

/// Colours, where they are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(false)
    }

    #[cfg(test)]
    pub(crate) fn all() -> Self {
        Self(true)
    }

    /// As alert-config's rendering wants it said.
    pub(crate) fn colour(self) -> alert::config::Colour {
        if self.0 {
            alert::config::Colour::Always
        } else {
            alert::config::Colour::Never
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Paint;

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        assert_eq!(Paint(false).red("x"), "x");
        assert_eq!(Paint(true).red("x"), "\u{1b}[1;31mx\u{1b}[0m");
    }
}
