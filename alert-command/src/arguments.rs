//! What a person may type. The doc comments are the help texts.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::options::{Config, Form, Quiet, duration, pair};

/// Raises alerts and tells every configured sink, each isolated from the others.
#[derive(Debug, Parser)]
#[command(
    name = "alert",
    version,
    after_help = "Exits with 2 on wrong usage, always, and with 1 where the command's own help says so; status --check \
                  has the exit codes of a monitoring plug-in. Commands, \
                  options, exit codes and the shapes of --json are there for scripts: what is there stays."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

// Deferred, so that raising an alert does not pay for the arguments of all the others.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Raise an alert
    Emit(Box<Emit>),
    /// Tell which sinks would take an alert, and which gate stops it
    Explain(Box<Explain>),
    /// Send a test alert and tell what became of it at each sink
    Test(Test),
    /// Show how things are: last alerts, open incidents, sinks, silences
    Status(crate::status::Status),
    /// Show the alerts that were stored, or one of them with all that is known about it
    History(crate::history::History),
    /// Acknowledge an alert, and so the open incident that it belongs to
    Ack(crate::act::ack::Ack),
    /// Resolve an open incident and tell so through the sinks
    Resolve(crate::act::resolve::Resolve),
    /// Silence some alerts for a while
    Silence(crate::act::silence::Silence),
    /// End a silence before its time
    Unsilence(crate::act::unsilence::Unsilence),
    /// Show what people and programs did
    Audit(crate::audit::Audit),
    /// Read and write values in the state database
    State(crate::state::State),
    /// Write a config to begin with
    Init(Init),
    /// Look for mistakes in the config, all at once
    Validate(Validate),
    /// List the types of sinks that a config can name, or describe one
    Sinks(Sinks),
    /// Write a crate for a sink of your own
    NewSink(crate::new_sink::NewSink),
    /// Print the JSON Schema of a config, for editors
    Schema(Schema),
    /// Print the completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man(Man),
}

// An alert as it is typed. No doc comment: it would be the help of whatever has it.
#[derive(Debug, Args)]
pub(crate) struct Typed {
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
}

#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Exits with 0 whatever became of the alert, unless --strict is given. What went wrong is told on \
                  standard error; on a terminal it is also told where the alert went."
)]
pub(crate) struct Emit {
    #[command(flatten)]
    pub(crate) typed: Typed,
    #[command(flatten)]
    pub(crate) config: Config,
    /// How long the sinks may take, all in all
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Exits with 1 if a sink that should have taken the alert did not
    #[arg(long)]
    pub(crate) strict: bool,
    /// Tells where the alert went even where standard output is not a terminal
    #[arg(short, long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) quiet: Quiet,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Opens no sink and sends nothing. What earlier alerts did to dedup, throttle and digest is not known: \
                  each is told as it begins. Exits with 1 if --expect is not met or the config cannot be read."
)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) typed: Typed,
    /// The sinks that should take it, and no others; an empty list: none
    #[arg(long, value_name = "SINK,…", value_delimiter = ',')]
    pub(crate) expect: Option<Vec<OsString>>,
    /// Shows under each sink that takes it what that would send, secrets masked; --json has it always
    #[arg(long)]
    pub(crate) body: bool,
    #[command(flatten)]
    pub(crate) config: Config,
    #[command(flatten)]
    pub(crate) quiet: Quiet,
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
    pub(crate) quiet: Quiet,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The alert says that it is a test. `when`, dedup, throttle and digest do not stop it. Exits with 1 if a \
                  sink did not take it."
)]
pub(crate) struct Test {
    /// The sinks to test, by their names in the config; without any, all of them
    #[arg(value_name = "SINK")]
    pub(crate) sinks: Vec<OsString>,
    /// How bad the test alert is, for sinks that show it in its own way
    #[arg(long, default_value = "critical")]
    pub(crate) severity: OsString,
    #[command(flatten)]
    pub(crate) config: Config,
    /// How long the sinks may take, all in all
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) quiet: Quiet,
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
#[command(
    after_help = "The file and missing folders are for this user alone (modes 0600 and 0700). Exits with 1 if the file \
                  is there already or cannot be written."
)]
pub(crate) struct Init {
    /// Where to write it; `-` prints it [default: $ALERT_CONFIG, else ~/.config/alert/alert.toml]
    #[arg(value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
    /// Prints it to standard output and writes nothing
    #[arg(long)]
    pub(crate) print: bool,
    /// Replaces a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) quiet: Quiet,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
#[command(
    after_help = "It knows every type of sink that is linked into this program. Editors complete and check a config \
                  whose first line is `#:schema ./alert.schema.json`, once the schema is written beside it: \
                  `alert schema -o alert.schema.json`. Exits with 1 if the file cannot be written."
)]
pub(crate) struct Schema {
    /// Writes it to this file, as a whole or not at all; `-` prints it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "For example: `alert completions bash > ~/.local/share/bash-completion/completions/alert`"
)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
#[command(
    after_help = "To read it: `alert man > alert.1 && man -l alert.1`. Exits with 1 if a file cannot be written."
)]
pub(crate) struct Man {
    /// Writes this page and one for each command into this folder
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
}
