//! Strings and comments of a document that may be broken.
//!
//! The parser gives places of values only where it could read them. To mask a broken line one
//! must know more: what is a string, what is a comment, and which lines begin inside of either.

use std::ops::Range;

/// What a text consists of, as far as masking cares. All in order.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) strings: Vec<Range<usize>>,
    pub(crate) comments: Vec<Range<usize>>,
    pub(crate) lines: Vec<Line>,
    /// Where a string of several lines begins that never ends.
    pub(crate) endless: Option<usize>,
}

/// Where a line begins.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) start: usize,
    /// Neither within a string nor within brackets.
    pub(crate) plain: bool,
}

/// Goes over the text once.
pub(crate) fn scan(text: &str) -> Scan {
    let bytes = text.as_bytes();
    let mut scan = Scan::default();
    scan.lines.push(Line {
        start: 0,
        plain: true,
    });
    let mut depth = 0_usize;
    let mut header = false;
    let mut blank = true; // nothing but space on this line so far
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => {
                // A header ends with its line, also if its bracket is missing.
                if header {
                    (header, depth) = (false, 0);
                }
                at += 1;
                blank = true;
                scan.lines.push(Line {
                    start: at,
                    plain: depth == 0,
                });
            }
            b'#' => {
                let end = line_end(bytes, at);
                scan.comments.push(at..end);
                at = end;
            }
            quote @ (b'"' | b'\'') => {
                let end = string_end(bytes, at, quote).unwrap_or_else(|| {
                    scan.endless = Some(at);
                    bytes.len()
                });
                scan.strings.push(at..end);
                let within = bytes[at..end]
                    .iter()
                    .enumerate()
                    .filter(|(_, byte)| **byte == b'\n');
                let starts = within.map(|(offset, _)| Line {
                    start: at + offset + 1,
                    plain: false,
                });
                scan.lines.extend(starts);
                blank = false;
                at = end;
            }
            byte => {
                match byte {
                    b'[' | b'{' => {
                        header |= byte == b'[' && depth == 0 && blank;
                        depth += 1;
                    }
                    b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                blank &= byte.is_ascii_whitespace();
                at += 1;
            }
        }
    }
    scan
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |at| from + at)
}

/// The end of the string that opens at `start`: behind its last quote, or the end of the line
/// where that is missing. `None` if three quotes open it and none close it.
fn string_end(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if triple { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\n' if !triple => return Some(at),
            b'\\' if quote == b'"' && bytes.get(at + 1) != Some(&b'\n') => at += 2,
            byte if byte == quote && !triple => return Some(at + 1),
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => {
                // Up to two more quotes belong to the text before the end.
                let run = bytes[at..]
                    .iter()
                    .take(5)
                    .take_while(|byte| **byte == quote)
                    .count();
                return Some(at + run);
            }
            _ => at += 1,
        }
    }
    if triple { None } else { Some(bytes.len()) }
}
