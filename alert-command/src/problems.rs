//! Problems of a config, on the screen and as JSON.

use alert::config::render;
use alert::{Level, Problem, Problems};
use serde::Serialize;

use crate::screen::Screen;
use crate::wrap::wrap;

/// Shows them on standard error, as a compiler would; only the errors if only these are told.
pub(crate) fn show(problems: &Problems, screen: &Screen) {
    let told = problems
        .iter()
        .filter(|problem| problem.is_error() || !screen.is_quiet());
    let shown = told.map(|problem| {
        let rendered = render(&problem.clone().into(), screen.err_paint().colour());
        match screen.err_columns() {
            Some(columns) => fitted(&rendered, problem, columns),
            None => rendered,
        }
    });
    screen.err(&shown.collect::<Vec<_>>().join("\n"));
}

/// Wraps the message, which comes first, and the help, which comes last. The lines between have
/// the text of the file with a caret below: they stay as they are.
fn fitted(rendered: &str, problem: &Problem, columns: usize) -> String {
    let lines: Vec<&str> = rendered.lines().collect();
    let helps = lines.len().saturating_sub(problem.helps().len());
    let fit = |(index, line): (usize, &&str)| match index {
        0 => wrap(line, columns, "  "),
        _ if index < helps => format!("{line}\n"),
        _ => wrap(line, columns, "          "),
    };
    lines.iter().enumerate().map(fit).collect()
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
            level: problem.level().as_str(),
            text: problem.text(),
            path: problem.keys(),
            file: shown.map(|excerpt| excerpt.source()),
            line: shown.map(|excerpt| excerpt.line()),
            column: shown.map(|excerpt| excerpt.column()),
            help: problem.helps(),
        }
    }
}

/// `no problem`, `1 error`, `2 errors, 1 warning, 1 note`.
pub(crate) fn tally(problems: &Problems) -> String {
    let levels = [Level::Error, Level::Warning, Level::Note].into_iter();
    let counted = levels.filter_map(|level| {
        let count = problems.iter().filter(|problem| problem.level() == level);
        counted(count.count(), level.as_str())
    });
    match counted.collect::<Vec<_>>() {
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
    fn words_are_wrapped_and_the_line_with_its_caret_is_not() {
        let problem = Problem::error("expected a path, found an integer")
            .excerpt("alert.toml", 5, 8, "path = 5 # and a long remark", 7..8)
            .help("write it in quotation marks");
        let shown = render(&problem.clone().into(), alert::config::Colour::Never);
        assert_eq!(
            fitted(&shown, &problem, 20),
            "error: expected a
  path, found an
  integer
 --> alert.toml:5:8
  |
5 | path = 5 # and a long remark
  |        ^
  |
  = help: write it
          in
          quotation
          marks
"
        );
    }

    #[test]
    fn problems_are_counted_by_level() {
        let mut problems = Problems::new();
        assert_eq!(tally(&problems), "no problem");
        problems.push(Problem::warning("w"));
        assert_eq!(tally(&problems), "1 warning");
        problems.push(Problem::error("e"));
        problems.push(Problem::error("f"));
        problems.push(Problem::note("n"));
        assert_eq!(tally(&problems), "2 errors, 1 warning, 1 note");
    }
}
