//! A page for people: headings, lines and tables for one width.

use crate::fit::fold;
use crate::screen::Paint;
use crate::table::{Hue, Table};

/// What is written one below the other.
#[derive(Debug)]
pub(crate) struct Page {
    /// Without it every line is as long as it is.
    columns: Option<usize>,
    paint: Paint,
    text: String,
}

const INDENT: &str = "  ";

impl Page {
    pub(crate) fn new(columns: Option<usize>, paint: Paint) -> Self {
        let text = String::new();
        Self {
            columns,
            paint,
            text,
        }
    }

    /// What the next lines are about.
    pub(crate) fn head(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.put("", Hue::Bold, text);
    }

    /// A line that stands for itself.
    pub(crate) fn line(&mut self, hue: Hue, text: &str) {
        self.put("", hue, text);
    }

    /// A line below a heading.
    pub(crate) fn below(&mut self, hue: Hue, text: &str) {
        self.put(INDENT, hue, text);
    }

    /// The lines of a text, below a heading.
    pub(crate) fn text(&mut self, text: &str) {
        for line in text.lines() {
            self.below(Hue::Plain, line);
        }
    }

    /// Rows below a heading.
    pub(crate) fn table(&mut self, table: &Table) {
        self.text
            .push_str(&table.draw(self.columns, INDENT, self.paint));
    }

    /// All of it, nothing of which makes a terminal act but its colours.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn put(&mut self, indent: &str, hue: Hue, text: &str) {
        let text = alert::terminal(text);
        let lines = match self.columns {
            Some(columns) => fold(&text, columns.saturating_sub(indent.len()).max(1)),
            None => vec![text.into_owned()],
        };
        for line in lines {
            let line = line.trim_end();
            if !line.is_empty() {
                self.text.push_str(indent);
                self.text.push_str(&hue.paint(line, self.paint));
            }
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Cell, Room};

    #[test]
    fn headings_stand_apart_and_what_they_are_about_is_indented() {
        let mut page = Page::new(Some(12), Paint::none());
        page.head("one");
        page.text("a b c d e f\n\ng\u{1b}");
        page.head("two");
        let mut table = Table::new([("", Room::Cut)]);
        table.row([Cell::new("x")]);
        page.table(&table);
        assert_eq!(
            page.finish(),
            "one\n  a b c d e\n  f\n\n  g\\u001b\n\ntwo\n\n  x\n"
        );
    }
}
