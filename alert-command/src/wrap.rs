//! Lines that fit a terminal.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Breaks lines that are longer than so many columns at their spaces; what follows a break is
/// indented. Nothing is cut: a word that is longer stays whole. Escape sequences have no width.
pub(crate) fn wrap(text: &str, columns: usize, indent: &str) -> String {
    wrap_under(text, columns, "", indent)
}

/// The same with something in front of the first line.
pub(crate) fn wrap_under(text: &str, columns: usize, first: &str, indent: &str) -> String {
    let options = Options::new(columns)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .initial_indent(first)
        .subsequent_indent(indent);
    let mut wrapped = String::new();
    for line in text.lines() {
        for piece in textwrap::wrap(line, &options) {
            wrapped.push_str(piece.trim_end());
            wrapped.push('\n');
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_line_is_broken_at_its_spaces_and_goes_on_indented() {
        assert_eq!(wrap("one two three\n", 8, "  "), "one two\n  three\n");
        assert_eq!(wrap("one two", 7, "  "), "one two\n");
        assert_eq!(
            wrap_under("a b c d", 6, "|-- ", "    "),
            "|-- a\n    b\n    c\n    d\n"
        );
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        let path = "/a/very-long/path/of/one-word";
        assert_eq!(
            wrap(&format!("see {path} now"), 10, ""),
            format!("see\n{path}\nnow\n")
        );
    }

    #[test]
    fn wide_characters_count_twice_and_colours_not_at_all() {
        assert_eq!(wrap("語語 語語", 8, ""), "語語\n語語\n");
        let red = "\u{1b}[1;31merror\u{1b}[0m: x";
        assert_eq!(wrap(red, 8, ""), format!("{red}\n"));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_spaces(text in "[a-z語\\-/ ]{0,80}", columns in 1..40_usize) {
            let kept = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(kept(&wrap(&text, columns, "  ")), kept(&text));
        }
    }
}
