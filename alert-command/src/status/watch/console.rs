//! The terminal while the watch has it.

use std::cell::RefCell;
use std::io;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::Frame;
use crate::screen::Screen;

/// Takes the terminal's other screen, and gives it back when it goes.
#[derive(Debug)]
pub(super) struct Console {
    /// How keys were read before, if there is a keyboard.
    before: Option<Termios>,
    /// What stands there, so that nothing is written that changes nothing.
    drawn: RefCell<String>,
}

const TAKE: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[H\u{1b}[2J";
const RELEASE: &str = "\u{1b}[?25h\u{1b}[?1049l";
const HOME: &str = "\u{1b}[H";
/// Clears what an earlier, longer line left.
const END_OF_LINE: &str = "\u{1b}[K\r\n";
const END_OF_SCREEN: &str = "\u{1b}[J";

impl Console {
    pub(super) fn take() -> Self {
        let console = Self {
            before: tcgetattr(io::stdin()).ok(),
            drawn: RefCell::default(),
        };
        console.retake();
        console
    }

    /// The same again, after it was released.
    pub(super) fn retake(&self) {
        if let Some(before) = &self.before {
            let mut now = before.clone();
            // Each key is heard at once and none is shown; Ctrl-C keeps its meaning.
            now.local_modes
                .remove(LocalModes::ICANON | LocalModes::ECHO);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &now);
        }
        Screen::of_this_process().out(TAKE);
        self.drawn.borrow_mut().clear();
    }

    /// Gives the terminal back for a while.
    pub(super) fn release(&self) {
        Screen::of_this_process().impatient().out(RELEASE);
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }

    /// Draws over what is there, for the size that the terminal has now.
    pub(super) fn draw(&self, frame: &Frame) {
        let screen = Screen::of_this_process();
        let text = framed(&frame.text(&screen), screen.rows());
        let mut drawn = self.drawn.borrow_mut();
        if *drawn != text {
            screen.out(&text);
            *drawn = text;
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.release();
    }
}

/// The lines that have room, each in place of what stood there.
fn framed(text: &str, rows: Option<usize>) -> String {
    let lines: Vec<&str> = text.lines().collect();
    // The last row stays free: a line break there would move all of them.
    let room = rows.map_or(lines.len(), |rows| rows.saturating_sub(1));
    let mut framed = HOME.to_owned();
    let whole = lines.len() <= room;
    let shown = if whole { room } else { room.saturating_sub(1) };
    for line in lines.iter().take(shown) {
        framed.push_str(line);
        framed.push_str(END_OF_LINE);
    }
    if !whole {
        let left = lines.len() - shown;
        framed.push_str(&format!("… {left} more lines{END_OF_LINE}"));
    }
    framed.push_str(END_OF_SCREEN);
    framed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_no_more_lines_than_the_terminal() {
        let lines = |rows| {
            let framed = framed("a\nb\nc\nd\n", rows);
            let inner = framed.strip_prefix(HOME).unwrap();
            inner
                .strip_suffix(END_OF_SCREEN)
                .unwrap()
                .replace(END_OF_LINE, "/")
        };
        assert_eq!(lines(Some(25)), "a/b/c/d/");
        assert_eq!(lines(Some(5)), "a/b/c/d/");
        assert_eq!(lines(Some(4)), "a/b/… 2 more lines/");
        assert_eq!(lines(Some(1)), "… 4 more lines/");
        assert_eq!(lines(None), "a/b/c/d/");
    }
}
