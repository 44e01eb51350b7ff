//! From what was typed to a command, or to what is wrong with it.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::arguments::{Arguments, Command};

/// What came of reading the arguments.
#[derive(Debug)]
pub(crate) enum Parsed {
    Command(Command),
    /// Asked for: a text for standard output.
    Help(String),
    /// A text for standard error, and whether programs are to be told too.
    Misuse {
        text: String,
        json: bool,
    },
}

/// Reads arguments; help is laid out for `width` columns.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>, width: usize) -> Parsed {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // A command that cannot be read does not tell.
    let mut options = arguments.iter().take_while(|argument| *argument != "--");
    let json = options.any(|argument| argument == "--json");
    let matches = definition(width).try_get_matches_from(arguments);
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => Parsed::Command(arguments.command),
        Err(error) => {
            let text = error.render().to_string();
            if error.exit_code() == 0 {
                Parsed::Help(text)
            } else {
                let text = safe(&text);
                Parsed::Misuse { text, json }
            }
        }
    }
}

/// The whole command as clap knows it.
pub(crate) fn definition(width: usize) -> clap::Command {
    Arguments::command().term_width(width)
}

/// The lines of a message, without what could make a terminal act: it repeats what was typed.
fn safe(text: &str) -> String {
    text.lines()
        .flat_map(|line| [alert::terminal(line), "\n".into()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition(100).debug_assert();
    }

    #[test]
    fn a_value_keeps_all_but_the_first_equals_sign() {
        let given = ["alert", "emit", "info", "t", "-c", "a=b=c", "-cd="].map(OsString::from);
        let Parsed::Command(Command::Emit(emit)) = parse(given, 100) else {
            panic!("these arguments are right");
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(emit.typed.context, [pair("a", "b=c"), pair("d", "")]);
    }

    #[test]
    fn a_message_about_wrong_usage_holds_no_control_character() {
        let given = ["alert", "emit", "info", "t", "--\u{1b}[2J"].map(OsString::from);
        let Parsed::Misuse { text, json: false } = parse(given, 100) else {
            panic!("there is no such option");
        };
        assert!(text.contains(r"--\u001b[2J"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
