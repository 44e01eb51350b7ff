//! Texts in a given number of columns, as terminals count them.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How many columns a text takes. Terminals differ about what is composed; this is the most of them.
pub(crate) fn width(text: &str) -> usize {
    width_to(text, usize::MAX)
}

/// The same, but of a long text only so much is looked at that it is known to take `most`.
pub(crate) fn width_to(text: &str, most: usize) -> usize {
    let mut taken = 0;
    for (_, width) in clusters(text) {
        taken += width;
        if taken >= most {
            return most;
        }
    }
    taken
}

/// The text if it fits, else its beginning with `…`; marks without a width are cut too where there
/// are many.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    let (mut taken, mut end, mut kept) = (0, 0, 0);
    for (cluster, width) in clusters(text) {
        end += cluster.len();
        if taken + width > most || end > BYTES * most {
            return Cow::Owned(format!("{}…", text[..kept].trim_end()));
        }
        taken += width;
        // Room for the mark.
        if taken < most {
            kept = end;
        }
    }
    Cow::Borrowed(text)
}

/// The text in lines that fit, broken at spaces where there are some. At least one line.
pub(crate) fn fold(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut taken) = (String::new(), 0);
    for word in text.split_inclusive(' ') {
        let (word, space) = match word.strip_suffix(' ') {
            Some(word) => (word, 1),
            None => (word, 0),
        };
        let wide = width(word);
        if taken > 0 && taken + wide > most {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        for (cluster, wide) in clusters(word) {
            // A cluster wider than a line falls into its characters.
            let apart = wide > most;
            for piece in cluster.split_inclusive(|_| apart) {
                let wide = if apart { width(piece) } else { wide };
                if taken > 0 && taken + wide > most {
                    lines.push(std::mem::take(&mut line));
                    taken = 0;
                }
                line.push_str(piece);
                taken += wide;
            }
        }
        if taken < most && space > 0 {
            line.push(' ');
            taken += space;
        }
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end_matches(' ').len());
    }
    lines
}

/// A character with its marks takes a few bytes; more are not drawn for each column.
const BYTES: usize = 48;

fn clusters(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.graphemes(true).map(|cluster| {
        let apart: usize = cluster.chars().map(|c| c.width().unwrap_or(1)).sum();
        (cluster, apart.max(cluster.width()))
    })
}

#[cfg(test)]
mod tests {
    use alert_testkit::strategy;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_ends_with_a_mark() {
        assert_eq!(cut("disk full", 9), "disk full");
        assert_eq!(cut("disk full", 8), "disk fu…");
        assert_eq!(cut("disk full", 6), "disk…");
        assert_eq!(cut("語語語", 5), "語語…");
        assert_eq!(cut("語語語", 4), "語…");
        assert_eq!(cut("", 0), "");
        let marks = format!("e{}", "\u{301}".repeat(10_000));
        assert!(cut(&marks, 10).len() < 500);
    }

    #[test]
    fn lines_are_broken_at_spaces_and_long_words_anywhere() {
        assert_eq!(fold("one two three", 8), ["one two", "three"]);
        assert_eq!(fold("one abcdefghij", 4), ["one", "abcd", "efgh", "ij"]);
        assert_eq!(fold("", 4), [""]);
        assert_eq!(fold("語語 語", 4), ["語語", "語"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn nothing_is_wider_than_asked_for(text in strategy::hostile_text(), most in 2..60_usize) {
            let text = alert::terminal(&text);
            let cut = cut(&text, most);
            prop_assert!(width(&cut) <= most, "{cut:?}");
            prop_assert!(cut.width() <= most);
            let lines = fold(&text, most);
            for line in &lines {
                prop_assert!(width(line) <= most, "{line:?}");
                prop_assert!(line.width() <= most);
            }
            let kept = |text: &str| text.chars().filter(|&c| c != ' ').collect::<String>();
            prop_assert_eq!(kept(&lines.concat()), kept(&text));
        }
    }
}
