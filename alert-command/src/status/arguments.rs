use std::time::Duration;

use alert::ConfigDuration;
use clap::Args;

use crate::arguments::Form;
use crate::database::Database;

#[derive(Debug, Args)]
#[command(
    after_help = "Reads the database of the config's `sqlite-state` sink and holds up nobody who writes it. Exits with \
                  1 if it cannot be read, with 0 if nothing was stored yet.\n\n\
                  --check is a plug-in for Nagios, Icinga and their kin: one line on standard output with performance \
                  data, and exits with 0 (ok), 1 (warning: an open incident of that severity, or a sink in trouble), 2 \
                  (critical: an open critical incident) or 3 (unknown: the database is not there, cannot be read within \
                  3 seconds, or the config does not say which it is). Options that make no sense exit with 2 here too."
)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(super) database: Database,
    /// Draws it anew every so often, until Ctrl-C or `q`; needs a terminal [default: 2s]
    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "2s",
        value_parser = interval,
        conflicts_with_all = ["check", "json"]
    )]
    pub(super) watch: Option<Duration>,
    /// Tells a monitoring system in one line and by the exit code whether all is well
    #[arg(long, conflicts_with = "json")]
    pub(super) check: bool,
    /// With --check: acknowledged incidents are no reason for a warning
    #[arg(long, requires = "check")]
    pub(super) acknowledged_ok: bool,
    #[command(flatten)]
    pub(super) form: Form,
}

/// Drawing more often than this only costs.
const SHORTEST: Duration = Duration::from_millis(100);

fn interval(text: &str) -> Result<Duration, String> {
    match text.parse::<ConfigDuration>() {
        Ok(interval) if interval.get() >= SHORTEST => Ok(interval.get()),
        Ok(_) => Err("expected at least 100ms".to_owned()),
        Err(expected) => Err(format!("expected {expected}")),
    }
}
