//! A piece of a line with its secrets covered.

use std::ops::Range;

/// What stands for what must not be seen.
const MASK: &str = "***";

/// A part of a line on its way to being shown.
pub(crate) struct Window<'t> {
    text: &'t str,
    pub(crate) range: Range<usize>,
    caret: Range<usize>,
    masks: Vec<Range<usize>>,
}

impl<'t> Window<'t> {
    pub(crate) fn new(text: &'t str, range: Range<usize>, caret: Range<usize>) -> Self {
        Self {
            text,
            range,
            caret,
            masks: Vec::new(),
        }
    }

    pub(crate) fn mask(&mut self, spans: impl IntoIterator<Item = Range<usize>>) {
        self.masks.extend(spans);
    }

    /// The text with `***` for what is masked, and where the caret is in it.
    pub(crate) fn render(mut self, cut_before: bool, cut_after: bool) -> (String, Range<usize>) {
        self.masks.sort_by_key(|span| span.start);
        let mut line = String::new();
        if cut_before {
            line.push('…');
        }
        let (mut from, mut to) = (None, None);
        let mut masks = self.masks.iter().peekable();
        let mut masked = false;
        for (offset, c) in self.text[self.range.clone()].char_indices() {
            let at = self.range.start + offset;
            while masks.peek().is_some_and(|mask| mask.end <= at) {
                masks.next();
            }
            let hide = masks.peek().is_some_and(|mask| mask.start <= at);
            let before = line.len();
            if hide && !masked && c.is_whitespace() {
                line.push(' ');
            } else if hide {
                if !masked {
                    line.push_str(MASK);
                }
                masked = true;
            } else {
                masked = false;
                push(&mut line, c);
            }
            // A caret within a mask points at all of it.
            let start_of = if masked {
                line.len() - MASK.len()
            } else {
                before
            };
            if at >= self.caret.start {
                from.get_or_insert(start_of);
            }
            if at < self.caret.end {
                to = Some(line.len());
            }
        }
        let end = line.len();
        if cut_after {
            line.push('…');
        }
        let from = from.unwrap_or(end);
        (line, from..to.unwrap_or(from).max(from))
    }
}

fn push(line: &mut String, c: char) {
    match c {
        '\t' => line.push_str("    "),
        '\r' => {}
        c => line.push_str(&alert_core::terminal(c.encode_utf8(&mut [0; 4]))),
    }
}
