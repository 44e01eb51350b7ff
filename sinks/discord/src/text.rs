//! Text as Discord takes it: without control characters, never blank, never too long.

use alert_core::{Text, fit};

use crate::markdown;

/// How long a text is for Discord: in code points, escapes included.
pub(crate) fn count(text: &str) -> usize {
    text.chars().count()
}

/// Where a text is shown, and so how it is escaped and cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// In a description or a field's value: all of Markdown, many lines.
    Block,
    /// The same in one line, which may begin the text.
    Row,
    /// In a title or a field's name: styles of characters, one line.
    Line,
    /// In a footer, a name: plain, one line. Backslashes would show.
    Plain,
}

impl Shape {
    /// Makes text clean of what Discord would strip, reorder or refuse.
    pub(crate) fn clean(self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let c = match c {
                '\r' => {
                    chars.next_if_eq(&'\n');
                    '\n'
                }
                '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
                '\t' => ' ',
                c => c,
            };
            match c {
                '\n' if self == Shape::Block => clean.push('\n'),
                '\n' => clean.push(' '),
                c if c.is_control() || reorders(c) => {}
                c => clean.push(c),
            }
        }
        let trimmed = clean.trim();
        if is_blank(trimmed) {
            return String::new();
        }
        if trimmed.len() < clean.len() {
            return trimmed.to_owned();
        }
        clean
    }

    fn escape(self, text: &str, out: &mut String) {
        match self {
            Shape::Block | Shape::Row => markdown::block(text, out),
            Shape::Line => markdown::line(text, out),
            Shape::Plain => out.push_str(text),
        }
    }

    /// A clean text, escaped.
    pub(crate) fn escaped(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 8);
        self.escape(text, &mut out);
        out
    }

    fn mark(self, left_out: usize) -> String {
        let word = match left_out {
            1 => "character",
            _ => "characters",
        };
        match self {
            Shape::Block => format!("\n… {left_out} {word} left out …\n"),
            Shape::Row | Shape::Line | Shape::Plain => format!(" … {left_out} {word} left out … "),
        }
    }

    /// A clean text, escaped, of at most so many code points. A longer one is cut in the middle of
    /// the raw text, with a mark that says how many characters are missing there.
    pub(crate) fn fitted(self, text: &str, limit: usize) -> String {
        if text.len() <= limit.saturating_mul(4) {
            let whole = self.escaped(text);
            if count(&whole) <= limit {
                return whole;
            }
        }
        let total = count(text);
        // What is kept is never longer than the limit, so the middle of a long text need not be
        // looked at again and again.
        let (text, skipped) = match total.checked_sub(limit.saturating_mul(4).saturating_add(1)) {
            None => (text.to_owned(), 0),
            Some(_) => (ends(text, limit * 2), total - limit * 4),
        };
        let (mut fits, mut above) = (0, total.min(limit).saturating_add(1));
        let mut best = String::new();
        while fits + 1 < above {
            let keep = fits + (above - fits) / 2;
            match self.keeping(&text, keep, skipped) {
                Some(cut) if count(&cut) <= limit => {
                    best = cut;
                    fits = keep;
                }
                _ => above = keep,
            }
        }
        if best.is_empty() {
            // No room for the mark.
            best = "…".chars().take(limit).collect();
        }
        best
    }

    /// This many characters of the text, escaped, with a mark for the others.
    fn keeping(self, text: &str, keep: usize, skipped: usize) -> Option<String> {
        let (head, left_out, tail) = parted(text, keep)?;
        let mut out = self.escaped(&head);
        out.push_str(&self.mark(left_out + skipped));
        self.escape(&tail, &mut out);
        Some(out)
    }
}

/// Beginning and end of a text, of this many characters together, or a little less where that would
/// part what reads as one; and how many are missing between them.
fn parted(text: &str, keep: usize) -> Option<(String, usize, String)> {
    // Clean text has no NUL, so the place of the cut is found again.
    let cut = fit(text, Text::chars(keep.checked_add(1)?), "\0");
    let (head, tail) = cut.split_once('\0')?;
    let left_out = count(text).saturating_sub(count(head) + count(tail));
    Some((head.to_owned(), left_out, tail.to_owned()))
}

/// The first and the last so many characters.
fn ends(text: &str, each: usize) -> String {
    let head = text
        .char_indices()
        .nth(each)
        .map_or(text.len(), |(at, _)| at);
    let tail = text
        .char_indices()
        .rev()
        .nth(each.saturating_sub(1))
        .map_or(0, |(at, _)| at);
    [&text[..head], &text[tail.max(head)..]].concat()
}

