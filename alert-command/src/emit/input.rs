//! Standard input, read to its end within bounded memory.

use std::io::{ErrorKind, Read};

use alert::{Alert, cut_mark};

/// What was read, and why the rest was not.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) text: String,
    pub(crate) error: Option<std::io::Error>,
}

/// The beginning and the end that are kept of a message.
const HALF: usize = Alert::MAX_MESSAGE / 2;
/// Left free for the mark between them.
const FOR_MARK: usize = 64;

/// Reads a message. Of one that is longer than an alert's may be the beginning and the end are
/// kept, with a mark of how much is missing; all of it is read, so that the writer can finish.
/// A line break at the end is cut. What is not UTF-8 becomes a replacement mark.
pub(super) fn message(from: impl Read) -> Input {
    let mut head = Vec::new();
    let mut tail = Vec::new();
    let mut cut = 0;
    let error = pieces(from, |piece| {
        let room = HALF - head.len();
        let (first, rest) = piece.split_at(piece.len().min(room));
        head.extend_from_slice(first);
        tail.extend_from_slice(rest);
        // Moved down once per half, so each byte is moved once.
        if tail.len() > 2 * HALF {
            let spare = tail.len() - HALF;
            cut += characters(&tail[..spare]);
            tail.drain(..spare);
        }
    });
    let whole = head.len() + tail.len() <= Alert::MAX_MESSAGE && cut == 0;
    let text = if whole {
        head.extend_from_slice(&tail);
        String::from_utf8_lossy(&head).into_owned()
    } else {
        let end = boundary(&head, head.len() - FOR_MARK);
        let begin = boundary(&tail, tail.len() - HALF + FOR_MARK);
        cut += characters(&head[end..]) + characters(&tail[..begin]);
        let kept = |bytes| String::from_utf8_lossy(bytes);
        let (head, tail) = (kept(&head[..end]), kept(&tail[begin..]));
        [&head, cut_mark(cut).as_str(), &tail].concat()
    };
    let text = without_line_break(text);
    Input { text, error }
}

/// Reads at most so many bytes of text; the rest is read and left out.
pub(crate) fn bounded(from: impl Read, most: usize) -> Input {
    let mut kept = Vec::new();
    let error = pieces(from, |piece| {
        let room = most - kept.len();
        kept.extend_from_slice(&piece[..piece.len().min(room)]);
    });
    let text = String::from_utf8_lossy(&kept).into_owned();
    Input { text, error }
}

fn pieces(mut from: impl Read, mut take: impl FnMut(&[u8])) -> Option<std::io::Error> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return None,
            Ok(read) => take(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Some(error),
        }
    }
}

/// Bytes that continue a character do not begin one.
fn begins(byte: &u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| begins(byte)).count()
}

/// The next place at which a character begins.
fn boundary(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| !begins(byte)).count()
}

pub(crate) fn without_line_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        message(bytes).text
    }

    #[test]
    fn one_line_break_at_the_end_is_cut() {
        assert_eq!(read(b"a\nb\n"), "a\nb");
        assert_eq!(read(b"a\r\n"), "a");
        assert_eq!(read(b"a\n\n"), "a\n");
        assert_eq!(read(b""), "");
    }

    #[test]
    fn what_is_not_utf_8_becomes_a_mark() {
        assert_eq!(read(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn a_message_that_just_fits_is_whole() {
        let text = "x".repeat(Alert::MAX_MESSAGE);
        assert_eq!(read(text.as_bytes()), text);
    }

    #[test]
    fn of_a_long_message_both_ends_are_kept_and_the_rest_is_counted() {
        for letter in ["x", "é", "語"] {
            let count = 10_000_000 / letter.len();
            let text = format!("begin {} end", letter.repeat(count));
            let kept = read(text.as_bytes());
            assert!(kept.len() <= Alert::MAX_MESSAGE, "{}", kept.len());
            assert!(kept.len() > Alert::MAX_MESSAGE - 200, "{}", kept.len());
            assert!(kept.starts_with("begin ") && kept.ends_with(" end"));
            assert!(!kept.contains('\u{fffd}'));
            let (head, rest) = kept.split_once("[… ").unwrap();
            let (cut, tail) = rest.split_once(" characters cut …]").unwrap();
            let cut: usize = cut.replace(',', "").parse().unwrap();
            let kept = head.chars().count() + tail.chars().count();
            assert_eq!(kept + cut, text.chars().count());
        }
    }

    #[test]
    fn a_broken_reader_gives_what_came_before() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("gone"))
            }
        }
        let input = message(b"before ".chain(Broken));
        assert_eq!(input.text, "before ");
        assert_eq!(input.error.unwrap().to_string(), "gone");
    }

    #[test]
    fn what_is_beyond_the_bound_is_read_and_left_out() {
        let mut from = std::io::Cursor::new(vec![b'x'; 1_000_000]);
        assert_eq!(bounded(&mut from, 1_000).text.len(), 1_000);
        assert_eq!(from.position(), 1_000_000);
    }
}
