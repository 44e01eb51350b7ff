//! Searching whatever the case, in every script.

/// A text that is searched for.
#[derive(Debug)]
pub(super) struct Needle {
    folded: String,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        Self { folded: fold(text) }
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        if text.is_ascii() {
            return contains_ascii(text.as_bytes(), self.folded.as_bytes());
        }
        fold(text).contains(&self.folded)
    }
}

/// Upper case first, so that `ß` is `ss`, and the two small sigmas are one.
fn fold(text: &str) -> String {
    let upper = text.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

fn contains_ascii(text: &[u8], folded: &[u8]) -> bool {
    let Some(first) = folded.first() else {
        return true;
    };
    let starts = text.len().checked_sub(folded.len());
    starts.is_some_and(|last| {
        (0..=last).any(|at| {
            text[at].to_ascii_lowercase() == *first
                && text[at..at + folded.len()].eq_ignore_ascii_case(folded)
        })
    })
}
