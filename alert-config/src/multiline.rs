//! The lines of a text that spans several in the file.

use std::ops::Range;

/// Where in the source this line of a value stands, counted from 1; `None` where the value is not
/// written with three quotes, or something before that line makes more or fewer lines of it.
pub(crate) fn line_of(source: &str, value: &Range<usize>, line: usize) -> Option<Range<usize>> {
    let written = source.get(value.clone())?;
    let is_basic = written.starts_with("\"\"\"");
    if !is_basic && !written.starts_with("'''") {
        return None;
    }
    let inside = &written[3..written.len().checked_sub(3).filter(|end| *end >= 3)?];
    // A line break behind the opening quotes is none of the text.
    let first = inside.strip_prefix("\r\n").or(inside.strip_prefix('\n'));
    let inside = first.unwrap_or(inside);
    let mut at = value.end - 3 - inside.len();
    for (number, text) in (1..).zip(inside.split_inclusive('\n')) {
        if number == line {
            let indent = text.len() - text.trim_start().len();
            return Some(at + indent..at + text.trim_end().len().max(indent));
        }
        let escapes = is_basic && text.contains('\\');
        if escapes || text.contains("${") {
            return None;
        }
        at += text.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::line_of;

    fn shown(value: &str, line: usize) -> Option<&str> {
        let source = format!("key = {value}\n");
        let found = line_of(&source, &(6..6 + value.len()), line)?;
        Some(&value[found.start - 6..found.end - 6])
    }

    #[test]
    fn a_line_of_a_text_is_found_in_the_file() {
        for quotes in ["\"\"\"", "'''"] {
            let value = format!("{quotes}\n  one\n\ttwo \r\nthree{quotes}");
            for (line, text) in [(1, "one"), (2, "two"), (3, "three")] {
                assert_eq!(shown(&value, line), Some(text));
            }
            assert_eq!(shown(&value, 0), None);
            assert_eq!(shown(&value, 4), None);
            let begun = format!("{quotes}one\n\ntwo\n{quotes}");
            assert_eq!(shown(&begun, 1), Some("one"));
            assert_eq!(shown(&begun, 2), Some(""));
            assert_eq!(shown(&begun, 3), Some("two"));
        }
    }

    #[test]
    fn what_makes_other_lines_than_the_file_has_is_not_pointed_into() {
        assert_eq!(shown("\"one\\ntwo\"", 2), None);
        assert_eq!(shown("'one'", 1), None);
        assert_eq!(shown("\"\"\"a \\\n b\nc\"\"\"", 2), None);
        assert_eq!(shown("\"\"\"a\\nb\nc\"\"\"", 2), None);
        assert_eq!(shown("'''${file:/x}\nc'''", 2), None);
        // A backslash is a character there.
        assert_eq!(shown("'''a\\\nc'''", 2), Some("c"));
        assert_eq!(shown("\"\"\"", 1), None);
        assert_eq!(shown("", 1), None);
    }
}
