//! What several commands may be told, and how it is read.

use std::path::PathBuf;
use std::time::Duration;

use alert::ConfigDuration;
use clap::Args;

#[derive(Debug, Clone, Args)]
pub(crate) struct Config {
    /// The config file [default: $ALERT_CONFIG, else ~/.config/alert/alert.toml, else /etc/alert/alert.toml]
    #[arg(long = "config", value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Quiet {
    /// Tells nothing but errors; exit codes stay, and so does what --json writes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Form {
    /// Writes the result as one JSON object to standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// Two texts around the first equals sign, in which what is not UTF-8 becomes a replacement mark.
pub(crate) fn pair() -> impl clap::builder::TypedValueParser<Value = (String, String)> {
    use clap::builder::TypedValueParser as _;
    clap::builder::OsStringValueParser::new().try_map(|given| {
        let given = given.to_string_lossy();
        match given.split_once('=') {
            Some((before, after)) => Ok((before.to_owned(), after.to_owned())),
            None => Err("an equals sign is missing"),
        }
    })
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match text.parse::<ConfigDuration>() {
        Ok(duration) => Ok(duration.get()),
        Err(expected) => Err(format!("expected {expected}")),
    }
}
