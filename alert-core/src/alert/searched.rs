//! The secrets that are looked for in texts.

use aho_corasick::AhoCorasick;

/// What stands for what was taken out.
pub(super) const MARK: &str = "[redacted]";
/// Shorter ones are in ordinary words too.
const SHORTEST: usize = 8;

/// Secrets, oldest first, and what finds all of them in one pass.
#[derive(Clone, Default)]
pub(super) struct Searched {
    needles: Vec<String>,
    finder: Option<AhoCorasick>,
    /// Whether a number may hold one.
    in_numbers: bool,
}

impl Searched {
    /// The most bytes of secrets that are looked for.
    pub(super) const MOST: usize = 64 * 1024;

    /// Whether there is nothing new in this secret.
    pub(super) fn knows(&self, secret: &str) -> bool {
        let parts = parts(secret);
        parts.iter().all(|part| self.has(part))
    }

    /// These, and more. The oldest are forgotten for want of room.
    pub(super) fn with(&self, secrets: &[impl AsRef<str>]) -> Self {
        let mut needles = self.needles.clone();
        for part in secrets.iter().flat_map(|secret| parts(secret.as_ref())) {
            if !needles.iter().any(|needle| needle == part) {
                needles.push(part.to_owned());
            }
        }
        let mut bytes: usize = needles.iter().map(String::len).sum();
        let old = needles.iter().take_while(|needle| {
            let over = bytes > Self::MOST;
            bytes -= needle.len();
            over
        });
        let old = old.count();
        needles.drain(..old);
        let finder = AhoCorasick::new(&needles)
            .expect("so few bytes need far fewer states than the two billion that it can number");
        let digits = |needle: &String| needle.bytes().all(|b| b"0123456789+-.eE".contains(&b));
        Self {
            finder: Some(finder).filter(|_| !needles.is_empty()),
            in_numbers: needles.iter().any(digits),
            needles,
        }
    }

    fn has(&self, part: &str) -> bool {
        self.needles.iter().any(|needle| needle == part)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    pub(super) fn in_numbers(&self) -> bool {
        self.in_numbers
    }

    /// The text with a mark for each run of secrets; `None` if there is none in it.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        let found = self.finder.as_ref()?.find_overlapping_iter(text);
        // They come in the order of their ends; what overlaps or touches is one run.
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (mut start, end) in found.map(|found| (found.start(), found.end())) {
            while let Some(&(from, _)) = runs.last().filter(|(_, to)| start <= *to) {
                start = start.min(from);
                runs.pop();
            }
            runs.push((start, end));
        }
        let mut masked = String::with_capacity(text.len());
        let mut rest = 0;
        for &(start, end) in &runs {
            masked.push_str(&text[rest..start]);
            masked.push_str(MARK);
            rest = end;
        }
        masked.push_str(&text[rest..]);
        (!runs.is_empty()).then_some(masked)
    }
}

/// The parts of a secret that are looked for. A text of several lines is shown line by line more
/// often than whole.
fn parts(secret: &str) -> Vec<&str> {
    let long = |text: &&str| {
        let chars = text.chars().nth(SHORTEST - 1).is_some();
        chars && text.len() <= Searched::MOST && !MARK.contains(*text)
    };
    let lines: Vec<&str> = secret.lines().map(str::trim).filter(long).collect();
    if lines.is_empty() {
        Some(secret.trim()).filter(long).into_iter().collect()
    } else {
        lines
    }
}
