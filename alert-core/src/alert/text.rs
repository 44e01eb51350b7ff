//! Fitting text to a limit.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_segmentation::GraphemeCursor;

/// What the length of a text is counted in, since every service counts its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Unit {
    /// Bytes of UTF-8.
    Bytes,
    /// Characters (Unicode scalar values).
    Chars,
    /// UTF-16 code units: what JavaScript, Java and C# call the length.
    Utf16,
}

impl Unit {
    /// The length of this text in this unit. Linear in the text, constant for bytes.
    pub fn count(self, text: &str) -> usize {
        match self {
            Unit::Bytes => text.len(),
            Unit::Chars => text.chars().count(),
            Unit::Utf16 => text.chars().map(char::len_utf16).sum(),
        }
    }

    /// The byte index where the longest start of at most `room` units ends.
    fn head(self, text: &str, room: usize) -> usize {
        match self {
            Unit::Bytes => floor(text, room),
            Unit::Chars => text
                .char_indices()
                .nth(room)
                .map_or(text.len(), |(at, _)| at),
            Unit::Utf16 => {
                let mut left = room;
                text.char_indices()
                    .find(|(_, c)| match left.checked_sub(c.len_utf16()) {
                        Some(rest) => {
                            left = rest;
                            false
                        }
                        None => true,
                    })
                    .map_or(text.len(), |(at, _)| at)
            }
        }
    }

    /// The byte index where the longest end of at most `room` units begins.
    fn tail(self, text: &str, room: usize) -> usize {
        match self {
            Unit::Bytes => {
                let mut at = text.len().saturating_sub(room);
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                at
            }
            Unit::Chars | Unit::Utf16 => {
                let mut left = room;
                let mut begin = text.len();
                for (at, c) in text.char_indices().rev() {
                    let width = if self == Unit::Utf16 {
                        c.len_utf16()
                    } else {
                        1
                    };
                    let Some(rest) = left.checked_sub(width) else {
                        break;
                    };
                    left = rest;
                    begin = at;
                }
                begin
            }
        }
    }
}

/// A limit on the length of a text: at most `max` of `unit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text {
    /// The greatest length that is allowed.
    pub max: usize,
    /// What the length is counted in.
    pub unit: Unit,
}

impl Text {
    /// At most so many bytes of UTF-8.
    pub const fn bytes(max: usize) -> Text {
        let unit = Unit::Bytes;
        Text { max, unit }
    }

    /// At most so many characters (Unicode scalar values).
    pub const fn chars(max: usize) -> Text {
        let unit = Unit::Chars;
        Text { max, unit }
    }

    /// At most so many UTF-16 code units.
    pub const fn utf16(max: usize) -> Text {
        let unit = Unit::Utf16;
        Text { max, unit }
    }

    /// Whether this text is within the limit.
    pub fn holds(self, text: &str) -> bool {
        // No unit is shorter than a byte, so most texts need no counting.
        text.len() <= self.max || self.unit.count(text) <= self.max
    }
}

/// Cuts a text that is over the limit in the middle, puts the mark there, and keeps head and tail.
///
/// A text within the limit comes back as it is. The result is never over the limit and is cut between characters, also
/// between those that are several for the computer (an emoji with a skin tone, a letter with its accent), unless such a
/// cluster is longer than 64 bytes. A limit that has no room for the mark gives the head alone. Linear in the text.
///
/// ```
/// use alert_core::{Text, fit};
/// assert_eq!(fit("0123456789", Text::chars(7), "…"), "012…789");
/// ```
pub fn fit<'a>(text: &'a str, limit: Text, mark: &str) -> Cow<'a, str> {
    if limit.holds(text) {
        return Cow::Borrowed(text);
    }
    match ends(text, limit, mark) {
        Some((head, tail)) => Cow::Owned([head, mark, tail].concat()),
        None => Cow::Borrowed(head(text, limit)),
    }
}

