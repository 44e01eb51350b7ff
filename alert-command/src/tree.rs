//! A tree of lines, drawn so that every terminal and every font shows it.

use crate::wrap::wrap_under;

/// A line and those that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tree {
    text: String,
    quoted: Vec<String>,
    branches: Vec<Tree>,
}

impl Tree {
    /// A line alone; nothing in it may break lines.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            quoted: Vec::new(),
            branches: Vec::new(),
        }
    }

    /// With these lines under its own, which are drawn as they are, however long.
    pub(crate) fn quoting(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.quoted.extend(lines);
        self
    }

    /// With these below.
    pub(crate) fn with(mut self, branches: impl IntoIterator<Item = Tree>) -> Self {
        self.branches.extend(branches);
        self
    }

    /// Its lines, wrapped to so many columns.
    pub(crate) fn draw(&self, columns: usize) -> String {
        let mut drawn = String::new();
        self.draw_under(columns, "", "", &mut drawn);
        drawn
    }

    fn draw_under(&self, columns: usize, first: &str, rest: &str, drawn: &mut String) {
        let below = if self.branches.is_empty() { "  " } else { "| " };
        drawn.push_str(&wrap_under(
            &self.text,
            columns,
            first,
            &format!("{rest}{below}  "),
        ));
        for line in &self.quoted {
            let line = format!("{rest}{below}  {line}");
            drawn.push_str(line.trim_end());
            drawn.push('\n');
        }
        for (index, branch) in self.branches.iter().enumerate() {
            let last = index + 1 == self.branches.len();
            let (joint, beside) = if last {
                ("`-- ", "    ")
            } else {
                ("|-- ", "|   ")
            };
            let (first, rest) = (format!("{rest}{joint}"), format!("{rest}{beside}"));
            branch.draw_under(columns, &first, &rest, drawn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_hangs_on_the_one_it_belongs_to() {
        let tree = Tree::new("alert").with([
            Tree::new("log").with([Tree::new("filter takes every alert there is")]),
            Tree::new("ops"),
        ]);
        assert_eq!(
            tree.draw(24),
            "alert
|-- log
|   `-- filter takes
|           every alert
|           there is
`-- ops
"
        );
    }

    #[test]
    fn quoted_lines_are_never_broken() {
        let body = [
            "{".to_owned(),
            "  \"a\": \"b c d e f\"".to_owned(),
            "}".to_owned(),
        ];
        let tree =
            Tree::new("alert").with([Tree::new("sends: text").quoting(body), Tree::new("ops")]);
        assert_eq!(
            tree.draw(16),
            "alert
|-- sends: text
|       {
|         \"a\": \"b c d e f\"
|       }
`-- ops
"
        );
    }
}
