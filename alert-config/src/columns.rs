//! Columns in characters.

/// Counts characters without going over a long line again and again.
#[derive(Debug)]
pub(crate) struct Columns {
    /// How many characters begin before each block of the text.
    before: Vec<usize>,
}

impl Columns {
    const BLOCK: usize = 1024;

    pub(crate) fn of(text: &str) -> Self {
        let mut sum = 0;
        let mut before = Vec::new();
        for block in text.as_bytes().chunks(Self::BLOCK) {
            before.push(sum);
            sum += begun(block);
        }
        before.push(sum);
        Self { before }
    }

    /// How many characters begin between two places of the text.
    pub(crate) fn between(&self, text: &str, start: usize, at: usize) -> usize {
        let until = |at: usize| {
            let block = at / Self::BLOCK;
            let first = block * Self::BLOCK;
            self.before
                .get(block)
                .map_or(0, |sum| sum + begun(&text.as_bytes()[first..at]))
        };
        until(at) - until(start)
    }
}

/// How many characters begin in these bytes.
fn begun(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000)
        .count()
}
