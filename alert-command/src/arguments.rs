//! What a person may type. The doc comments are the help texts.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use alert::ConfigDuration;
use clap::{Args, Parser, Subcommand};

/// Raises alerts and tells every configured sink, each isolated from the others.
#[derive(Debug, Parser)]
#[command(
    name = "alert",
    version,
    disable_help_subcommand = true,
    term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Raise an alert
    Emit(Box<Emit>),
    /// Look for mistakes in the config, all at once
    Validate(Validate),
    /// Send a test alert and tell what became of it at each sink
    Test(Test),
    /// List the types of sinks that a config can name, or describe one
    Sinks(Sinks),
    /// Write a crate for a sink of your own
    NewSink(crate::new_sink::NewSink),
}

#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Exits with 0 whatever became of the alert, unless --strict is given. What went wrong is told on \
                  standard error; on a terminal it is also told where the alert went."
)]
pub(crate) struct Emit {
    /// How bad it is: `info`, `warning` or `critical`, in any case; `error`, `fatal` and the like are read too. What is not
    /// recognised becomes info and is kept in the context
    pub(crate) severity: OsString,
    /// What it is, in one line. Write `--` before texts that may begin with a hyphen
    pub(crate) title: OsString,
    /// The longer text; `-` reads it from standard input
    pub(crate) message: Option<OsString>,
    /// Adds to the context (repeatable). A value that is JSON keeps its type, any other is text
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = pair())]
    pub(crate) context: Vec<(String, String)>,
    /// Adds the entries of a JSON object to the context; `-` reads it from standard input
    #[arg(long, value_name = "OBJECT", allow_hyphen_values = true)]
    pub(crate) context_json: Option<OsString>,
    /// Who raises it: a service, a job, a host
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<OsString>,
    /// What it is about: alerts of one key are about the same thing
    #[arg(long, value_name = "KEY")]
    pub(crate) dedup_key: Option<OsString>,
    /// Says that what the alert of the same key told of has ended
    #[arg(long)]
    pub(crate) resolve: bool,
    /// Adds a link to more about it (repeatable); `=` ends the text
    #[arg(long, value_name = "TEXT=URL", value_parser = pair())]
    pub(crate) link: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) config: Config,
    /// How long the sinks may take, all in all
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Exits with 1 if a sink that should have taken the alert did not
    #[arg(long)]
    pub(crate) strict: bool,
    /// Tells where the alert went even where standard output is not a terminal
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Opens no sink. Exits with 1 if there is an error, with 0 if there are at most warnings."
)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) config: Config,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The alert says that it is a test. Exits with 1 if a sink that should have taken it did not."
)]
pub(crate) struct Test {
    /// The sinks to test, by their names in the config; without any, all of them
    #[arg(value_name = "SINK")]
    pub(crate) sinks: Vec<OsString>,
    /// How bad the test alert is, for sinks that do not take every severity
    #[arg(long, default_value = "critical")]
    pub(crate) severity: OsString,
    #[command(flatten)]
    pub(crate) config: Config,
    /// How long the sinks may take, all in all
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
#[command(after_help = "These are the types whose crates are linked into this program.")]
pub(crate) struct Sinks {
    /// The type to describe: its keys with their defaults, and a sample
    #[arg(value_name = "TYPE")]
    pub(crate) kind: Option<OsString>,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Config {
    /// The config file [default: $ALERT_CONFIG, else ~/.config/alert/alert.toml, else /etc/alert/alert.toml]
    #[arg(long = "config", value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Form {
    /// Writes the result as one JSON object to standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// Two texts around the first equals sign, in which what is not UTF-8 becomes a replacement mark.
fn pair() -> impl clap::builder::TypedValueParser<Value = (String, String)> {
    use clap::builder::TypedValueParser as _;
    clap::builder::OsStringValueParser::new().try_map(|given| {
        let given = given.to_string_lossy();
        match given.split_once('=') {
            Some((before, after)) => Ok((before.to_owned(), after.to_owned())),
            None => Err("an equals sign is missing"),
        }
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    match text.parse::<ConfigDuration>() {
        Ok(duration) => Ok(duration.get()),
        Err(expected) => Err(format!("expected {expected}")),
    }
}

/// What came of reading the arguments.
#[derive(Debug)]
pub(crate) enum Parsed {
    Command(Command),
    /// Asked for: a text for standard output.
    Help(String),
    /// A text for standard error.
    Misuse(String),
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Parsed {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => Parsed::Command(arguments.command),
        Err(error) => {
            let text = error.render().to_string();
            if error.exit_code() == 0 {
                Parsed::Help(text)
            } else {
                Parsed::Misuse(safe(&text))
            }
        }
    }
}

/// The lines of a message, without what could make a terminal act: it repeats what was typed.
fn safe(text: &str) -> String {
    text.lines()
        .flat_map(|line| [alert::terminal(line), "\n".into()])
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_value_keeps_all_but_the_first_equals_sign() {
        let given = ["alert", "emit", "info", "t", "-c", "a=b=c", "-cd="].map(OsString::from);
        let Parsed::Command(Command::Emit(emit)) = parse(given) else {
            panic!("these arguments are right");
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(emit.context, [pair("a", "b=c"), pair("d", "")]);
    }

    #[test]
    fn a_message_about_wrong_usage_holds_no_control_character() {
        let given = ["alert", "emit", "info", "t", "--\u{1b}[2J"].map(OsString::from);
        let Parsed::Misuse(text) = parse(given) else {
            panic!("there is no such option");
        };
        assert!(text.contains(r"--\u001b[2J"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
