use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::options::Form;

#[derive(Debug, Args)]
#[command(
    after_help = "The crate works as it is: it builds, passes its tests, and has an `alert` command with its sink in it."
)]
pub(crate) struct NewSink {
    /// The new type: lower-case letters, digits and single hyphens. The crate is called alert-sink-NAME
    #[arg(value_name = "NAME")]
    pub(super) name: OsString,
    /// Where to write it; a folder that is there must be empty [default: alert-sink-NAME]
    #[arg(long, value_name = "FOLDER")]
    pub(super) path: Option<PathBuf>,
    /// Where the crate gets alert-core from: a version on the registry, or the folder of a checkout [default: this command's
    /// own version]. Until that version is published, only a checkout serves
    #[arg(long, value_name = "FOLDER|VERSION")]
    pub(super) alert: Option<OsString>,
    #[command(flatten)]
    pub(super) form: Form,
}
