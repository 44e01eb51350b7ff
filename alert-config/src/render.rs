//! Problems the way a compiler shows them.

use alert_core::{Level, Problem, Problems};
use unicode_width::UnicodeWidthStr;

/// Whether text is coloured for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// With ANSI escape sequences.
    Always,
}

/// Writes problems as a compiler does: the message, the place, the line with a caret, and help.
///
/// The result ends with a line break unless it is empty. It shows no secret.
///
/// ```
/// use alert_config::{Colour, Config, Environment, render};
/// use alert_core::Registry;
///
/// let config = Config::parse("[sink.log]\n", "alert.toml", &Environment::empty());
/// let shown = render(&config.check(&Registry::empty()), Colour::Never);
/// assert!(shown.starts_with("error: unknown key `sink`\n --> alert.toml:1:2\n"));
/// ```
#[must_use = "it only makes the text"]
pub fn render(problems: &Problems, colour: Colour) -> String {
    let mut text = String::new();
    for (index, problem) in problems.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        one(&mut text, problem, Paint(colour));
    }
    text
}

fn one(text: &mut String, problem: &Problem, paint: Paint) {
    let word = problem.level().as_str();
    let code = match problem.level() {
        Level::Error => RED,
        Level::Note => BLUE,
        _ => YELLOW,
    };
    let mut line = |shown: String| {
        text.push_str(&shown);
        text.push('\n');
    };
    line(format!(
        "{}{}",
        paint.bold(code, word),
        paint.bold(PLAIN, &format!(": {}", problem.text()))
    ));
    let Some(excerpt) = problem.shown() else {
        if !problem.keys().is_empty() {
            let keys = alert_core::terminal(&problem.keys().join(".")).into_owned();
            line(format!(" {} {keys}", paint.bold(BLUE, "-->")));
        }
        for help in problem.helps() {
            line(format!("  {} help: {help}", paint.bold(BLUE, "=")));
        }
        return;
    };
    let number = excerpt.line().to_string();
    let gutter = " ".repeat(number.len());
    let bar = paint.bold(BLUE, "|");
    let caret = excerpt.caret();
    let width =
        |range: std::ops::Range<usize>| excerpt.text().get(range).map_or(0, UnicodeWidthStr::width);
    let before = " ".repeat(width(0..caret.start));
    let carets = "^".repeat(width(caret).max(1));
    line(format!(
        "{gutter}{} {}",
        paint.bold(BLUE, "-->"),
        excerpt.location()
    ));
    line(format!("{gutter} {bar}"));
    line(
        format!("{} {bar} {}", paint.bold(BLUE, &number), excerpt.text())
            .trim_end()
            .to_owned(),
    );
    line(format!(
        "{gutter} {bar} {before}{}",
        paint.bold(code, &carets)
    ));
    if !problem.helps().is_empty() {
        line(format!("{gutter} {bar}"));
    }
    for help in problem.helps() {
        line(format!("{gutter} {} help: {help}", paint.bold(BLUE, "=")));
    }
}

const PLAIN: u8 = 0;
const RED: u8 = 31;
const YELLOW: u8 = 33;
const BLUE: u8 = 34;

#[derive(Clone, Copy)]
struct Paint(Colour);

impl Paint {
    fn bold(self, code: u8, text: &str) -> String {
        match (self.0, code) {
            (Colour::Never, _) => text.to_owned(),
            (Colour::Always, PLAIN) => format!("\u{1b}[1m{text}\u{1b}[0m"),
            (Colour::Always, code) => format!("\u{1b}[1;{code}m{text}\u{1b}[0m"),
        }
    }
}
