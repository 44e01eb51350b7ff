//! Keeps hidden values out of texts that foreign code made.

use std::collections::HashSet;

/// So many bytes of a hidden value in a row are too many.
const WINDOW: usize = 6;

/// Replaces every piece of a hidden value by `***`. Works in linear time.
#[derive(Default)]
pub(super) struct Veil {
    windows: HashSet<[u8; WINDOW]>,
    short: Vec<Vec<u8>>,
}

impl Veil {
    pub(super) fn over<'t>(hidden: impl IntoIterator<Item = &'t str>) -> Self {
        let mut veil = Self::default();
        for text in hidden {
            let bytes = text.trim().to_ascii_lowercase().into_bytes();
            match bytes.len() {
                0..3 => {} // so short a piece is in every sentence
                3..WINDOW => veil.short.push(bytes),
                _ => veil.windows.extend(bytes.windows(WINDOW).map(|w| {
                    let mut window = [0; WINDOW];
                    window.copy_from_slice(w);
                    window
                })),
            }
        }
        veil.short.sort();
        veil.short.dedup();
        veil.short.truncate(64);
        veil
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let bytes = text.to_ascii_lowercase().into_bytes();
        let mut masked = vec![false; bytes.len()];
        for (at, window) in bytes.windows(WINDOW).enumerate() {
            if self.windows.contains(window) {
                masked[at..at + WINDOW].fill(true);
            }
        }
        for short in &self.short {
            for (at, window) in bytes.windows(short.len()).enumerate() {
                if window == short {
                    masked[at..at + short.len()].fill(true);
                }
            }
        }
        let mut shown = String::with_capacity(text.len());
        let mut in_mask = false;
        for (at, c) in text.char_indices() {
            let hide = masked[at..at + c.len_utf8()].contains(&true);
            if !hide {
                shown.push(c);
            } else if !in_mask {
                shown.push_str("***");
            }
            in_mask = hide;
        }
        shown
    }
}