/// Characters that reorder the text around them, and the byte order mark.
fn reorders(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

/// Whether nothing of it can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || reorders(c)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200d}'
                | '\u{2060}'..='\u{2065}'
                | '\u{206a}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Markdown of a template's author, clean and cut to the limit. A fence of code that the cut is in is
/// closed before the mark and opened again behind it.
pub(crate) fn rendered(text: &str, shape: Shape, limit: usize) -> String {
    const FENCE: &str = "```";
    let text = shape.clean(text);
    if count(&text) <= limit {
        return text;
    }
    // The mark of the whole is the longest, and both fences have their line.
    let beside = count(&shape.mark(count(&text))) + 2 * (count(FENCE) + 1);
    let parted = limit
        .checked_sub(beside)
        .and_then(|keep| parted(&text, keep));
    let Some((head, left_out, tail)) = parted else {
        return "…".chars().take(limit).collect();
    };
    // The cut may not have parted a backslash from what it escapes.
    let head = head.trim_end_matches('\\');
    let mark = shape.mark(left_out);
    match head.matches(FENCE).count() % 2 {
        0 => [head, &mark, &tail].concat(),
        _ => [head, "\n", FENCE, &mark, FENCE, "\n", &tail].concat(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn too_long_text_is_cut_in_the_middle_with_a_mark() {
        let cut = Shape::Block.fitted(&"a".repeat(5_000), 4_096);
        let expected = [
            &"a".repeat(2_034),
            "\n… 933 characters left out …\n",
            &"a".repeat(2_033),
        ];
        assert_eq!(cut, expected.concat());
        assert_eq!(count(&cut), 4_096);
        let long = Shape::Block.fitted(&"ab".repeat(130_000), 4_096);
        assert!(long.contains("\n… 255,"[..1].trim_end()) && count(&long) == 4_096);
        assert!(
            long.contains(&format!("{}", 260_000 - (4_096 - 32))),
            "{long}"
        );
    }

    #[test]
    fn escapes_count_and_are_not_parted() {
        let cut = Shape::Line.fitted(&"*".repeat(300), 256);
        assert!(count(&cut) <= 256 && count(&cut) > 250, "{}", count(&cut));
        let (head, tail) = cut.split_once(" … ").unwrap();
        assert!(head.ends_with("\\*") && tail.ends_with("\\*"), "{cut}");
    }

    #[test]
    fn control_characters_are_dropped_and_line_breaks_are_one_kind() {
        let text = " a\r\nb\rc\u{2028}d\te\u{1b}[0m\u{202e}\0 ";
        assert_eq!(Shape::Block.clean(text), "a\nb\nc\nd e[0m");
        assert_eq!(Shape::Line.clean(text), "a b c d e[0m");
        for blank in [
            "",
            " \n\t",
            "\u{200b}",
            "\u{3164}\u{2800}\u{fe0f}",
            "\u{feff}\0",
        ] {
            assert_eq!(Shape::Block.clean(blank), "", "{blank:?}");
        }
    }

    #[test]
    fn a_cut_template_leaves_no_fence_open_and_no_backslash_alone() {
        let fence = format!("```\n{}\n```", "x".repeat(500));
        let cut = rendered(&fence, Shape::Block, 100);
        assert!(count(&cut) <= 100, "{cut}");
        assert!(cut.contains("x\n```\n… 4"), "{cut}");
        assert!(
            cut.contains(" left out …\n```\nx") && cut.ends_with("x\n```"),
            "{cut}"
        );
        let slashes = rendered(&"\\*".repeat(200), Shape::Block, 101);
        assert!(!slashes.contains("\\\n…"), "{slashes}");
    }

    proptest! {
        #[test]
        fn nothing_is_ever_over_the_limit(text in alert_testkit::strategy::hostile_text(), limit in 0_usize..300) {
            for shape in [Shape::Block, Shape::Row, Shape::Line, Shape::Plain] {
                let clean = shape.clean(&text);
                let fitted = shape.fitted(&clean, limit);
                prop_assert!(count(&fitted) <= limit, "{fitted:?}");
                prop_assert!(clean.is_empty() || limit == 0 || !fitted.is_empty());
                prop_assert!(count(&rendered(&text, shape, limit)) <= limit);
            }
        }
    }
}