/// Like [`fit`], with a mark that says how many characters were cut: [`cut_mark`].
pub fn fit_counted(text: &str, limit: Text) -> Cow<'_, str> {
    if limit.holds(text) {
        return Cow::Borrowed(text);
    }
    let total = text.chars().count();
    // The final count is smaller than the total, so its mark is no longer than this one.
    match ends(text, limit, &cut_mark(total)) {
        Some((head, tail)) => {
            let cut = total - head.chars().count() - tail.chars().count();
            Cow::Owned([head, &cut_mark(cut), tail].concat())
        }
        None => Cow::Borrowed(head(text, limit)),
    }
}

/// The mark that stands where so many characters were cut: `[… 1,234 characters cut …]`.
pub fn cut_mark(characters: usize) -> String {
    let word = if characters == 1 {
        "character"
    } else {
        "characters"
    };
    format!("[… {} {word} cut …]", grouped(characters))
}

/// A number with a comma between each three digits.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The greatest character boundary that is not after `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Below this much room a cut text would be all mark: the short mark stands for it.
const TOO_LITTLE: usize = 64;

/// What stands for a text when there is no room for even a part of it.
const CUT: &str = "[… cut …]";

/// A text within so many bytes, for keeping: cut with a count, or, with almost no room, replaced by a mark.
pub(super) fn within(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() > bytes && bytes < TOO_LITTLE {
        return Cow::Borrowed(CUT);
    }
    fit_counted(text, Text::bytes(bytes))
}

/// The owning form of [`within`]: copies only what has to be cut, and gives back memory that was reserved in vain.
#[inline]
pub(super) fn keep(mut text: Cow<'static, str>, bytes: usize) -> Cow<'static, str> {
    keep_here(&mut text, bytes);
    text
}

/// [`keep`] in place: on the caller's road, moving a text costs more than looking at it.
#[inline]
pub(super) fn keep_here(text: &mut Cow<'static, str>, bytes: usize) {
    let spare = match text {
        Cow::Borrowed(_) => 0,
        Cow::Owned(text) => text.capacity() - text.len(),
    };
    if text.len() > bytes || spare > text.len() + 64 {
        cut_here(text, bytes);
    }
}

#[cold]
fn cut_here(text: &mut Cow<'static, str>, bytes: usize) {
    match text {
        Cow::Borrowed(long) => *text = within(long, bytes),
        Cow::Owned(roomy) if roomy.len() <= bytes => roomy.shrink_to_fit(),
        Cow::Owned(long) => *text = Cow::Owned(within(long, bytes).into_owned()),
    }
}

/// Head and tail that fill the limit together with the mark; `None` if the mark alone is over it.
fn ends<'a>(text: &'a str, limit: Text, mark: &str) -> Option<(&'a str, &'a str)> {
    let room = limit.max.checked_sub(limit.unit.count(mark))?;
    let half = Text {
        max: room - room / 2,
        ..limit
    };
    let head = head(text, half);
    // The tail has what the head could not use. The text is longer than the room, so the two cannot overlap.
    let begin = limit.unit.tail(text, room - limit.unit.count(head));
    Some((head, &text[cluster_after(text, begin)..]))
}

/// The longest beginning within the limit.
pub(super) fn head(text: &str, limit: Text) -> &str {
    &text[..cluster_before(text, limit.unit.head(text, limit.max))]
}

/// The longest cluster that is kept whole, in bytes. Text can be made of one endless cluster, which must be cut too.
const CLUSTER: usize = 64;

/// Where the cluster that this place is inside of begins, else the place itself.
fn cluster_before(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    // With the whole text at hand the cursor never asks for more of it.
    if cursor.is_boundary(text, 0).unwrap_or(true) {
        return at;
    }
    match cursor.prev_boundary(text, 0) {
        Ok(Some(begin)) if at - begin <= CLUSTER => begin,
        _ => at,
    }
}

