//! What a sink would send.

use alert::{Alert, PipelineBuilder, terminal};
use serde::Serialize;

use super::spread::spread;
use crate::opened::guarded;
use crate::tree::Tree;

/// What there is to see of it; secrets are masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Preview {
    /// As it would go out.
    Sent { headline: String, body: String },
    /// Why it cannot be shown.
    Failed { error: String },
}

/// A person is shown so much of a body.
const MOST_LINES: usize = 40;
const MOST_BYTES: usize = 4096;

impl Preview {
    /// `None`: the sink shows nothing. One that panics costs no other sink its own.
    pub(super) fn of(builder: &PipelineBuilder, sink: &str, alert: &Alert) -> Option<Self> {
        let failed = |error: &str| Self::Failed {
            error: error.to_owned(),
        };
        match guarded(|| Ok(builder.preview(sink, alert))) {
            Ok(Ok(preview)) => preview.map(|preview| Self::Sent {
                headline: preview.headline().to_owned(),
                body: preview.body().to_owned(),
            }),
            Ok(Err(why)) => Some(failed(&why)),
            Err(_) => Some(failed("the sink panicked over it")),
        }
    }

    /// Its headline, below that its body with its own line breaks; one that is JSON with those that
    /// make it easy to read.
    pub(super) fn tree(&self) -> Tree {
        match self {
            Self::Sent { headline, body } => {
                let sends = format!("sends: {}", terminal(headline));
                Tree::new(sends).quoting(lines(&spread(body)))
            }
            Self::Failed { error } => Tree::new(format!(
                "what it sends cannot be shown: {}",
                terminal(error)
            )),
        }
    }
}

/// The lines of a body as far as a person is shown them, and a mark where they end early. Nothing
/// in them makes a terminal act. Of several blank ones, as templates leave them, one is enough.
fn lines(body: &str) -> Vec<String> {
    let shown = beginning(body);
    let mut lines: Vec<String> = Vec::new();
    for line in shown.lines().map(str::trim_end) {
        let is_first = lines.last().is_none_or(String::is_empty);
        if !(line.is_empty() && is_first) {
            lines.push(terminal(line).into_owned());
        }
    }
    if shown.len() < body.len() {
        let (some, all) = (shown.len(), body.len());
        lines.push(format!("[cut: {some} of {all} bytes, --json has them all]"));
    }
    lines
}

fn beginning(body: &str) -> &str {
    let mut ends = (0..=MOST_BYTES.min(body.len())).rev();
    let bytes = ends.find(|&end| body.is_char_boundary(end)).unwrap_or(0);
    let breaks = body.match_indices('\n');
    let lines = breaks.map(|(at, _)| at + 1).nth(MOST_LINES - 1);
    &body[..lines.unwrap_or(body.len()).min(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_lines_and_makes_no_terminal_act() {
        assert_eq!(
            lines("{\n  \"a\u{1b}[2J\": 1\r\n}\n"),
            ["{", "  \"a\\u001b[2J\": 1", "}"]
        );
        assert_eq!(lines("").len(), 0);
        assert_eq!(lines("\n \n{\n\n\t\n1\n}\n"), ["{", "", "1", "}"]);
    }

    #[test]
    fn a_long_body_ends_with_a_mark() {
        let many = lines(&"x\n".repeat(100));
        assert_eq!(many.len(), MOST_LINES + 1);
        assert_eq!(
            many[MOST_LINES],
            "[cut: 80 of 200 bytes, --json has them all]"
        );
        let long = lines(&"é".repeat(3000));
        assert_eq!(long[0], "é".repeat(2048));
        assert_eq!(long[1], "[cut: 4096 of 6000 bytes, --json has them all]");
        assert_eq!(lines(&"x\n".repeat(MOST_LINES)).len(), MOST_LINES);
    }
}
