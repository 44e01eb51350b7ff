use std::ffi::OsString;

use alert::Severity;
use alert::sinks::sqlite_state::AlertName;
use clap::Args;

use crate::arguments::Form;
use crate::database::Database;
use crate::since::Since;

#[derive(Debug, Args)]
#[command(
    after_help = "The newest stand first. On a terminal long texts are cut; an alert by its number has all that is \
                  known about it: context, links, what became of it at each sink, its incident, what was done about \
                  it. Exits with 1 if the database cannot be read or has no such alert, with 0 if nothing was stored \
                  yet."
)]
pub(crate) struct History {
    /// The number of an alert, or its id: shows this one alone, whole
    #[arg(value_name = "ALERT", value_parser = name, conflicts_with_all = ["recent", "severity", "source", "since", "open", "search", "key"])]
    pub(super) alert: Option<AlertName>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(super) recent: usize,
    /// Only those of this severity
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(super) severity: Option<Severity>,
    /// Only those whose source matches; `*` stands for any run of characters
    #[arg(long, value_name = "PATTERN")]
    pub(super) source: Option<OsString>,
    /// Only those raised since then: `2h` ago, a day or a time in RFC 3339
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    pub(super) since: Option<Since>,
    /// Only those of incidents that are open
    #[arg(long)]
    pub(super) open: bool,
    /// Only those with this text in title or message, whatever its case
    #[arg(long, value_name = "TEXT")]
    pub(super) search: Option<OsString>,
    /// Only those with this dedup key
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<OsString>,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) form: Form,
}

fn name(text: &str) -> Result<AlertName, String> {
    text.parse()
        .map_err(|_| {
        "expected the number of an alert, such as `17`, or its id; --key finds those of a dedup key".to_owned()
    })
}

/// What is not recognised is refused here: it asks, and no alert can be lost.
fn severity(text: &str) -> Result<Severity, String> {
    Severity::lenient(text).ok_or_else(|| "expected `info`, `warning` or `critical`".to_owned())
}
