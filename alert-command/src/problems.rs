//! Problems of a config, on the screen and as JSON.

use alert::config::render;
use alert::{Problem, Problems};
use serde::Serialize;

use crate::screen::Screen;

/// Shows them on standard error, as a compiler would.
pub(crate) fn show(problems: &Problems, screen: &Screen) {
    screen.err(&render(problems, screen.err_paint().colour()));
}

#[derive(Serialize)]
pub(crate) struct Shape<'a> {
    level: &'static str,
    text: &'a str,
    /// The keys that lead to the value.
    path: &'a [String],
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    help: &'a [String],
}

pub(crate) fn shapes(problems: &Problems) -> Vec<Shape<'_>> {
    problems.iter().map(Shape::of).collect()
}

impl<'a> Shape<'a> {
    fn of(problem: &'a Problem) -> Self {
        let shown = problem.shown();
        Self {
            level: if problem.is_error() {
                "error"
            } else {
                "warning"
            },
            text: problem.text(),
            path: problem.keys(),
            file: shown.map(|excerpt| excerpt.source()),
            line: shown.map(|excerpt| excerpt.line()),
            column: shown.map(|excerpt| excerpt.column()),
            help: problem.helps(),
        }
    }
}

/// `no problem`, `1 error`, `2 errors, 1 warning`.
pub(crate) fn tally(problems: &Problems) -> String {
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let warnings = problems.len() - errors;
    let counted = [counted(errors, "error"), counted(warnings, "warning")];
    match counted.into_iter().flatten().collect::<Vec<_>>() {
        none if none.is_empty() => "no problem".to_owned(),
        some => some.join(", "),
    }
}

fn counted(count: usize, word: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_counted_by_level() {
        let mut problems = Problems::new();
        assert_eq!(tally(&problems), "no problem");
        problems.push(Problem::warning("w"));
        assert_eq!(tally(&problems), "1 warning");
        problems.push(Problem::error("e"));
        problems.push(Problem::error("f"));
        assert_eq!(tally(&problems), "2 errors, 1 warning");
    }
}
