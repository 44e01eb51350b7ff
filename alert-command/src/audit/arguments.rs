use std::ffi::OsString;

use clap::Args;

use crate::database::Database;
use crate::options::Form;
use crate::since::Since;

#[derive(Debug, Args)]
#[command(
    after_help = "The newest stand first. On a terminal long texts are cut: --json has them whole, and so has a pipe. \
                  Exits with 1 if the database cannot be read, with 0 if nothing was stored yet."
)]
pub(crate) struct Audit {
    /// Only what was done to this: the id or the dedup key of an alert, `silence:7`, `config`
    #[arg(long, value_name = "SUBJECT")]
    pub(super) subject: Option<OsString>,
    /// Only what was done so, such as `ack`, `resolve`, `silence`, `unsilence`, `reload` or `recover`
    #[arg(long, value_name = "ACTION")]
    pub(super) action: Option<OsString>,
    /// Only what was done by this person or program
    #[arg(long, value_name = "NAME")]
    pub(super) actor: Option<OsString>,
    /// Only what was done since then: `2h` ago, a day or a time in RFC 3339
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    pub(super) since: Option<Since>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    pub(super) recent: usize,
    #[command(flatten)]
    pub(super) database: Database,
    #[command(flatten)]
    pub(super) form: Form,
}