/// Where the cluster that this place is inside of ends, else the place itself.
fn cluster_after(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    if cursor.is_boundary(text, 0).unwrap_or(true) {
        return at;
    }
    match cursor.next_boundary(text, 0) {
        Ok(Some(end)) if end - at <= CLUSTER => end,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits() -> impl Strategy<Value = Text> {
        let unit = prop::sample::select(vec![Unit::Bytes, Unit::Chars, Unit::Utf16]);
        (0..80_usize, unit).prop_map(|(max, unit)| Text { max, unit })
    }

    #[test]
    fn the_middle_is_cut_and_the_count_is_named() {
        let text = format!("{}{}", "a".repeat(3_000), "z".repeat(3_000));
        let cut = fit_counted(&text, Text::bytes(100));
        assert!(cut.starts_with("aaa") && cut.ends_with("zzz"), "{cut}");
        assert!(cut.contains("[… 5,930 characters cut …]"), "{cut}");
        assert_eq!(cut.len(), 100);
    }

    #[test]
    fn each_unit_counts_as_its_service_does() {
        let text = "aé😀";
        assert_eq!(Unit::Bytes.count(text), 7);
        assert_eq!(Unit::Chars.count(text), 3);
        assert_eq!(Unit::Utf16.count(text), 4);
        assert_eq!(fit("😀😀😀", Text::utf16(5), "."), "😀.😀");
        assert_eq!(fit("😀😀😀", Text::utf16(4), "."), "😀.");
    }

    #[test]
    fn a_limit_without_room_for_the_mark_gives_the_head() {
        assert_eq!(fit("abcdef", Text::chars(2), "[cut]"), "ab");
        assert_eq!(fit("abcdef", Text::chars(0), "[cut]"), "");
        assert_eq!(fit_counted("héllo", Text::bytes(2)), "h");
    }

    #[test]
    fn marks_read_well() {
        assert_eq!(cut_mark(1), "[… 1 character cut …]");
        assert_eq!(cut_mark(999), "[… 999 characters cut …]");
        assert_eq!(cut_mark(1_234_567), "[… 1,234,567 characters cut …]");
    }

    #[test]
    fn kept_text_gives_back_memory_reserved_in_vain() {
        let mut text = String::with_capacity(1_000_000);
        text.push_str("short");
        let Cow::Owned(kept) = keep(Cow::Owned(text), 100) else {
            panic!("an owned text stays owned");
        };
        assert!(kept.capacity() < 100 && kept == "short");
    }

    proptest! {
        #[test]
        fn the_result_is_never_over_the_limit(text in "\\PC{0,60}", limit in limits(), mark in "\\PC{0,6}") {
            for fitted in [fit(&text, limit, &mark), fit_counted(&text, limit)] {
                prop_assert!(limit.unit.count(&fitted) <= limit.max);
            }
        }

        #[test]
        fn text_within_the_limit_stays_as_it_is(text in any::<String>(), limit in limits()) {
            prop_assume!(limit.holds(&text));
            prop_assert_eq!(fit(&text, limit, "[cut]"), text.as_str());
            prop_assert_eq!(fit_counted(&text, limit), text.as_str());
        }

        #[test]
        fn what_is_kept_are_a_head_and_a_tail_of_the_text(text in "\\PC{0,60}", limit in limits()) {
            prop_assume!(!limit.holds(&text));
            let mark = "\u{0}";
            match fit(&text, limit, mark).split_once(mark) {
                Some((head, tail)) => {
                    prop_assert!(text.starts_with(head) && text.ends_with(tail));
                    // Only a cluster that is wider than what is left may leave room unused.
                    prop_assert!(limit.unit.count(head) + limit.unit.count(tail) + 2 * (CLUSTER + 4) >= limit.max);
                }
                None => prop_assert!(limit.max == 0),
            }
        }

        #[test]
        fn what_is_kept_in_bytes_is_within_them_or_a_mark(text in any::<String>(), bytes in 0..200_usize) {
            let kept = within(&text, bytes);
            prop_assert!(kept.len() <= bytes || kept == CUT);
        }
    }
}
